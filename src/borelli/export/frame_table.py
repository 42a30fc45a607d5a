"""Everything that changes over time as one table, a row per frame: .csv for people, .parquet for programs."""

import csv
from importlib import import_module
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError
from borelli.formats.storage import is_translation
from borelli.motion.motion import Motion


def frame_table(motion: Motion) -> dict[str, np.ndarray]:
    """Column name to values (T,); the end of a name is its unit. Frames that are not valid are NaN.

    Coordinates in degrees or metres, joint centres in metres, probabilities of contact, and after physics
    forces in newtons at each contact point and torques in N m; world axes x forward, y up, z right.
    """
    count = len(motion.time)
    table: dict[str, np.ndarray] = {}
    for c, name in enumerate(motion.coordinate_names):
        column = motion.coordinates[:, c]
        table[f"{name}_m" if is_translation(name) else f"{name}_deg"] = (
            column if is_translation(name) else np.degrees(column)
        )
    table |= _vectors(motion.joint_names, motion.joints, "m")
    table |= {f"{name}_contact": motion.contacts[:, p] for p, name in enumerate(motion.contact_names)}
    if motion.forces is not None:
        table |= _vectors(tuple(f"{name}_force" for name in motion.contact_names), motion.forces, "N")
    if motion.torques is not None:
        table |= {
            f"{name}_torque_Nm": motion.torques[:, c]
            for c, name in enumerate(motion.coordinate_names)
            if not is_translation(name)
        }
    known = {name: np.where(motion.valid, column, np.nan) for name, column in table.items()}
    return {"frame": np.arange(count), "time_s": motion.time, "valid": motion.valid} | known


def write_csv(path: Path, motion: Motion) -> None:
    """Write the table as text; what is not known is empty."""
    table = frame_table(motion)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table)
        for row in zip(*table.values(), strict=True):
            writer.writerow([_cell(value) for value in row])


def write_parquet(path: Path, motion: Motion) -> None:
    """Write the table with its types. Raises BorelliError when pyarrow is not installed."""
    try:
        pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise BorelliError("writing .parquet files needs pyarrow: pip install 'borelli[parquet]'") from error
    parquet.write_table(pyarrow.table(frame_table(motion)), str(path))


def _vectors(names: tuple[str, ...], values: np.ndarray, unit: str) -> dict[str, np.ndarray]:
    return {
        f"{name}_{axis}_{unit}": values[:, i, k]
        for i, name in enumerate(names)
        for k, axis in enumerate("xyz")
    }


def _cell(value: np.generic) -> str:
    if isinstance(value, np.floating):
        return "" if np.isnan(value) else f"{value:.6f}"
    return str(int(value))
