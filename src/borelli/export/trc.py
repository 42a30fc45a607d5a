"""Marker trajectories in the .trc format of Motion Analysis, as OpenSim reads it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError, choices

_METRES = {"m": 1.0, "mm": 0.001}


@dataclass(frozen=True)
class Markers:
    """Points over time, in metres whatever the file's unit; NaN where missing."""

    times: np.ndarray
    """(T,) seconds."""
    names: tuple[str, ...]
    positions: np.ndarray
    """(T, M, 3) metres, axes of the file (OpenSim: Y up)."""


def write_trc(path: Path, markers: Markers, unit: str = "mm") -> None:
    """Write markers in "mm" or "m". A missing marker is `nan`: OpenSim refuses empty cells."""
    if unit not in _METRES:
        raise choices("unit of a .trc file", unit, list(_METRES))
    count, points = len(markers.times), len(markers.names)
    rate = 1.0 / np.median(np.diff(markers.times)) if count > 1 else 1.0
    fields = "DataRate CameraRate NumFrames NumMarkers Units OrigDataRate OrigDataStartFrame OrigNumFrames"
    header = (
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        fields.replace(" ", "\t"),
        f"{rate:.6f}\t{rate:.6f}\t{count}\t{points}\t{unit}\t{rate:.6f}\t1\t{count}",
        "Frame#\tTime\t" + "\t\t\t".join(markers.names),
        "\t\t" + "\t".join(f"{axis}{i}" for i in range(1, points + 1) for axis in "XYZ"),
        "",
    )
    values = markers.positions.reshape(count, 3 * points) / _METRES[unit]
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("\n".join(header) + "\n")
        for frame, (time, row) in enumerate(zip(markers.times, values, strict=True), start=1):
            cells = (f"{value:.6f}" for value in row)
            stream.write(f"{frame}\t{time:.6f}\t" + "\t".join(cells) + "\n")


def read_trc(path: Path) -> Markers:
    """Read a .trc file in the unit it states; empty cells and `nan` are missing markers.

    Raises BorelliError when the unit is not m or mm or the rows do not fit the header.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise BorelliError(f"{path} cannot be read: {error.strerror}") from error
    if len(lines) < 5 or not lines[0].startswith("PathFileType"):
        raise BorelliError(f"{path} is not a .trc file: it does not begin with PathFileType and a header")
    settings = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    unit = settings.get("Units", "")
    if unit not in _METRES:
        raise choices(f"{path}: unit", unit, list(_METRES))
    names = tuple(name.strip() for name in lines[3].split("\t")[2:] if name.strip())
    rows = [line.split("\t") for line in lines[5:] if line.strip()]
    width = 2 + 3 * len(names)
    try:
        table = np.array([_numbers(row, width) for row in rows], dtype=np.float64).reshape(-1, width)
    except ValueError as error:
        raise BorelliError(f"{path}: a row does not fit {len(names)} markers: {error}") from error
    positions = table[:, 2:].reshape(-1, len(names), 3) * _METRES[unit]
    return Markers(table[:, 1], names, positions)


def _numbers(cells: list[str], width: int) -> list[float]:
    """One row; some writers leave out the tabs after the last present marker, others add one."""
    values = [float(cell) if cell.strip() else float("nan") for cell in cells]
    if any(np.isfinite(values[width:])):
        raise ValueError(f"frame {cells[0]} has {len(values)} cells, {width} expected")
    return (values + [float("nan")] * width)[:width]
