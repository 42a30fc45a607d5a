"""What a motion does between its frames: the smoothest curve through them and its derivatives.

Central differences, which the solver uses because they look at three frames only, find 9 % too little of an
acceleration of 10 Hz at 60 frames per second. What is reported is therefore computed from splines, and the
solver's result is moved onto the curve whose accelerations its differences are.
"""

from typing import Any

import numpy as np
from scipy.interpolate import BSpline, make_interp_spline

from borelli.dynamics.rigid_body import Kinematics

DEGREE = 5
"""As in OpenSim's tools."""


def spline_derivatives(times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivative (T, C) of `natural_spline` at its own times."""
    spline = natural_spline(times, values)
    return spline(times, nu=1), spline(times, nu=2)


def natural_spline(times: np.ndarray, values: np.ndarray) -> BSpline:
    """The natural spline of degree 5 through values (T, C).

    Its third and fourth derivatives are zero at both ends. Four or five frames get a cubic spline.
    """
    half = (min(DEGREE, len(times) - 1) + 1) // 2
    ends = [(order, np.zeros(values.shape[1])) for order in range(half, 2 * half - 1)]
    both: Any = (ends, ends)  # the stubs know one condition per end only
    return make_interp_spline(times, values, k=2 * half - 1, bc_type=both)


def curve_of_differences(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Frames (T, C) of the curve whose accelerations are the second differences of `values` (T, C).

    (x- + 10 x + x+) / 12 on even times, correct to fourth order (Numerov's method); the outer frames stay.
    """
    if len(times) < 3:
        return values
    result, steps = values.copy(), np.diff(times)
    result[1:-1] += (steps[1:] * steps[:-1])[:, None] / 12 * Kinematics.of(times).acceleration(values)
    return result
