"""Coordinates of an OpenSim model over time with their first and second derivatives."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.signal import butter, sosfiltfilt

from borelli.dynamics.curve import spline_derivatives
from borelli.errors import BorelliError
from borelli.formats.osim_model import OsimModel
from borelli.formats.storage import Storage

FEWEST = 8
"""Frames that a spline of the fifth degree and its filter need."""
UNEVEN = 0.02
"""Of the interval between frames: times further from even ones are resampled before filtering."""


@dataclass(frozen=True)
class Movement:
    """T frames of all C coordinates of a model: radians, metres, seconds."""

    times: np.ndarray
    q: np.ndarray
    """(T, C)."""
    v: np.ndarray
    a: np.ndarray
    assumed: tuple[str, ...]
    """Coordinates that the motion lacks and that stay at the model's default."""


def movement(model: OsimModel, motion: Storage, lowpass_hz: float | None = None) -> Movement:
    """Splines of the fifth degree through a motion, third and fourth derivative zero at both ends.

    Coupled coordinates follow the one that they depend on, whatever the motion says: OpenSim writes the angle
    of a patella in degrees into files that are in radians. Coordinates that the motion lacks keep their
    default. With `lowpass_hz` all of them pass a Butterworth filter of third order forwards and backwards
    first, whose gain at that frequency is one half, as in OpenSim's tools.

    Raises BorelliError for a motion without any coordinate of the model, with gaps, or too short.
    """
    times = motion.times
    if len(times) < FEWEST or np.any(np.diff(times) <= 0):
        raise BorelliError(f"inverse dynamics needs {FEWEST} frames or more with increasing times")
    if lowpass_hz is not None and not lowpass_hz > 0:
        raise BorelliError(
            f"low-pass cutoff is {lowpass_hz:g} Hz; give a positive frequency, 6 is usual for gait"
        )
    values, assumed = _values(model, motion)
    if lowpass_hz is not None:
        values = _smooth(values, times, lowpass_hz)
    return Movement(times, values, *spline_derivatives(times, values), assumed)


def _values(model: OsimModel, motion: Storage) -> tuple[np.ndarray, tuple[str, ...]]:
    """Coordinates (T, C), and which of them are assumed."""
    columns = {_coordinate(name): c for c, name in reversed(list(enumerate(motion.names)))}
    present = [name for name in model.coordinate_names if name in columns]
    if not present:
        raise BorelliError(
            f"the motion has none of the model's coordinates; they are {', '.join(model.coordinate_names)}"
        )
    result, assumed = np.empty((len(motion.times), len(model.coordinates))), []
    for c, coordinate in enumerate(model.coordinates):
        if coordinate.name not in columns:
            result[:, c] = coordinate.default
            assumed.append(coordinate.name)
            continue
        column = motion.values[:, columns[coordinate.name]]
        if not np.isfinite(column).all():
            gap = motion.times[int(np.argmin(np.isfinite(column)))]
            raise BorelliError(f"{coordinate.name} at {gap:g} s is not a number; fill the gaps of the motion")
        result[:, c] = np.radians(column) if motion.in_degrees and coordinate.rotational else column
    for coupling in model.couplings:
        source = result[:, model.coordinate_names.index(coupling.independent)]
        result[:, model.coordinate_names.index(coupling.dependent)] = coupling.function.derivatives(source)[0]
    followers = {coupling.dependent for coupling in model.couplings}
    return result, tuple(name for name in assumed if name not in followers)


def _coordinate(column: str) -> str:
    """Name of the coordinate of a column: plain, or the path `/jointset/JOINT/COORDINATE/value`."""
    parts = column.split("/")
    return parts[-2] if len(parts) > 2 and parts[-1] == "value" else column


def _smooth(values: np.ndarray, times: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """Filtered values (T, C); unevenly sampled ones by way of an even grid."""
    grid = np.linspace(times[0], times[-1], len(times))
    interval = float(grid[1] - grid[0])
    if cutoff_hz * interval >= 0.5:
        return values
    filter_ = butter(3, 2.0 * cutoff_hz * interval, output="sos")
    pad = len(times) // 2
    if np.abs(times - grid).max() < UNEVEN * interval:
        return sosfiltfilt(filter_, values, axis=0, padlen=pad)
    even = sosfiltfilt(filter_, CubicSpline(times, values, axis=0)(grid), axis=0, padlen=pad)
    return CubicSpline(grid, even, axis=0)(times)
