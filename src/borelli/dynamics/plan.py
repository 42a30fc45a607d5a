"""From a motion to the contacts that the solver needs: who touches what, when, and where."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.dynamics.actor import Actor
from borelli.dynamics.detection import Detected, detect_contacts
from borelli.dynamics.floor_plane import floor_plane
from borelli.dynamics.hysteresis import decide
from borelli.dynamics.schedule import Schedule, schedule
from borelli.dynamics.support_polygon import zero_moment_point
from borelli.dynamics.supports import Stances, Supports, found_patches, support_heights
from borelli.errors import BorelliError


@dataclass(frozen=True)
class Surroundings:
    """What is known of what may carry weight, and of who touches it."""

    supports: Supports | None = None
    """None: a floor of unknown height, maybe slightly tilted by the recording."""
    told: np.ndarray | None = None
    """(T, 4) contact probabilities for `fitting.subject.CONTACT_LANDMARKS` from elsewhere."""

    def plan(self, actor: Actor, times: np.ndarray, coordinates: np.ndarray) -> Schedule:
        """When and where the points of a body touch."""
        points, centre = actor.places(coordinates)
        seen = self.detect(actor, times, coordinates)
        active = decide(seen.probability, times)
        if self.supports is None:
            soles = actor.touch.soles
            known = Supports(floor_plane(points[:, soles], active[:, soles], seen.floor, seen.spread))
        else:
            known = self.supports
        ground = support_heights(centre, replace(known, boxes=()))
        load = zero_moment_point(centre, ground, times)
        stances = Stances(actor.touch.foot, points, active, load, times, seen.spread)
        patches = found_patches(stances, known)
        known = replace(known, patches=(*known.patches, *patches))
        return schedule(active, points, times, support_heights(points, known))

    def detect(self, actor: Actor, times: np.ndarray, coordinates: np.ndarray) -> Detected:
        """Contact probabilities. Raises BorelliError when nothing touches anything."""
        points, centre = actor.places(coordinates)
        support = None if self.supports is None else support_heights(points, self.supports)
        seen = detect_contacts(actor.touch, points, centre, times, support, self.told)
        if not decide(seen.probability, times).any():
            raise BorelliError("nothing in this clip touches the floor: physics needs a contact")
        return seen
