"""Rewards of N worlds for one decision, each in [0, 1] or a cost, as small pure functions; R = 24 joints.

Tracking rewards have the form exp(-error^2 / width^2) of Peng et al. 2018 (DeepMimic, ACM TOG 37:143).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RewardWeights:
    """Shares of the parts; the sum of the positive ones is the most that a decision can earn."""

    pose: float = 0.4
    place: float = 0.2
    velocity: float = 0.1
    rays: float = 0.2
    alive: float = 0.1
    contact: float = 0.05
    effort: float = 0.05
    """Cost."""


POSE_WIDTH, PLACE_WIDTH, RAY_WIDTH = 0.12, 0.3, 0.12
"""Metres at which a reward has fallen to 1/e."""
VELOCITY_WIDTH = 1.0
"""m/s."""
POWER_UNIT = 20.0
"""Watts per kilogram: mechanical power, taken without sign, that costs one."""
STANDING = 0.03
"""Metres: a sole this low rests on the floor."""


def pose_reward(joints: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(N,) of joint centres (N, R, 3) relative to the pelvis, metres."""
    gap = (joints - joints[:, :1]) - (wanted - wanted[:, :1])
    return np.exp(-np.square(gap).sum(axis=-1).mean(axis=-1) / POSE_WIDTH**2)


def place_reward(pelvis: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(N,) of the place of the pelvis (N, 3), metres."""
    return np.exp(-np.square(pelvis - wanted).sum(axis=-1) / PLACE_WIDTH**2)


def velocity_reward(velocity: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(N,) of the velocity of the pelvis (N, 3), m/s."""
    return np.exp(-np.square(velocity - wanted).sum(axis=-1) / VELOCITY_WIDTH**2)


def ray_reward(offsets: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """(N,) of distances from rays: offsets (N, K, 3) in metres with confidence (N, K).

    This is a reprojection error in metres on the body; zero where nothing is seen.
    """
    weight = confidence.sum(axis=-1)
    squared = (np.square(offsets).sum(axis=-1) * confidence).sum(axis=-1)
    seen = np.exp(-squared / np.maximum(weight, 1e-6) / RAY_WIDTH**2)
    return np.where(weight > 0, seen, 0.0)


def contact_reward(soles: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(N,) share of the feet's points (N, P) that stand and swing with the reference's: heights in metres."""
    return ((soles < STANDING) == (wanted < STANDING)).mean(axis=-1)


def effort_cost(torques: np.ndarray, rates: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """(N,) mechanical power, in POWER_UNIT and at most one.

    Joint torques (N, M) in N m, rates (N, M) in rad/s, body masses (N,) in kg.
    """
    return np.minimum(np.abs(torques * rates).sum(axis=-1) / mass / POWER_UNIT, 1.0)
