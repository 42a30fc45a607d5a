"""Tables for spreadsheets: `angles.csv` and the companion that says what each of its columns means."""

import csv
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from borelli.body.skeleton import Skeleton, skeleton
from borelli.formats.storage import is_translation
from borelli.motion.motion import Motion

_ZERO = "standing upright, arms hanging, palms facing the thighs"


def write_angles(path: Path, motion: Motion) -> None:
    """One row per frame: time in seconds, valid (0 or 1), one column per coordinate.

    Rotations are in degrees without jumps of 360, translations in metres. When the motion states its
    uncertainty, `<coordinate>_sd` columns follow in the same units. Frames that are not valid are empty.
    """
    factor = np.array([1.0 if is_translation(name) else 180.0 / np.pi for name in motion.coordinate_names])
    columns = [_unwrapped(motion) * factor]
    names = [*motion.coordinate_names]
    if motion.coordinate_sigma is not None:
        columns.append(motion.coordinate_sigma * factor)
        names += [f"{name}_sd" for name in motion.coordinate_names]
    table = np.concatenate(columns, axis=1)
    table[~motion.valid] = np.nan
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["time", "valid", *names])
        for time, valid, row in zip(motion.time, motion.valid, table, strict=True):
            cells = ("" if np.isnan(value) else f"{value:.5f}" for value in row)
            writer.writerow([f"{time:.6f}", int(valid), *cells])


def _unwrapped(motion: Motion) -> np.ndarray:
    """Coordinates (T, C) of valid frames with whole turns taken out of the rotations."""
    result = motion.coordinates.astype(np.float64)
    for c, name in enumerate(motion.coordinate_names):
        usable = motion.valid & np.isfinite(result[:, c])
        if not is_translation(name):
            result[usable, c] = np.unwrap(result[usable, c])
    return result


def write_column_definitions(path: Path) -> None:
    """What each coordinate is: unit, zero, positive direction, axis, order, limits, ISB's angle."""
    table, meanings = skeleton(), coordinate_definitions()
    header = "column unit definition positive zero joint axis_x axis_y axis_z order lower upper isb".split()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        for index, name in enumerate(table.coordinate_names):
            base = name.removesuffix("_r").removesuffix("_l")
            writer.writerow([name, *_row(table, index, *meanings[base]), _definitions()[base]["isb"]])


def _row(table: Skeleton, index: int, definition: str, positive: str) -> list[str]:
    if is_translation(table.coordinate_names[index]):
        return ["m", definition, positive, "world origin on the floor", "ground_pelvis", *[""] * 6]
    axis = [f"{value:.6f}" for value in table.axes[index]]
    limits = (np.degrees(table.lower[index]), np.degrees(table.upper[index]))
    return [
        "deg",
        definition,
        positive,
        _ZERO,
        table.joint_names[table.hinge_segment[index]],
        *axis,
        str(table.hinge_order[index] + 1),
        *(f"{value:.1f}" if np.isfinite(value) else "" for value in limits),
    ]


def coordinate_definitions() -> dict[str, tuple[str, str]]:
    """Coordinate without its side: (definition, positive direction)."""
    return {name: (row["definition"], row["positive"]) for name, row in _definitions().items()}


@cache
def _definitions() -> dict[str, dict[str, str]]:
    """Rows of `definitions.csv` by coordinate without its side."""
    text = files("borelli.export").joinpath("definitions.csv").read_text("utf-8")
    return {row["coordinate"]: row for row in csv.DictReader(text.splitlines())}
