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
    velocity = np.gradient(lowpass(positions, times, CUTOFF_HZ), times, axis=0)
    return Cues(
        times=times,
        positions=positions,
        heights=positions[..., 1] - support,
        speed=np.linalg.norm(velocity, axis=-1),
        regions=regions,
        region_speed=np.linalg.norm(velocity[:, regions].mean(axis=3), axis=-1),
        centre=centre,
        demand=support_demand(centre, times),
    )
