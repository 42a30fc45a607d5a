"""`borelli demo`: the demo clip from start to finish."""

from rich.console import Console

from borelli.batch.config import BatchConfig
from borelli.cli.commands import Demo
from borelli.cli.run import run_shown
from borelli.cli.summary import print_result
from borelli.perception.models import DEMO_CLIP, fetch
from borelli.pipeline.config import RunConfig

PEOPLE, STATURES_M = "0,1", (0.0, 1.65)
"""Person 0 jumps from a roof, person 1 walks; only her stature is known (Sports2D's demo settings)."""


def demo(command: Demo) -> int:
    """Fetch the clip once, reconstruct it, and say where everything is."""
    console = Console()
    clip = fetch(DEMO_CLIP, command.models)
    config = RunConfig(people=PEOPLE, stature=STATURES_M, models=command.models)
    print_result(console, run_shown(clip, config, BatchConfig(command.out, jobs=1, force=True), console))
    return 0
