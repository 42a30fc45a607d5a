"""Two recordings of one motion on common timestamps."""

import numpy as np


def resample(values: np.ndarray, times: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values (T, ...) at times (T,) read at other times (N,) by linear interpolation, (N, ...).

    NaN where a neighbour is missing, where the neighbours are more than two and a half median intervals
    apart, and beyond half an interval before the first or after the last frame.
    """
    if len(times) == 0:
        return np.full((len(at), *values.shape[1:]), np.nan)
    interval = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    after = np.clip(np.searchsorted(times, at), 1, max(len(times) - 1, 1)) % len(times)
    before = np.maximum(after - 1, 0)
    width = times[after] - times[before]
    weight = np.clip((at - times[before]) / np.where(width > 0, width, 1.0), 0.0, 1.0)
    weight = weight.reshape(-1, *[1] * (values.ndim - 1))
    result = np.where(weight == 0, values[before], np.where(weight == 1, values[after], np.nan))
    between = (1.0 - weight) * values[before] + weight * values[after]
    result = np.where((weight > 0) & (weight < 1), between, result)
    outside = (at < times[0] - 0.5 * interval) | (at > times[-1] + 0.5 * interval)
    result[outside | (width > 2.5 * interval)] = np.nan
    return result
