"""How hard the surroundings must push the body up, from the motion of its centre of mass."""

import numpy as np

from borelli.geometry.filters import lowpass

GRAVITY = 9.81


def support_demand(centre: np.ndarray, times: np.ndarray, cutoff_hz: float = 6.0) -> np.ndarray:
    """(T,) vertical force of the surroundings over body weight, 1 + y'' / g; 0 in free fall.

    The centre of mass (T, 3), metres, is low-pass filtered before it is differentiated twice; a flight of
    less than half a period of the cutoff therefore does not reach 0. NaN for fewer than five frames.
    """
    if len(times) < 5:
        return np.full(len(times), np.nan)
    height = lowpass(centre[:, 1], times, cutoff_hz)
    return 1 + np.gradient(np.gradient(height, times), times) / GRAVITY
