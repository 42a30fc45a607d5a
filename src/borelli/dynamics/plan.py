"""From a motion to the contacts that the solver needs: who touches what, when, and where."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.dynamics.actor import Actor
from borelli.dynamics.detection import Detected, detect_contacts
from borelli.dynamics.floor_plane import floor_plane
from borelli.dynamics.hysteresis import decide
from borelli.dynamics.schedule import Reach, Schedule, believable, schedule
from borelli.dynamics.support_polygon import zero_moment_point
from borelli.dynamics.supports import Stances, Supports, found_patches, support_heights
from borelli.errors import BorelliError

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

    def plan(self, actor: Actor, times: np.ndarray, coordinates: np.ndarray) -> Schedule:
        """When and where the points of a body touch."""
        points, centre = actor.places(coordinates)
        seen = self.detect(actor, times, coordinates)
        active = decide(seen.probability, times)
        known = self._supports(actor, points, active, seen)
        ground = support_heights(centre, replace(known, boxes=()))
        load = zero_moment_point(centre, ground, times)
        stances = Stances(actor.touch.foot, points, active, load, times, seen.spread)
        patches = found_patches(stances, known)
        known = replace(known, patches=(*known.patches, *patches))
        support = support_heights(points, known)
        reach = Reach(NEAR + 2 * seen.spread, FAR, NEAR + 2 * seen.spread)
        kept = believable(active, points, support, reach)
        return schedule(kept, points, times, support, self.sliding)

    def _supports(self, actor: Actor, points: np.ndarray, active: np.ndarray, seen: Detected) -> Supports:
        """What is known, with the floor where stances near it say that it is."""
        soles = actor.touch.soles
        feet, floor = points[:, soles], self.supports.floor
        near = active[:, soles] & (np.abs(feet[..., 1] - floor.height(feet)) < self.floor_reach)
        if not near.any():
            return self.supports
        level = seen.floor if np.isinf(self.floor_reach) else floor.level
        return replace(self.supports, floor=floor_plane(feet, near, level, seen.spread))

    def detect(self, actor: Actor, times: np.ndarray, coordinates: np.ndarray) -> Detected:
        """Contact probabilities. Raises BorelliError when nothing touches anything."""
        points, centre = actor.places(coordinates)
        support = support_heights(points, self.supports)
        seen = detect_contacts(actor.touch, points, centre, times, support, self.told)
        if not decide(seen.probability, times).any():
            raise BorelliError("nothing in this clip touches the floor: physics needs a contact")
        return seen
