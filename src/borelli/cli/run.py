"""`borelli run`: one video after another; a bad one does not stop the others."""

from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from borelli.batch.config import BatchConfig
from borelli.batch.mapping import calling
from borelli.batch.part_work import PartsObserver
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
    several = len(command.videos) > 1 or any(is_many(given) for given in command.videos)
    jobs = 1 if command.jobs is None else command.jobs
    chosen = BatchConfig(out=command.out, jobs=jobs, force=command.force).checked()
    if several and (command.jobs is not None or any(is_many(given) for given in command.videos)):
        return run_many(command.videos, command.config, chosen)
    console, failed = Console(), []
    for video in map(Path, command.videos):
        try:
            result = run_shown(video, command.config, chosen, console)
        except BorelliError as error:
            fail(str(error))
            failed.append(video)
            continue
        print_result(console, result)
    if failed and len(command.videos) > 1:
        names = ", ".join(str(video) for video in failed)
        fail(f"{len(failed)} of {len(command.videos)} videos failed: {names}")
    return FAILED if failed else 0


def run_shown(video: Path, config: RunConfig, chosen: BatchConfig, console: Console) -> RunResult:
    """One video with its progress on the console; by several processes if it is long and there are `jobs`."""
    console.print(f"[bold]{video.name}[/bold]", highlight=False)
    with ExitStack() as stack:
        progress = stack.enter_context(shown_progress(console))
        if chosen.workers() == 1:
            return run_one(video, config, chosen.out, progress, force=chosen.force)
        over = stack.enter_context(calling(chosen.workers(), chosen.threads()))
        observer = PartsObserver(chosen.workers(), chosen.threads())
        return run_one(video, config, chosen.out, progress, force=chosen.force, observer=observer, over=over)
