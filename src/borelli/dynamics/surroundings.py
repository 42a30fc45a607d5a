"""Contacts and what they rest on, found together: floor, its tilt, the user's boxes, and other levels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from borelli.dynamics.boxes import Box, check_boxes
from borelli.dynamics.contact_points import ContactPoints
from borelli.dynamics.detection import Detected, detect_contacts
from borelli.dynamics.floor_plane import FloorPlane, floor_plane
from borelli.dynamics.hysteresis import decide
from borelli.dynamics.support_polygon import zero_moment_point
from borelli.dynamics.supports import Stances, Supports, found_patches, support_heights


@dataclass(frozen=True)
class Surroundings:
    """What one person touches."""

    contacts: np.ndarray
    """(T, P) bool, without gaps and flickers."""
    support: np.ndarray
    """(T, P) metres: height of the surface under each point; NaN in frames that were NaN."""
    supports: Supports
    detected: Detected


def find_surroundings(
    points: ContactPoints,
    positions: np.ndarray,
    centre: np.ndarray,
    times: np.ndarray,
    boxes: Sequence[Box] = (),
    told: np.ndarray | None = None,
) -> Surroundings:
    """Contacts and supports of one person.

    First with the floor and the boxes alone; whatever carries weight at another height then becomes a
    support of its own, and the contacts are found again.

    Args:
        points: the P points, soles among them.
        positions: (T, P, 3) world, metres; frames with NaN are left out.
        centre: (T, 3) centre of mass, world, metres.
        times: (T,) seconds, increasing.
        boxes: of the user, in the same world.
        told: (T, 4) probabilities for `fitting.subject.CONTACT_LANDMARKS` from elsewhere.

    Raises:
        BorelliError: a box would swallow feet that stand.
    """
    supports = Supports(boxes=tuple(boxes))
    first = detect_contacts(points, positions, centre, times, support_heights(positions, supports), told)
    contacts = decide(first.probability, times)
    if not contacts.any():
        return Surroundings(contacts, first.support, supports, first)
    soles = points.soles
    check_boxes(boxes, positions[:, soles], contacts[:, soles])
    supports = replace(supports, floor=_floor(positions, contacts, points, first, supports))
    ground = first.support[:, soles].mean(axis=1)
    load = zero_moment_point(centre, ground, times)
    stances = Stances(points.foot, positions, contacts, load, times, first.spread)
    known = replace(supports, patches=found_patches(stances, supports))
    heights = support_heights(positions, known)
    second = detect_contacts(points, positions, centre, times, heights, told)
    return Surroundings(decide(second.probability, times), second.support, known, second)


def _floor(
    positions: np.ndarray, contacts: np.ndarray, points: ContactPoints, found: Detected, supports: Supports
) -> FloorPlane:
    """The plane under the flat feet that are on no box."""
    soles, on_floor = points.soles, contacts & (support_heights(positions, supports) == 0.0)
    return floor_plane(positions[:, soles], on_floor[:, soles], found.floor, found.spread)
