"""Marker trajectories in the .trc format of Motion Analysis."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError, choices

METRES = {"m": 1.0, "mm": 0.001}


@dataclass(frozen=True)
class Markers:
    """Points over time, in metres whatever the file's unit; NaN where missing."""

    times: np.ndarray
    """(T,) seconds."""
    names: tuple[str, ...]
    positions: np.ndarray
    """(T, M, 3) metres, axes of the file (OpenSim: Y up)."""


def read_trc(path: Path) -> Markers:
    """Read a .trc file in the unit it states; empty cells and `nan` are missing markers.

    Times are those of the rows. The rates of the header are not used: DataRate is that of the rows and
    OrigDataRate that of the cameras, and some programs write one where the other belongs.

    Raises BorelliError when the unit is not known or the rows do not fit the header.
    """
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError as error:
        raise BorelliError(f"{path} cannot be read: {error.strerror}; check the path") from error
    if len(lines) < 5 or not lines[0].startswith("PathFileType"):
        raise BorelliError(f"{path} is not a .trc file: it does not begin with PathFileType and a header")
    settings = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    unit = settings.get("Units", "")
    if unit not in METRES:
        raise choices(f"{path}: unit", unit, list(METRES))
    names = tuple(name.strip() for name in lines[3].split("\t")[2:] if name.strip())
    rows = [line.split("\t") for line in lines[5:] if line.strip()]
    width = 2 + 3 * len(names)
    try:
        table = np.array([_numbers(row, width) for row in rows], dtype=np.float64).reshape(-1, width)
    except ValueError as error:
        raise BorelliError(f"{path}: a row does not fit {len(names)} markers: {error}") from error
    positions = table[:, 2:].reshape(-1, len(names), 3) * METRES[unit]
    return Markers(table[:, 1], names, positions)


def _numbers(cells: list[str], width: int) -> list[float]:
    """One row; some writers leave out the tabs after the last present marker, others add one."""
    values = [float(cell) if cell.strip() else float("nan") for cell in cells]
    if any(np.isfinite(values[width:])):
        raise ValueError(f"frame {cells[0]} has {len(values)} cells, {width} expected")
    return (values + [float("nan")] * width)[:width]
