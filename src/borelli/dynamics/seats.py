"""A seat is where the body rests while it would topple over its feet: a chair, a bench, a wall."""

import numpy as np

from borelli.dynamics.centre_of_mass import runs
from borelli.dynamics.contact_points import ContactPoints
from borelli.dynamics.detection import Detected
from borelli.dynamics.support_polygon import outside_support
from borelli.dynamics.supports import Patch
from borelli.geometry.filters import lowpass

SEAT = ("buttock", "hip", "sacrum")
"""First words of the points that people sit on."""
OUTSIDE = 0.15
"""Metres from the polygon of all that touches to the load: nobody keeps that up in balance."""
BENT = 0.75
"""Share of the length of the legs below which the hips of who sits are over the heels."""
LASTING = 0.6
"""Seconds that somebody sits at least."""
STILL = 3.0
"""Times the speed scale of what stands, below which a seat rests."""


def found_seats(
    points: ContactPoints,
    positions: np.ndarray,
    active: np.ndarray,
    load: np.ndarray,
    times: np.ndarray,
    detected: Detected,
) -> tuple[Patch, ...]:
    """Level surfaces under who sits with the feet on something known.

    Without feet on anything nothing is claimed: who climbs or hangs looks as if seated in the air.

    Args:
        points: the P points.
        positions: (T, P, 3) metres.
        active: (T, P) bool, what touches.
        load: (T, 2) zero-moment point, metres.
        times: (T,) seconds.
        detected: the noise of the motion.
    """
    seat = [p for p, name in enumerate(points.names) if name.split("_", maxsplit=1)[0] in SEAT]
    outside = outside_support(load, positions, active)
    velocity = np.gradient(lowpass(positions[:, seat], times, 5.0), times, axis=0)
    still = np.linalg.norm(velocity, axis=-1).min(axis=1) < STILL * detected.speed
    sits = np.isfinite(outside) & (outside > OUTSIDE + 2 * detected.spread) & still
    sits &= _legs_bent(points, positions)
    found = []
    for first, last in runs(sits):
        if times[last - 1] - times[first] >= LASTING:
            places = positions[first:last, seat]
            lowest = np.median(places, axis=0)[:, 1].argmin()
            x, y, z = np.median(places[:, lowest], axis=0)
            found.append(Patch(float(y), np.array([[x, z]])))
    return tuple(found)


def _legs_bent(points: ContactPoints, positions: np.ndarray) -> np.ndarray:
    """(T,) bool: the hips are clearly lower over the heels than straight legs would hold them."""

    def both(word: str) -> np.ndarray:
        own = [
            [p for p, name in enumerate(points.names) if name.startswith(f"{word}_{side}")] for side in "rl"
        ]
        return positions[:, np.array(own)[:, 0]]

    hip, knee, heel = both("hip"), both("knee"), both("heel_medial")
    legs = np.linalg.norm(hip - knee, axis=-1) + np.linalg.norm(knee - heel, axis=-1)
    return (hip[..., 1] - heel[..., 1]).mean(axis=1) < BENT * legs.mean(axis=1)
