"""A performance on one floor: stances that seem a little higher or lower are brought to the same plane.

One camera sees height badly where it looks along the ground: reconstructed stances of a walk on level ground
lie centimetres over or under each other. A simulated person would stumble over such steps.
"""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from borelli.dynamics.floor_plane import FloorPlane
from borelli.dynamics.performance import Performance

LARGEST_STEP = 0.15
"""Metres between the floor and a surface beyond which it is another surface, and stays."""
SMOOTH_S = 0.08
"""Seconds: standard deviation of the smoothing of the shift over time."""


def on_one_floor(performance: Performance, floor: FloorPlane) -> Performance:
    """The same, raised or lowered over time so that stances near the floor are on it."""
    step = performance.support - floor.height(performance.points)
    near = np.abs(np.nan_to_num(step, nan=np.inf)) < LARGEST_STEP
    here = performance.contacts & near
    stands = here.any(axis=1)
    if not stands.any():
        return performance
    times = performance.times
    mean = np.where(here, step, 0.0)[stands].sum(axis=1) / here[stands].sum(axis=1)
    shift = np.interp(times, times[stands], mean)
    shift = gaussian_filter1d(shift, SMOOTH_S / float(np.median(np.diff(times))), mode="nearest")
    coordinates, points = performance.coordinates.copy(), performance.points.copy()
    coordinates[:, -2] -= shift
    points[..., 1] -= shift[:, None]
    support = np.where(near, floor.height(points), performance.support - shift[:, None])
    return replace(performance, coordinates=coordinates, points=points, support=support)
