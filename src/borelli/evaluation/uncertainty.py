"""Whether stated uncertainties are honest."""

import numpy as np
from scipy.stats import norm


def interval_coverage(errors: np.ndarray, sigma: np.ndarray, level: float = 0.9) -> float:
    """Share of errors inside the central normal interval of probability `level`; honest means about `level`.

    errors (...) signed, sigma (...) one standard deviation in the same unit, for instance each axis of
    joints (T, J, 3) against joint_sigma[..., None]. Missing entries do not count; NaN when none is left.
    """
    sigma = np.broadcast_to(sigma, errors.shape)
    present = np.isfinite(errors) & np.isfinite(sigma)
    if not present.any():
        return float("nan")
    half = norm.ppf(0.5 + level / 2.0) * sigma[present]
    return float(np.mean(np.abs(errors[present]) <= half))
