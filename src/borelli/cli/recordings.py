"""`borelli run --from-amass`: a recording instead of a video."""

from rich.console import Console

from borelli.cli.commands import Run
from borelli.cli.summary import file_lines
from borelli.errors import BorelliError
from borelli.pipeline.config import RunConfig
from borelli.pipeline.from_amass import run_amass


def run_recording(command: Run) -> int:
    """Convert the recording and say how well it went. Raises BorelliError for videos and their flags."""
    if command.videos or command.config != RunConfig():
        raise BorelliError("--from-amass takes no videos and none of their flags: run them by themselves")
    assert command.from_amass is not None
    result = run_amass(command.from_amass, command.smpl_model, command.out, command.force)
    console = Console()
    for line in (*result.report["summary"], *file_lines(result.folder, result.files)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0
