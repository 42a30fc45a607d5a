"""Marker trajectories in C3D files (c3d.org), read by ezc3d."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from borelli.errors import BorelliError, choices, no_file
from borelli.formats.trc import METRES, Markers

UNITS = {**METRES, "cm": 0.01}
OUTPUTS = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS")
"""Parameters of POINT that list points which are no places."""


@dataclass(frozen=True)
class C3d:
    """Markers of a trial, in the axes of the laboratory."""

    markers: Markers
    R_world_file: np.ndarray | None
    """(3, 3) to Y up by POINT:X_SCREEN and POINT:Y_SCREEN; None when the file does not say."""


def read_c3d(path: Path) -> C3d:
    """Read the points of a .c3d file in the unit it states (mm when it states none, as is usual).

    A point is missing where it is NaN or its residual is negative. Points without a label, and those that
    Vicon calls `*12`, are left out: nothing says what they are. So are the angles, forces and other outputs
    of a model, which laboratories store as points too.

    Raises BorelliError when the file is damaged, or has no labelled points.
    """
    data = _read(path)
    header = data["parameters"].get("POINT", {})
    labels = _labels(header)
    positions = np.moveaxis(np.asarray(data["data"]["points"], dtype=np.float64)[:3], 0, -1)
    positions = np.moveaxis(positions, 0, 1)
    invalid = np.asarray(data["data"]["meta_points"]["residuals"])[0].T < 0
    outputs = {label for group in OUTPUTS for label in _labels(header, group)}
    named = [
        i
        for i, label in enumerate(labels[: positions.shape[1]])
        if label and not label.startswith("*") and label not in outputs
    ]
    if not named or not len(positions):
        what = "has no frames" if not len(positions) else "labels none of its points (POINT:LABELS)"
        raise BorelliError(f"{path} {what}; label the markers and export the trial again")
    unit = _text(header, "UNITS") or "mm"
    if unit not in UNITS:
        raise choices(f"{path}: POINT:UNITS", unit, list(UNITS))
    rate = float(data["header"]["points"]["frame_rate"])
    if not rate > 0:
        raise BorelliError(f"{path} states no frame rate (POINT:RATE); export the trial again")
    first = int(data["header"]["points"]["first_frame"])
    times = (first + np.arange(len(positions))) / rate
    positions = np.where(invalid[..., None], np.nan, positions)[:, named] * UNITS[unit]
    axes = axes_of_screen(_text(header, "X_SCREEN"), _text(header, "Y_SCREEN"))
    return C3d(Markers(times, tuple(labels[i] for i in named), positions), axes)


def axes_of_screen(right: str, up: str) -> np.ndarray | None:
    """R_world_file (3, 3) from signed axes such as "+X" and "+Z": Y up, X to the right of the screen.

    None when one of them is absent or both are the same axis.
    """
    rows = [_axis(right), _axis(up)]
    if rows[0] is None or rows[1] is None or abs(float(rows[0] @ rows[1])) > 0:
        return None
    return np.stack([rows[0], rows[1], np.cross(rows[0], rows[1])])


def _read(path: Path) -> Any:
    if not path.is_file():
        raise no_file(path, "a .c3d file")
    try:
        ezc3d = import_module("ezc3d")  # its stubs lack the compiled part
    except ImportError as error:
        raise BorelliError("reading .c3d files needs ezc3d: pip install ezc3d") from error
    try:
        return ezc3d.c3d(str(path))
    except Exception as error:  # ezc3d raises whatever its C++ code throws
        raise BorelliError(f"{path} is not a readable .c3d file: {error}") from error


def _labels(header: Any, group: str = "LABELS") -> list[str]:
    """LABELS, then LABELS2 and so on, which hold what does not fit into 255; other lists likewise."""
    groups = [key for key in header if key.rstrip("0123456789") == group]
    groups.sort(key=lambda key: int(key.removeprefix(group) or 1))
    return [str(label).strip() for key in groups for label in header[key]["value"]]


def _text(header: Any, key: str) -> str:
    values = header[key]["value"] if key in header else []
    return str(values[0]).strip() if len(values) else ""


def _axis(text: str) -> np.ndarray | None:
    name = text.strip().upper().lstrip("+-")
    if name not in ("X", "Y", "Z"):
        return None
    return np.eye(3)["XYZ".index(name)] * (-1.0 if text.strip().startswith("-") else 1.0)
