"""`borelli demo`: the demo clip from start to finish."""

from rich.console import Console

from borelli.cli.commands import Demo
from borelli.cli.run import run_shown
from borelli.cli.summary import print_result
from borelli.perception.models import DEMO_CLIP, fetch
from borelli.pipeline.config import RunConfig

STATURE_M = 1.65
"""Of the walking woman, person 1, as the clip's authors state it."""


def demo(command: Demo) -> int:
    """Fetch the clip once, reconstruct it, and say where everything is."""
    console = Console()
    clip = fetch(DEMO_CLIP, command.models)
    config = RunConfig(models=command.models)
    print_result(console, run_shown(clip, config, command.out, True, console))
    return 0
