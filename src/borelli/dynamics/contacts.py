"""Contacts and what they rest on, found together: floor, its tilt, the user's boxes, and other levels."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.dynamics.boxes import check_boxes
from borelli.dynamics.contact_points import ContactPoints
from borelli.dynamics.detection import Detected, detect_contacts
from borelli.dynamics.floor_plane import floor_plane
from borelli.dynamics.hysteresis import decide
from borelli.dynamics.seats import found_seats
from borelli.dynamics.support_polygon import zero_moment_point
from borelli.dynamics.supports import Stances, Supports, found_patches, support_heights


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
    known: Supports | None = None,
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
        known: floor and boxes; a floor of unknown height and slight tilt when not given.
        told: (T, 4) probabilities for `fitting.subject.CONTACT_LANDMARKS` from elsewhere.

    Raises:
        BorelliError: a box would swallow feet that stand.
    """
    given = known or Supports()
    first = detect_contacts(points, positions, centre, times, support_heights(positions, given), told)
    active, soles = decide(first.probability, times), points.soles
    if not active.any():
        return Contacts(active, first.support, given, first)
    check_boxes(given.boxes, positions[:, soles], active[:, soles])
    if known is None:
        floor = floor_plane(positions[:, soles], active[:, soles], first.floor, first.spread)
        given = replace(given, floor=floor)
    load = zero_moment_point(centre, first.support[:, soles].mean(axis=1), times)
    stances = Stances(points.foot, positions, active, load, times, first.spread)
    seats = found_seats(points, positions, active, load, times, first)
    patches = (*given.patches, *found_patches(stances, given), *seats)
    supports = replace(given, patches=patches)
    heights = support_heights(positions, supports)
    second = detect_contacts(points, positions, centre, times, heights, told)
    return Contacts(decide(second.probability, times), heights, supports, second)
