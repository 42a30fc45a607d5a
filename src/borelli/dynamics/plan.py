"""From a motion to the contacts that the solver needs: who touches what, when, and where."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.dynamics.actor import Actor
from borelli.dynamics.contacts import Contacts, find_contacts
from borelli.dynamics.schedule import Reach, Schedule, believable, schedule
from borelli.dynamics.supports import Supports, support_heights
from borelli.errors import BorelliError

SHORTEST = 5
"""Frames below which velocities and accelerations mean nothing."""
NEAR = 0.05
"""Metres that a point in contact may be above its surface, or beside the middle of its stance, plus noise."""
FAR = 0.25
"""Metres that it may be below: errors of depth sink a body more than anything lifts it."""


@dataclass(frozen=True)
class Surroundings:
    """What is known of what may carry weight, and of who touches it."""

    supports: Supports = Supports()
    floor_reach: float = np.inf
    """Metres: stances this near to the floor of `supports` tell its true height and tilt; 0: it is exact."""
    sliding: float = 1.0
    """0 to 1: how freely a point pushes that touches but moves fast."""
    told: np.ndarray | None = None
    """(T, 4) contact probabilities for `fitting.subject.CONTACT_LANDMARKS` from elsewhere."""
    one_floor: float = 0.0
    """Metres: stances on what is found so little above or below the floor are on the floor."""

    def plan(self, actor: Actor, times: np.ndarray, coordinates: np.ndarray) -> Schedule:
        """When and where the points of a body touch. Raises BorelliError when nothing touches anything."""
        points, centre = actor.places(coordinates)
        found = find_contacts(actor.touch, points, centre, times, self.supports, self.floor_reach, self.told)
        if not found.active.any():
            raise BorelliError("nothing in this clip touches the floor: physics needs a contact")
        near = NEAR + 2 * found.detected.spread
        kept = believable(found.active, points, found.support, Reach(near, FAR, near))
        return schedule(kept, points, times, self._levelled(points, found), self.sliding)

    def cut(self, frames: slice) -> "Surroundings":
        """The same over some frames."""
        return replace(self, told=None if self.told is None else self.told[frames])

    def _levelled(self, points: np.ndarray, found: Contacts) -> np.ndarray:
        """(T, P) metres: heights of the surfaces, those of levels near the floor given up for it."""
        told = support_heights(points, replace(found.supports, patches=()))
        return np.where(np.abs(found.support - told) < self.one_floor, told, found.support)


def check_motion(times: np.ndarray, coordinates: np.ndarray) -> None:
    """Raises BorelliError for fewer than five frames at `times` (T,), or coordinates (T, 49) that are NaN."""
    if len(times) < SHORTEST:
        raise BorelliError(f"{len(times)} frames are too few for physics; give {SHORTEST} or more")
    bad = np.flatnonzero(~np.isfinite(coordinates).all(axis=1))
    if len(bad):
        raise BorelliError(
            f"{len(bad)} frames, the first at {times[bad[0]]:g} s, are not numbers: leave them out"
        )
