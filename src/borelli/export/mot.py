"""OpenSim's motion files, .mot: coordinates over time.

The header is the one that OpenSim 3 and 4 both read. Rotations are in degrees when `inDegrees=yes`;
translations (`..._tx`, `_ty`, `_tz`) are in metres always.
"""

from pathlib import Path

import numpy as np

from borelli.formats.storage import Storage, is_translation, read_storage, write_storage


def write_mot(path: Path, times: np.ndarray, names: tuple[str, ...], coordinates: np.ndarray) -> None:
    """Write coordinates (T, C), radians and metres, as degrees and metres."""
    write_storage(path, Storage("Coordinates", times, names, coordinates * _to_degrees(names), True))


def read_mot(path: Path) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Times (T,), coordinate names and coordinates (T, C) in radians and metres, whatever the file's unit."""
    storage = read_storage(path)
    values = storage.values / _to_degrees(storage.names) if storage.in_degrees else storage.values
    return storage.times, storage.names, values


def _to_degrees(names: tuple[str, ...]) -> np.ndarray:
    """(C,) factor from radians to degrees, one for translations."""
    return np.array([1.0 if is_translation(name) else 180.0 / np.pi for name in names])
