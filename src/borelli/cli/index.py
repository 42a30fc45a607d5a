"""`borelli index`: the table and the page about all results of a folder."""

from rich.console import Console

from borelli.batch.display import counted
from borelli.batch.index import build_index
from borelli.cli.commands import Index


def index(command: Index) -> int:
    """Build both anew and say where they are."""
    made = build_index(command.folder)
    found = made.summary
    console = Console()
    people = "1 person" if found.people == 1 else f"{found.people} people"
    text = f"{counted(found.videos, 'video')}, {people}, {found.failed} failed"
    if found.outdated:
        text += f", {found.outdated} kept from before, as newer ones failed"
    for line in (text, str(made.table), str(made.page)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0
