"""Where the whole body's mass is, and how it falls while nothing touches it."""

from dataclasses import dataclass

import numpy as np

from borelli.body.inertia import Inertia
from borelli.body.kinematics import Pose

SHORTEST_FLIGHT = 0.1
"""Seconds; shorter gaps between contacts are as likely errors of the contacts."""
_FEWEST_FRAMES = 4
"""One more than a parabola needs."""


@dataclass(frozen=True)
class Flight:
    """A stretch in which no point of the body touches anything."""

    start: float
    """Seconds."""
    end: float
    acceleration: float
    """m/s^2 upwards: second derivative of the parabola that best fits the centre of mass; truly -9.81."""


def centre_of_mass(pose: Pose, inertia: Inertia) -> np.ndarray:
    """(T, 3) world, metres."""
    places = pose.joints + np.einsum("tjik,jk->tji", pose.rotations, inertia.centres)
    return np.einsum("j,tji->ti", inertia.masses / inertia.mass, places)


def flights(airborne: np.ndarray, height: np.ndarray, times: np.ndarray) -> list[Flight]:
    """Flights of at least 0.1 s.

    Args:
        airborne: (T,) bool: no point touches.
        height: (T,) metres, of the centre of mass.
        times: (T,) seconds.
    """
    found = []
    for first, last in runs(airborne & np.isfinite(height)):
        t, y = times[first:last], height[first:last]
        if last - first >= _FEWEST_FRAMES and t[-1] - t[0] > SHORTEST_FLIGHT - 1e-6:
            bend = np.polynomial.polynomial.polyfit(t - t.mean(), y, 2)[2]
            found.append(Flight(float(t[0]), float(t[-1]), float(2 * bend)))
    return found


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """First frame and frame after the last of every run of True in (T,)."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(int)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
