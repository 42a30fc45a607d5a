"""Contacts and what they rest on, found together: floor, its tilt, the user's boxes, and other levels."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.dynamics.boxes import check_boxes
from borelli.dynamics.contact_points import ContactPoints
from borelli.dynamics.detection import Detected, detect_contacts
from borelli.dynamics.floor_plane import FloorPlane, floor_plane
from borelli.dynamics.hysteresis import decide
from borelli.dynamics.seats import found_seats
from borelli.dynamics.support_polygon import zero_moment_point
from borelli.dynamics.supports import Stances, Supports, found_patches, support_heights

NOTHING = Supports()
"""What is known beforehand of a recording: that there is a floor."""


@dataclass(frozen=True)
class Contacts:
    """What one person touches."""

    active: np.ndarray
    """(T, P) bool, without gaps and flickers."""
    support: np.ndarray
    """(T, P) metres: height of the surface under each point; NaN where the point is."""
    supports: Supports
    """All that carries weight, with what was found."""
    detected: Detected


def find_contacts(
    points: ContactPoints,
    positions: np.ndarray,
    centre: np.ndarray,
    times: np.ndarray,
    known: Supports = NOTHING,
    floor_reach: float = np.inf,
    told: np.ndarray | None = None,
) -> Contacts:
    """Contacts and supports of one person.

    First with what is known alone; whatever then carries weight at another height becomes a support of its
    own, and the contacts are found again: a foot on a step is as near to its surface as one on the floor.

    Args:
        points: the P points, soles among them.
        positions: (T, P, 3) world, metres; frames with NaN are left out.
        centre: (T, 3) centre of mass, world, metres.
        times: (T,) seconds, increasing.
        known: floor and boxes.
        floor_reach: metres: stances this near to the floor of `known` tell its true height and tilt; 0: it is
            exact; inf: nothing is known of its height.
        told: (T, 4) probabilities for `fitting.subject.CONTACT_LANDMARKS` from elsewhere.

    Raises:
        BorelliError: a box would swallow feet that stand.
    """
    first = detect_contacts(points, positions, centre, times, support_heights(positions, known), told)
    active, soles = decide(first.probability, times), points.soles
    if not active.any():
        return Contacts(active, first.support, known, first)
    check_boxes(known.boxes, positions[:, soles], active[:, soles])
    given = replace(known, floor=_floor(positions[:, soles], active[:, soles], known, floor_reach, first))
    load = zero_moment_point(centre, first.support[:, soles].mean(axis=1), times)
    stances = Stances(points.foot, positions, active, load, times, first.spread)
    seats = found_seats(points, positions, active, load, times, first)
    patches = (*given.patches, *found_patches(stances, given), *seats)
    supports = replace(given, patches=patches)
    heights = support_heights(positions, supports)
    second = detect_contacts(points, positions, centre, times, heights, told)
    return Contacts(decide(second.probability, times), heights, supports, second)


def _floor(
    feet: np.ndarray, active: np.ndarray, known: Supports, reach: float, found: Detected
) -> FloorPlane:
    """The floor that was known, or the plane under the soles (T, F, 3) that stand near it and on no box."""
    on_box = support_heights(feet, known) > known.floor.height(feet)
    near = active & ~on_box & (np.abs(feet[..., 1] - known.floor.height(feet)) < reach)
    if not near.any():
        return known.floor
    return floor_plane(feet, near, found.floor if np.isinf(reach) else known.floor.level, found.spread)
