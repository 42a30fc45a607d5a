"""Wrong poses of a known size to start a refinement from: every joint turned, the whole person displaced."""

import numpy as np

from borelli.body.skeleton import Skeleton
from borelli.evaluation.perturb import smooth_noise

TURN_DEG = (10.0, 15.0)
"""Size of the error of every joint, over its hinges together."""
AWAY = 0.05
"""Metres between the true and the wrong root."""
CORRELATION = 1.0
"""Seconds over which errors change: those of an estimate stay for a while."""


def wrong_start(
    table: Skeleton, coordinates: np.ndarray, times: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Coordinates (T, 49) with every joint turned by TURN_DEG and the root AWAY from the truth.

    An error that would leave a hinge's range is turned round, and cut where it still would.
    """
    if len(times) < 2:
        raise ValueError("a start needs two frames, to know how fast its errors change")
    noise = smooth_noise(coordinates.shape, times, CORRELATION, rng)
    error = np.zeros_like(coordinates)
    hinges = len(table.hinge_segment)
    for segment in np.unique(table.hinge_segment):
        own = np.flatnonzero(table.hinge_segment == segment)
        error[:, own] = np.radians(rng.uniform(*TURN_DEG)) * _unit(noise[:, own])
    error[:, hinges:] = AWAY * _unit(noise[:, hinges:])
    beyond = (coordinates + error > table.upper) | (coordinates + error < table.lower)
    return np.clip(coordinates + np.where(beyond, -error, error), table.lower, table.upper)


def _unit(noise: np.ndarray) -> np.ndarray:
    """Rows (T, N) of length 1."""
    return noise / np.maximum(np.linalg.norm(noise, axis=1, keepdims=True), 1e-9)
