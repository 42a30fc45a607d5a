"""Zero-phase low-pass filter for signals with gaps and uneven timestamps."""

import math

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.signal import butter, sosfiltfilt

from borelli.errors import BorelliError

_MIN_RUN = 5
_UNIFORM_TOLERANCE = 0.02
_GAP_INTERVALS = 3.5
COLUMNS_AT_ONCE = 12
"""The filter takes six times the memory of what it filters."""


def lowpass(values: np.ndarray, times: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """Fourth-order zero-phase Butterworth filter along time.

    values (T, ...), times (T,) increasing seconds; the result has the same shape. Each run of
    finite samples is filtered alone, so a NaN stays NaN and never reaches its neighbours; a
    pause in the timestamps longer than 3.5 median intervals also ends a run. Runs of fewer than 5 samples
    are returned as they came. Unevenly sampled runs are resampled by a cubic spline to a uniform
    grid of the same mean rate, filtered, and read back at their own times.

    The gain is -3 dB at `cutoff_hz` for the forward and backward pass together (Winter,
    Biomechanics and Motor Control of Human Movement, 4th ed., section 2.2.4.4). A cutoff at or
    above the Nyquist frequency of a run leaves that run as it came.

    Raises BorelliError when the cutoff is not positive or the times do not increase.
    """
    if cutoff_hz <= 0:
        raise BorelliError(
            f"low-pass cutoff is {cutoff_hz} Hz; give a positive frequency, 6 is usual for gait"
        )
    if np.any(np.diff(times) <= 0):
        raise BorelliError(f"timestamps do not increase after frame {int(np.argmax(np.diff(times) <= 0))}")
    flat = np.asarray(values, dtype=np.float64).reshape(len(times), math.prod(np.shape(values)[1:]))
    result = flat.copy()
    for first in range(0, flat.shape[1], COLUMNS_AT_ONCE):
        finite = np.isfinite(flat[:, first : first + COLUMNS_AT_ONCE])
        for columns in _alike(finite):
            for start, stop in _runs(finite[:, columns[0]], times):
                block = np.s_[start:stop, first + columns]
                result[block] = _filter_run(flat[block], times[start:stop], cutoff_hz)
    return result.reshape(np.shape(values))


def _alike(columns: np.ndarray) -> list[np.ndarray]:
    """Indices of the columns (T, C) that are equal to each other."""
    groups: dict[bytes, list[int]] = {}
    for c in range(columns.shape[1]):
        groups.setdefault(columns[:, c].tobytes(), []).append(c)
    return [np.array(group) for group in groups.values()]


def _runs(finite: np.ndarray, times: np.ndarray) -> list[tuple[int, int]]:
    """Half-open ranges of frames that are finite and follow each other without a pause."""
    steps = np.diff(times)
    pause = (
        np.r_[True, steps > _GAP_INTERVALS * np.median(steps)] if len(steps) else np.ones(len(times), bool)
    )
    before = np.r_[False, finite[:-1]]
    after = np.r_[finite[1:], False]
    starts = np.flatnonzero(finite & (~before | pause))
    stops = np.flatnonzero(finite & (~after | np.r_[pause[1:], True])) + 1
    return [(int(a), int(b)) for a, b in zip(starts, stops, strict=True) if b - a >= _MIN_RUN]


def _filter_run(values: np.ndarray, times: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """Filter one run (n, channels) without gaps."""
    interval = (times[-1] - times[0]) / (len(times) - 1)
    # Two passes multiply the gains, which lowers the -3 dB point of a second-order section by this factor.
    corrected = cutoff_hz / (np.sqrt(2.0) - 1.0) ** 0.25
    if corrected * interval >= 0.5:
        return values
    sos = butter(2, 2.0 * corrected * interval, output="sos")
    pad = min(len(times) - 1, int(np.ceil(2.0 / (cutoff_hz * interval))))
    grid = np.linspace(times[0], times[-1], len(times))
    if np.abs(times - grid).max() < _UNIFORM_TOLERANCE * interval:
        return sosfiltfilt(sos, values, axis=0, padlen=pad)
    smooth = sosfiltfilt(sos, CubicSpline(times, values, axis=0)(grid), axis=0, padlen=pad)
    return CubicSpline(grid, smooth, axis=0)(times)
