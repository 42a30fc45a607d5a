"""Heel, ball and toes: the three regions of a sole, their points, and what others say about them."""

import numpy as np

from borelli.dynamics.contact_points import ContactPoints
from borelli.dynamics.foot_states import REGIONS

_REGION = {"heel": "heel", "metatarsal": "ball", "big": "toe", "small": "toe"}
"""First word of a sole point's name, and its region."""
_TOLD = (0, 1, 1)
"""Which of a foot's two contact landmarks, heel and ball, tells about each of REGIONS."""
MOST_TIPPED = 6.0
"""Log odds that one look at a lifted region can be worth."""
_SURE = 0.01
"""Probability that anybody's contact is wrong: a limit to its log odds."""


def sole_regions(points: ContactPoints) -> np.ndarray:
    """(2, 3, 2) indices of the points of heel, ball and toes of the right and the left foot."""

    def region(p: int) -> str:
        return _REGION[points.names[p].split("_", maxsplit=1)[0]]

    return np.array(
        [
            [[p for p in points.soles if points.foot[p] == side and region(p) == name] for name in REGIONS]
            for side in "rl"
        ]
    )


def told_odds(told: np.ndarray) -> np.ndarray:
    """Log odds (T, 2, 3) of the regions from probabilities (T, 4) of CONTACT_LANDMARKS; 0 where NaN."""
    sure = np.clip(np.nan_to_num(told, nan=0.5), _SURE, 1 - _SURE)
    per_region = sure.reshape(-1, 2, 2)[:, :, list(_TOLD)]
    return np.log(per_region / (1 - per_region))


def tipped(heights: np.ndarray, spread: float) -> np.ndarray:
    """Log odds (T, 2, 3) against a region that is lifted over the lowest of its foot.

    Heights within a foot are better known than the floor's: this tells heel-off and the landing of toes.

    Args:
        heights: (T, 2, 3) metres.
        spread: metres: standard deviation of heights within a standing foot.
    """
    over = heights - heights.min(axis=2, keepdims=True)
    return np.minimum(over**2 / (2 * spread**2), MOST_TIPPED)


def point_probability(
    standing: np.ndarray, heights: np.ndarray, regions: np.ndarray, spread: float
) -> np.ndarray:
    """Probability (T, P) of the sole points; 0 for the others.

    Args:
        standing: (T, 2, 3) probability that each region stands.
        heights: (T, P) metres over the support; a point well above the lowest of its foot does not touch.
        regions: (2, 3, 2), see `sole_regions`.
        spread: metres: standard deviation of heights within a standing foot.
    """
    result = np.zeros(heights.shape)
    for foot in range(2):
        lowest = heights[:, regions[foot].ravel()].min(axis=1, keepdims=True)
        for region in range(len(REGIONS)):
            some = regions[foot, region]
            above = (heights[:, some] - lowest - 2 * spread) / (0.3 * spread)
            result[:, some] = standing[:, foot, region, None] / (1 + np.exp(np.clip(above, -30, 30)))
    return result
