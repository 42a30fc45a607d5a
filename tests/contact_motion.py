"""Made-up motions of the contact points: feet that stand, step, jump and shake, without a body to solve."""

from functools import cache

import numpy as np

from borelli.body.kinematics import forward, place
from borelli.body.model import average_person, body_model
from borelli.dynamics.contact_points import ContactPoints, contact_points

RATE = 60.0


@cache
def points() -> ContactPoints:
    return contact_points(body_model())


@cache
def standing_pose() -> np.ndarray:
    """(P, 3) points of a person who stands upright, the lowest sole point at y = 0."""
    model, person = body_model(), average_person()
    pose = forward(model, person, model.skeleton.neutral[None])
    found = place(pose, points().points, model, person)[0]
    return found - [0.0, found[points().soles, 1].min(), 0.0]


def of_foot(side: str) -> np.ndarray:
    return np.flatnonzero(np.array(points().foot) == side)


def clock(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * RATE)) / RATE


def standing(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions (T, P, 3) and centre of mass (T, 3) of somebody who stands still."""
    positions = np.tile(standing_pose(), (len(times), 1, 1))
    return positions, np.tile([0.0, 0.95, 0.0], (len(times), 1))


def swing(times: np.ndarray, start: float, end: float, length: float, lift: float) -> np.ndarray:
    """(T, 3) displacement of a foot that steps forward by `length` and up to `lift` on the way."""
    part = np.clip((times - start) / (end - start), 0, 1)
    forward_part = part - np.sin(2 * np.pi * part) / (2 * np.pi)
    up = lift * np.sin(np.pi * part) ** 2
    return np.stack([length * forward_part, up, np.zeros_like(part)], axis=1)


def walking(times: np.ndarray, step: float = 0.6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, centre of mass, and truth (T, 2): which foot stands; a step every half second."""
    positions, centre = standing(times)
    stands = np.ones((len(times), 2), dtype=bool)
    for k in range(round(times[-1] / 0.5)):
        foot, start = k % 2, 0.5 * k + 0.1
        moved = swing(times, start, start + 0.4, step if k == 0 else 2 * step, 0.12)
        positions[:, of_foot("rl"[foot])] += moved[:, None]
        stands[:, foot] &= ~((times > start) & (times < start + 0.4))
    centre[:, 0] = positions[..., 0].mean(axis=1)
    return positions, centre, stands


def jumping(times: np.ndarray, start: float, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions and centre of mass: a push-off, a flight of some seconds, a landing."""
    positions, centre = standing(times)
    speed = 9.81 * seconds / 2
    inside = np.clip(times - start, 0, seconds)
    flight = speed * inside - 9.81 * inside**2 / 2
    # the knees bend before and after, with the speed of the flight at its ends
    push = 0.25
    before = np.clip((times - start + push) / push, 0, 1)
    after = np.clip((start + seconds + push - times) / push, 0, 1)
    dip = speed * push * (before**3 - before**2) + speed * push * (after**3 - after**2)
    centre[:, 1] += flight + dip
    positions[..., 1] += flight[:, None]
    return positions, centre


def smooth_noise(times: np.ndarray, size: float, seed: int) -> np.ndarray:
    """(T, 3) Gaussian errors of `size` metres per axis that stay alike for 0.15 s."""
    rng = np.random.default_rng(seed)
    apart = (times[:, None] - times) / 0.15
    root = np.linalg.cholesky(np.exp(-(apart**2) / 2) + 1e-6 * np.eye(len(times)))
    return size * root @ rng.standard_normal((len(times), 3))
