"""How far the load of a body lies outside of what its feet can carry."""

import numpy as np

from borelli.body.trajectories import frame_runs
from borelli.dynamics.support_demand import GRAVITY
from borelli.geometry.filters import lowpass

DIRECTIONS = 24
"""Horizontal directions in which the polygon is measured; the distance is at most 1 % short."""


def zero_moment_point(centre: np.ndarray, ground: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(T, 2) x and z at which the ground would push a body whose angular momentum is constant.

    x - x'' (y - ground) / (y'' + g) (Vukobratovic & Borovac 2004), where the denominator is at least half of
    gravity; of the centre of mass (T, 3), metres, filtered at 5 Hz, over ground of height (T,).
    """
    smooth = lowpass(centre, times, 5.0)
    acceleration = np.gradient(np.gradient(smooth, times, axis=0), times, axis=0)
    push = np.maximum(acceleration[:, 1] + GRAVITY, GRAVITY / 2)
    lever = (smooth[:, 1] - ground) / push
    return smooth[:, [0, 2]] - acceleration[:, [0, 2]] * lever[:, None]


def outside_support(load: np.ndarray, positions: np.ndarray, standing: np.ndarray) -> np.ndarray:
    """(T,) metres from the load (T, 2) to the polygon around what stands; inf where nothing does.

    Args:
        load: x and z.
        positions: (T, P, 3).
        standing: (T, P) bool.
    """
    angle = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    outside = np.empty(len(load))
    for run in frame_runs(len(load)):
        along = np.where(standing[run, :, None], positions[run][..., [0, 2]] @ directions.T, -np.inf)
        outside[run] = (load[run] @ directions.T - along.max(axis=1)).max(axis=1)
    return np.maximum(outside, 0.0)
