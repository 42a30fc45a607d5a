"""Hands, knees, seat, back and head carry weight where they rest on a surface; rather so when feet cannot."""

import numpy as np

from borelli.dynamics.contact_evidence import odds_by_height, odds_by_speed
from borelli.fitting.contacts import smooth_states

RARELY = -1.0
"""Log odds per look of any point of the body to carry weight while the feet explain the motion."""
NEEDED = 2.5
"""Log odds more per look when the load lies outside of the feet."""
OUTSIDE = 0.12
"""Metres from the polygon of the feet to the load at which they explain it no longer."""
DURATION = 0.5
"""Seconds that a hand or a knee stays down or up on average."""
MOVING, LINGERING = 1.0, 0.4
"""m/s: speed scales of limbs that carry nothing."""
SKIN = 0.03
"""Metres: spread of the height of resting skin, which gives way."""
ELSEWHERE = 1e-4
"""Probability of resting on something unknown, which would explain every raised arm held still."""


def body_contacts(
    speed: np.ndarray,
    height: np.ndarray,
    needed: np.ndarray,
    times: np.ndarray,
    looks: np.ndarray,
    noise: tuple[float, float],
) -> np.ndarray:
    """Probability (T, M) that points other than the soles carry weight.

    Args:
        speed: (T, M) m/s.
        height: (T, M) metres over the surface below.
        needed: (T,) 0 to 1: the feet do not explain the load, see `need`.
        times: (T,) seconds.
        looks: (T,) independent looks that a frame is worth.
        noise: m/s and metres: speed and height of what rests.
    """
    still, spread = noise
    odds = odds_by_speed(speed, still, MOVING, LINGERING) / 2
    odds += odds_by_height(height, float(np.hypot(SKIN, spread)), ELSEWHERE)
    odds += RARELY + NEEDED * needed[:, None]
    result = np.zeros(odds.shape)
    # most points of most motions never come near to touching: they need no smoothing
    some = np.flatnonzero(odds.max(axis=0) > 0)
    result[:, some] = smooth_states(np.clip(odds[:, some], -8, 8) * looks[:, None], times, DURATION)
    return result


def need(outside: np.ndarray, demand: np.ndarray, spread: float) -> np.ndarray:
    """(T,) 0 to 1, how badly the feet fail to explain a load.

    Args:
        outside: (T,) metres from the load to the polygon of the feet; inf without feet.
        demand: (T,) see `support_demand`; in free fall nothing is needed.
        spread: metres: standard deviation of heights, and about that of the load.
    """
    width = OUTSIDE / 4 + spread / 2
    far = 1 / (1 + np.exp(-np.clip((outside - OUTSIDE - spread) / width, -30, 30)))
    return far * np.clip(np.nan_to_num(demand, nan=1.0), 0, 1)
