"""What can carry weight: the floor, boxes of the user, and levels found from where the body rests."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from borelli.dynamics.boxes import Box
from borelli.dynamics.centre_of_mass import runs
from borelli.dynamics.floor_plane import LEVEL, FloorPlane
from borelli.dynamics.support_polygon import outside_support

REACH = 0.3
"""Metres around the place of a stance in which what it stands on is taken to continue."""
NEW = 0.07
"""Metres from all that is known at which a stance is on something else."""
NEW_SEAT = 0.2
"""The same for hands, knees and seat, whose skin lies less exactly on the skeleton than soles."""
OUTSIDE = 0.1
"""Metres from the polygon of all else that touches to the load, beyond which more must carry."""
SHARE = 0.25
"""Part of a stance in which it must be needed."""
LASTING = 0.2
"""Seconds that a stance on something unknown must last."""
ALIKE = 0.06
"""Metres in height between stances on the same thing."""
CERTAIN = 3.0
"""Standard deviations of a stance's height that its distance from the known must exceed, too."""
BELOW = 0.12
"""Metres below a surface at which a point is still on it rather than underneath."""


@dataclass(frozen=True)
class Patch:
    """A level surface around where somebody stood or sat."""

    height: float
    """Metres."""
    places: np.ndarray
    """(N, 2) x and z of the stances on it; it reaches 0.3 m around each."""

    def covers(self, positions: np.ndarray) -> np.ndarray:
        """Which positions (..., 3) are over or under it."""
        apart, _ = KDTree(self.places).query(positions[..., [0, 2]], distance_upper_bound=2 * REACH)
        return np.asarray(apart) <= REACH


@dataclass(frozen=True)
class Supports:
    """Everything that can carry weight."""

    floor: FloorPlane = LEVEL
    boxes: tuple[Box, ...] = ()
    patches: tuple[Patch, ...] = ()


def support_heights(positions: np.ndarray, supports: Supports) -> np.ndarray:
    """Height of the surface under each of the positions (..., 3), metres.

    The highest top that is not above the point by more than 0.12 m; the floor elsewhere.
    """
    result = supports.floor.height(positions)
    tops = [(box.covers(positions), box.top) for box in supports.boxes]
    tops += [(patch.covers(positions), patch.height) for patch in supports.patches]
    for covered, top in tops:
        on = covered & (positions[..., 1] > top - BELOW)
        result = np.where(on, np.maximum(result, top), result)
    return result


@dataclass(frozen=True)
class Stances:
    """What is asked for the surfaces that it needs."""

    foot: tuple[str, ...]
    """(P,) "r" or "l" for the soles, "" elsewhere."""
    positions: np.ndarray
    """(T, P, 3) metres."""
    contacts: np.ndarray
    """(T, P) bool."""
    load: np.ndarray
    """(T, 2) x and z of the zero-moment point."""
    times: np.ndarray
    """(T,) seconds."""
    spread: float
    """Metres: standard deviation of the height of a standing point in one frame."""


def found_patches(stances: Stances, supports: Supports) -> tuple[Patch, ...]:
    """Surfaces that nobody told of, under stances that no known support explains.

    A stance needs a surface of its own when it is well above what is known, lasts, and what else touches
    cannot carry the body: a foot that is held still in the air while the other one stands needs none.
    """
    s = stances
    over = s.positions[..., 1] - support_heights(s.positions, supports)
    explained = s.contacts & (over < NEW)
    found: list[tuple[float, float, float]] = []
    for part in sorted(set(s.foot)):
        own = np.array(s.foot) == part
        needed = outside_support(s.load, s.positions, explained & ~own) > OUTSIDE + s.spread
        for p in np.flatnonzero(own):
            for first, last in runs(s.contacts[:, p]):
                run = slice(first, last)
                lasts = float(s.times[last - 1] - s.times[first])
                # errors last about 0.15 s: over a stance of several times that some of them cancel
                least = max(NEW if part else NEW_SEAT, CERTAIN * s.spread / np.sqrt(1 + lasts / 0.15))
                if lasts >= LASTING and np.median(over[run, p]) > least and needed[run].mean() > SHARE:
                    x, y, z = np.median(s.positions[run, p], axis=0)
                    found.append((float(y), float(x), float(z)))
    return _clusters(sorted(found))


def _clusters(stances: Sequence[tuple[float, float, float]]) -> tuple[Patch, ...]:
    """Stances (height, x, z), lowest first, gathered where neighbours are alike in height."""
    groups: list[list[tuple[float, float, float]]] = []
    for stance in stances:
        if groups and stance[0] - np.mean([s[0] for s in groups[-1]]) < ALIKE:
            groups[-1].append(stance)
        else:
            groups.append([stance])
    arrays = [np.array(group) for group in groups]
    return tuple(Patch(float(np.median(group[:, 0])), group[:, 1:]) for group in arrays)
