"""What a simulated person stands on: one plane, and pads where the motion rests on something else."""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.centre_of_mass import runs
from borelli.dynamics.floor_plane import LEVEL, FloorPlane
from borelli.dynamics.performance import Performance

ELSEWHERE = 0.03
"""Metres between the plane and a surface that is not part of it."""


@dataclass(frozen=True)
class Pad:
    """The level top of something that carries a point of the body, square seen from above."""

    centre: np.ndarray
    """(3,) of the top, metres, world."""
    half_width: float


@dataclass(frozen=True)
class Ground:
    """The floor of a perfect world by default."""

    floor: FloorPlane = LEVEL
    pads: tuple[Pad, ...] = ()


def ground_under(performance: Performance, half_width: float = 0.1) -> Ground:
    """The plane on which most of a performance happens, and a pad for each stance beside it."""
    touching = performance.contacts & np.isfinite(performance.support)
    places, heights = performance.points[touching], performance.support[touching]
    floor = _plane(places, heights)
    off = np.abs(performance.support - floor.height(performance.points)) > ELSEWHERE
    pads = []
    for p in range(touching.shape[1]):
        for first, last in runs(touching[:, p] & off[:, p]):
            x, _, z = performance.points[first:last, p].mean(axis=0)
            top = float(performance.support[first:last, p].mean())
            pads.append(Pad(np.array([x, top, z]), half_width))
    return Ground(floor, tuple(pads))


def _plane(places: np.ndarray, heights: np.ndarray) -> FloorPlane:
    """Least squares over the heights near their median, (N, 3) places and (N,) metres."""
    if not len(heights):
        return LEVEL
    middle = float(np.median(heights))
    near = np.abs(heights - middle) < 2 * ELSEWHERE
    origin = places[near].mean(axis=0)
    design = np.column_stack([np.ones(near.sum()), places[near][:, [0, 2]] - origin[[0, 2]]])
    # A thousandth of a metre squared keeps the tilt zero where all stances are at one place.
    normal = design.T @ design + np.diag([0.0, 1e-3, 1e-3])
    level, slope_x, slope_z = np.linalg.solve(normal, design.T @ heights[near])
    at_origin = float(level - slope_x * origin[0] - slope_z * origin[2])
    return FloorPlane(at_origin, float(slope_x), float(slope_z), 0.0)
