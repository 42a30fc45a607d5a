"""What the contacts of a motion are told from: heights and speeds of points and soles, demand, load."""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.contact_points import ContactPoints
from borelli.dynamics.sole_regions import sole_regions
from borelli.dynamics.support_demand import support_demand
from borelli.geometry.filters import lowpass

CUTOFF_HZ = 10.0
"""Of the filter before velocities."""
LONGEST = 0.1
"""Seconds that a frame stands for at most, at gaps."""


@dataclass(frozen=True)
class Cues:
    """T frames, P points, 2 x 3 regions of the soles; metres, seconds."""

    times: np.ndarray
    positions: np.ndarray
    """(T, P, 3)."""
    heights: np.ndarray
    """(T, P) over the given support."""
    speed: np.ndarray
    """(T, P)."""
    regions: np.ndarray
    """(2, 3, 2) points of each region."""
    region_speed: np.ndarray
    """(T, 2, 3)."""
    centre: np.ndarray
    """(T, 3) centre of mass."""
    demand: np.ndarray
    """(T,) see `support_demand`."""

    @property
    def others(self) -> np.ndarray:
        """Points that are not of the soles."""
        return np.setdiff1d(np.arange(self.positions.shape[1]), self.regions)

    @property
    def region_heights(self) -> np.ndarray:
        """(T, 2, 3)."""
        return self.heights[:, self.regions].mean(axis=3)

    @property
    def durations(self) -> np.ndarray:
        """(T,) seconds that each frame stands for."""
        return np.minimum(np.gradient(self.times), LONGEST)

    @property
    def ground(self) -> np.ndarray:
        """(T,) height of the given support under the feet."""
        return (self.positions[..., 1] - self.heights)[:, self.regions.ravel()].mean(axis=1)


def contact_cues(
    points: ContactPoints, positions: np.ndarray, centre: np.ndarray, times: np.ndarray, support: np.ndarray
) -> Cues:
    """Cues of finite positions (T, P, 3) over surfaces of heights `support` (T, P)."""
    regions = sole_regions(points)
    speed = np.empty(positions.shape[:2], dtype=np.float32)
    region_speed = np.empty((len(times), *regions.shape[:2]))
    # a few points at a time: velocities of all take three times the memory of what is kept
    for foot, part in np.ndindex(regions.shape[:2]):
        own = regions[foot, part]
        velocity = _velocity(positions[:, own], times)
        speed[:, own] = np.linalg.norm(velocity, axis=-1)
        region_speed[:, foot, part] = np.linalg.norm(velocity.mean(axis=1), axis=-1)
    for p in np.setdiff1d(np.arange(positions.shape[1]), regions):
        speed[:, p] = np.linalg.norm(_velocity(positions[:, p], times), axis=-1)
    return Cues(
        times=times,
        positions=positions,
        heights=(positions[..., 1] - support).astype(np.float32),
        speed=speed,
        regions=regions,
        region_speed=region_speed,
        centre=centre,
        demand=support_demand(centre, times),
    )


def _velocity(positions: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(T, ..., 3) m/s of filtered positions."""
    return np.gradient(lowpass(positions, times, CUTOFF_HZ), times, axis=0)
