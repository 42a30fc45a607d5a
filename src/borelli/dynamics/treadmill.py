"""The ground may move: the velocity of a treadmill's belt, from the feet that stand on it.

Newton's laws hold in any frame that moves steadily. A motion on a belt is therefore made one on the floor by
taking what the belt adds: x - v t instead of x, and nothing downstream needs to know.
"""

import numpy as np

from borelli.dynamics.contact_points import ContactPoints
from borelli.dynamics.sole_regions import sole_regions
from borelli.dynamics.support_demand import support_demand
from borelli.geometry.filters import lowpass

SLOWEST = 0.4
"""m/s: slower belts are not told from the errors of a motion."""
ALIKE = 0.3
"""m/s: feet that stand on the same ground differ by no more."""
BETTER = 0.3
"""Share of frames by which a moving ground must explain more than one at rest."""
CARRIED = 0.3
"""Share of frames in which something must carry the body for the ground to be told from the feet."""
LOW = 0.04
"""Metres over the lowest sole of the moment: what stands is there."""
ROLLING = 0.1
"""m/s: vertical speed of a region whose foot rolls."""
CUTOFF_HZ = 8.0


def ground_velocity(
    points: ContactPoints, positions: np.ndarray, centre: np.ndarray, times: np.ndarray
) -> np.ndarray:
    """(3,) m/s of the ground, horizontal; zeros unless a steadily moving ground explains the feet far better.

    Args:
        points: P contact points.
        positions: (T, P, 3) world, metres.
        centre: (T, 3) centre of mass, world, metres.
        times: (T,) seconds.
    """
    valid = np.isfinite(positions).all(axis=(1, 2)) & np.isfinite(centre).all(axis=1)
    if np.count_nonzero(valid) < 10:
        return np.zeros(3)
    soles = positions[valid][:, sole_regions(points).reshape(6, 2)].mean(axis=2)
    moving = np.gradient(lowpass(soles, times[valid], CUTOFF_HZ), times[valid], axis=0)
    velocity = moving[..., [0, 2]]
    carried = support_demand(centre[valid], times[valid]) > 0.5
    low = soles[..., 1] < soles[..., 1].min(axis=1, keepdims=True) + LOW
    low &= carried[:, None]
    if carried.mean() < CARRIED:
        return np.zeros(3)
    found = _commonest(velocity[low])
    found = _of_the_flat(moving[low], found)
    gain = _explained(velocity, low, found) - _explained(velocity, low, np.zeros(2))
    if np.linalg.norm(found) < SLOWEST or gain < BETTER:
        return np.zeros(3)
    return np.array([found[0], 0.0, found[1]])


def _commonest(velocity: np.ndarray) -> np.ndarray:
    """(2,) where the velocities (N, 2) are densest: mean shift from the sample with most neighbours."""
    some = velocity[:: max(1, len(velocity) // 400)]
    near = np.linalg.norm(some[:, None] - some, axis=-1) < ALIKE
    place = some[near.sum(axis=1).argmax()]
    for _ in range(20):
        weight = np.exp(-np.sum((velocity - place) ** 2, axis=1) / (2 * (ALIKE / 2) ** 2))
        place = weight @ velocity / weight.sum()
    return place


def _of_the_flat(moving: np.ndarray, near: np.ndarray) -> np.ndarray:
    """(2,) mean over what moves (N, 3) level and about as the ground `near`: rolling soles run ahead."""
    off = np.sum((moving[:, [0, 2]] - near) ** 2, axis=1) / ALIKE**2 + (moving[:, 1] / ROLLING) ** 2
    weight = np.exp(-2 * off)
    return weight @ moving[:, [0, 2]] / weight.sum()


def _explained(velocity: np.ndarray, low: np.ndarray, ground: np.ndarray) -> float:
    """Share of the frames with a low region (T, 6) in which one moves as the ground does."""
    alike = (np.linalg.norm(velocity - ground, axis=-1) < ALIKE) & low
    return float(alike.any(axis=1).sum() / low.any(axis=1).sum())
