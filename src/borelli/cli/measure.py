"""`borelli measure`: readable numbers of a finished motion, on the screen and as JSON."""

import json
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from borelli.cli.commands import Measure
from borelli.cli.export import motion_files
from borelli.errors import BorelliError
from borelli.measures.filtered import filter_note, filtered
from borelli.measures.json_form import asymmetries, measures_json
from borelli.measures.measure import BOTH, LEFT, RIGHT, definitions
from borelli.measures.measure import Measure as Number
from borelli.measures.report import Measured, measure
from borelli.motion.motion import load_motion
from borelli.pipeline.cache import whole_file


def print_measures(command: Measure) -> int:
    """Measure, print tables, write the JSON when asked for."""
    path = motion_file(command.folder, command.person)
    motion = load_motion(path)
    note = None
    if command.lowpass is not None:
        motion, note = filtered(motion, command.lowpass), filter_note(command.lowpass)
    measured = measure(motion, stature_sd(path, motion.person))
    console = Console()
    about = f"person {motion.person} of {motion.video}; {note or 'not filtered'}"
    for line in (about, f"foot events told by {measured.events_from}", *measured.notes):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    for table in tables(measured):
        console.print(table)
    if command.json is not None:
        content = measures_json(motion, measured, note)
        command.json.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(command.json) as partial:
            partial.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
        console.print(str(command.json), highlight=False, markup=False, soft_wrap=True)
    return 0


def motion_file(out: Path, person: int | None) -> Path:
    """The motion.npz meant by a file or by the folder of a run.

    Raises:
        BorelliError: there is none, or several and nothing says which.
    """
    found = motion_files(out, person)
    if len(found) == 1:
        return found[0]
    folders = sorted({str(path.parent.parent) for path in found})
    if len(folders) > 1:
        raise BorelliError(f"{out} holds several videos; give the folder of one: {', '.join(folders)}")
    people = sorted(path.parent.name.removeprefix("person_") for path in found)
    raise BorelliError(f"{out} holds several people; choose with --person: {', '.join(people)}")


def stature_sd(path: Path, person: int) -> float | None:
    """Metres, from the run.json that belongs to a motion.npz; None without one."""
    report = path.parent.parent / "run.json"
    if not report.is_file():
        return None
    try:
        people: list[dict[str, Any]] = json.loads(report.read_text("utf-8")).get("people", [])
    except ValueError as error:
        raise BorelliError(f"{report} is damaged: {error}; run the video again") from error
    return next((p["stature_sd_m"] for p in people if p["person"] == person and "stature_sd_m" in p), None)


def tables(measured: Measured) -> list[Table]:
    """One table per group of numbers."""
    groups = dict.fromkeys(meaning.group for meaning in definitions().values())
    found = [_table(measured, group) for group in groups]
    return [table for table in found if table.row_count]


def _table(measured: Measured, group: str) -> Table:
    """Columns for the sides only where a number has sides."""
    numbers = {(item.name, item.side): item for item in measured.measures}
    uneven = asymmetries(measured)
    sided = any(side and definitions()[name].group == group for name, side in numbers)
    sides = (BOTH, RIGHT, LEFT) if sided else (BOTH,)
    header = ("", "both", "right", "left", "R-L %", "n") if sided else ("", "value")
    table = Table(*header, "meaning", title=group, title_justify="left", box=SIMPLE_HEAD)
    for name, meaning in definitions().items():
        own = [numbers.get((name, side)) for side in sides]
        if meaning.group != group or not any(own):
            continue
        label = f"{meaning.label}, {meaning.unit}" if meaning.unit else meaning.label
        counts = "/".join(str(item.count) for item in own if item is not None and item.count > 1)
        percent = f"{uneven[name]:+.0f}" if name in uneven else ""
        cells = (cell(item, meaning.decimals) for item in own)
        table.add_row(label, *cells, *((percent, counts) if sided else ()), meaning.definition)
    return table


def cell(item: Number | None, decimals: int) -> str:
    """`0.61 ± 0.02`, then the ends of a range."""
    if item is None:
        return ""
    text = f"{item.value:.{decimals}f}"
    if item.uncertainty is not None:
        text += f" ± {item.uncertainty:.{decimals}f}"
    if item.lowest is not None:
        text += f" ({item.lowest:.{decimals}f} to {item.highest:.{decimals}f})"
    return text
