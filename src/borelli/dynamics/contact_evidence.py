"""What speed, height and free fall say about a contact: logarithms of odds, standing against not."""

import numpy as np

LINGERING = 0.25
"""Share of swinging frames in which the foot is held or turns round."""


def odds_by_speed(speed: np.ndarray, still: float, moving: float, lingering: float) -> np.ndarray:
    """Log odds by the length of a velocity in space.

    Args:
        speed: m/s, any shape.
        still, moving, lingering: m/s per axis: what stands, what swings, and what swings but is slow.
    """

    def log_density(scale: float) -> np.ndarray:
        return -3 * np.log(scale) - speed**2 / (2 * scale**2)

    swings = np.logaddexp(
        np.log(1 - LINGERING) + log_density(np.hypot(moving, still)),
        np.log(LINGERING) + log_density(np.hypot(lingering, 1.5 * still)),
    )
    return log_density(still) - swings


def odds_by_height(height: np.ndarray, spread: float, elsewhere: float) -> np.ndarray:
    """Log odds by the height over the support, metres, any shape.

    Args:
        height: metres; negative below the surface, which says little.
        spread: metres: standard deviation of the height of what stands.
        elsewhere: probability of standing on something unknown.
    """
    above = np.where(height > 0, height, 0.3 * height)

    def density(mean: float, sd: float) -> np.ndarray:
        return np.exp(-((above - mean) ** 2) / (2 * sd**2)) / (sd * np.sqrt(2 * np.pi))

    stands = (1 - elsewhere) * density(0.0, spread) + elsewhere
    # half of the swinging feet pass close to the ground, the others are lifted to about the knee
    swings = 0.5 * density(0.05, np.hypot(0.05, spread)) + 0.49 * density(0.2, np.hypot(0.2, spread)) + 0.01
    return np.log(stands) - np.log(swings)


def odds_of_falling(demand: np.ndarray, noise: float) -> np.ndarray:
    """Log odds that nothing carries the body, by the vertical force over weight that it needs; never NaN.

    Args:
        demand: see `support_demand`.
        noise: standard deviation of `demand`.
    """
    carried = np.hypot(0.6, noise)
    odds = np.log(carried / noise) - (demand / noise) ** 2 / 2 + ((demand - 1.1) / carried) ** 2 / 2
    return np.where(np.isfinite(odds), odds, 0.0)
