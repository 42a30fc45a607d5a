"""OpenSim's storage files (.mot, .sto): any table over time, with the unit of its angles in the header."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError


@dataclass(frozen=True)
class Storage:
    """A table over time as it stands in the file."""

    title: str
    """First line of the file."""
    times: np.ndarray
    """(T,) seconds."""
    names: tuple[str, ...]
    values: np.ndarray
    """(T, C) in the units of the file."""
    in_degrees: bool = False


def write_storage(path: Path, storage: Storage) -> None:
    """Write a table with the unit flag it carries.

    Rows with a NaN are left out: OpenSim's Storage, under its tools and its window, silently stops
    reading at the first one. Raises BorelliError when no row is left.
    """
    rows = np.column_stack([storage.times, storage.values])
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        raise BorelliError(f"{path}: no frame has all of its values; nothing to write")
    header = (
        storage.title,
        "version=1",
        f"nRows={len(rows)}",
        f"nColumns={len(storage.names) + 1}",
        f"inDegrees={'yes' if storage.in_degrees else 'no'}",
        "endheader",
        "\t".join(("time", *storage.names)),
    )
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("\n".join(header) + "\n")
        np.savetxt(stream, rows, fmt="%.10g", delimiter="\t")


def read_storage(path: Path) -> Storage:
    """Read a .mot or .sto file. Raises BorelliError when the header or the table is damaged."""
    try:
        head, mark, body = path.read_text("utf-8", errors="replace").partition("endheader")
    except OSError as error:
        raise BorelliError(f"{path} cannot be read: {error.strerror}; check the path") from error
    lines = body.strip().splitlines()
    if not mark or not lines:
        raise BorelliError(f"{path} is not an OpenSim table: it has no endheader line followed by columns")
    names = lines[0].split()
    try:
        rows = np.array([line.split() for line in lines[1:]], dtype=np.float64).reshape(-1, len(names))
    except ValueError as error:
        raise BorelliError(f"{path}: rows do not match the {len(names)} columns: {error}") from error
    flags = dict(line.split("=", 1) for line in head.splitlines() if "=" in line)
    in_degrees = _in_degrees(head, flags)
    title = head.strip().splitlines()[0] if head.strip() else ""
    return Storage(title, rows[:, 0], tuple(names[1:]), rows[:, 1:], in_degrees)


def is_translation(name: str) -> bool:
    """Whether a coordinate is in metres, by OpenSim's naming."""
    return name.endswith(("_tx", "_ty", "_tz"))


def _in_degrees(head: str, flags: dict[str, str]) -> bool:
    """The flag; else the sentence that old files have; else degrees in old files, radians in others."""
    if "inDegrees" in flags:
        return flags["inDegrees"].strip().lower() == "yes"
    return "version" not in flags and "in radians" not in head.lower()
