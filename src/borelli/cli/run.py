"""`borelli run`: one video after another; a bad one does not stop the others."""

from pathlib import Path

from rich.console import Console

from borelli.batch.config import BatchConfig
from borelli.batch.sources import is_many
from borelli.cli.batch import run_shown as run_many
from borelli.cli.commands import Run
from borelli.cli.main import FAILED, fail
from borelli.cli.progress import shown_progress
from borelli.cli.summary import print_result
from borelli.errors import BorelliError
from borelli.pipeline.config import RunConfig
from borelli.pipeline.run import RunResult, run_one


def run(command: Run) -> int:
    """Reconstruct every video; returns 1 if any failed. Raises BorelliError for flags of recordings."""
    if command.smpl_model is not None:
        raise BorelliError("--smpl-model is for --from-amass; videos need no such file")
    if command.marker_map is not None:
        raise BorelliError(
            "--marker-map is for --from-trc, --from-c3d and --from-bvh; videos have no markers"
        )
    if command.jobs is not None or any(is_many(given) for given in command.videos):
        alone = len(command.videos) == 1 and not is_many(command.videos[0])
        jobs = command.jobs or 1
        chosen = BatchConfig(out=command.out, jobs=jobs, parts=alone and jobs > 1, force=command.force)
        return run_many(command.videos, command.config, chosen)
    console, failed = Console(), []
    for video in map(Path, command.videos):
        try:
            result = run_shown(video, command.config, command.out, command.force, console)
        except BorelliError as error:
            fail(str(error))
            failed.append(video)
            continue
        print_result(console, result)
    if failed and len(command.videos) > 1:
        names = ", ".join(str(video) for video in failed)
        fail(f"{len(failed)} of {len(command.videos)} videos failed: {names}")
    return FAILED if failed else 0


def run_shown(video: Path, config: RunConfig, out: Path, force: bool, console: Console) -> RunResult:
    """One video with its progress on the console."""
    console.print(f"[bold]{video.name}[/bold]", highlight=False)
    with shown_progress(console) as progress:
        return run_one(video, config, out, progress, force=force)
