"""Joint-limit violations.

Source of the rate: Xia et al., HSMR, CVPR 2025 (released code): a frame violates when the largest excess
over the limits of the coordinates scored passes a tolerance; the paper prints 10, 20 and 30 degrees.
"""

import numpy as np


def limit_excess(coordinates: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """How far (T, C) coordinates are outside [lower, upper] (C,); 0 inside, NaN where missing."""
    return np.maximum(np.maximum(lower - coordinates, coordinates - upper), 0.0)


def violation_percent(
    coordinates: np.ndarray, lower: np.ndarray, upper: np.ndarray, tolerance: float
) -> float:
    """Percentage of frames in which any coordinate is more than `tolerance` outside its limits.

    Same unit for all arguments. Frames without any coordinate do not count; NaN when none is left.
    """
    excess = limit_excess(coordinates, lower, upper)
    seen = np.isfinite(excess).any(axis=1)
    if not seen.any():
        return float("nan")
    return 100.0 * float(np.mean(np.nan_to_num(excess[seen]).max(axis=1) > tolerance))


def violations_by_coordinate(
    coordinates: np.ndarray, lower: np.ndarray, upper: np.ndarray, tolerance: float
) -> np.ndarray:
    """The same percentage for each coordinate alone, (C,)."""
    return np.array(
        [
            violation_percent(coordinates[:, [c]], lower[[c]], upper[[c]], tolerance)
            for c in range(coordinates.shape[1])
        ]
    )
