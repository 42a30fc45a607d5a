"""`borelli index`: the table and the page about all results of a folder."""

from rich.console import Console

from borelli.batch.index import build_index
from borelli.cli.commands import Index


def index(command: Index) -> int:
    """Build both anew and say where they are."""
    made = build_index(command.folder)
    found = made.summary
    console = Console()
    text = f"{found.videos} videos, {found.people} people, {found.failed} failed"
    for line in (text, str(made.table), str(made.page)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0
