"""Physics for a motion that is known without pictures: motion capture, marker kinematics, another program."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.body.kinematics import Points, landmark_points
from borelli.body.model import BodyModel, Person
from borelli.dynamics.actor import Actor
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.detection import Detected, detect_contacts
from borelli.dynamics.explain import explain
from borelli.dynamics.performance import Performance
from borelli.dynamics.schedule import Schedule, schedule
from borelli.dynamics.whole_clip import Role, obey_physics
from borelli.errors import BorelliError
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.state import State, border_names
from borelli.fitting.terms import Term
from borelli.fitting.terms.coordinates import Limits, Rest, Smoothness

SHORTEST = 5
"""Frames below which velocities and accelerations mean nothing."""


@dataclass(frozen=True)
class Recorded:
    """A motion that the result may leave by so much: a source of the whole-clip solver."""

    model: BodyModel
    times: np.ndarray
    """(T,) seconds."""
    mean: np.ndarray
    """(T, 49)."""
    precision: np.ndarray
    """(49,) 1 / sd."""
    acceleration_sd: float

    @property
    def points(self) -> Points:
        """No points besides those that touch."""
        return landmark_points(self.model, ())

    @property
    def free(self) -> np.ndarray:
        """(G,) nothing shared moves."""
        return np.zeros(len(border_names(self.model.shape_size)), dtype=bool)

    def terms(self, state: State) -> tuple[Term, ...]:
        """Stay near the recording, smooth, inside the limits."""
        table = self.model.skeleton
        return (
            Rest(self.mean, self.precision),
            Smoothness(self.times, np.full(self.mean.shape[1], self.acceleration_sd)),
            Limits(table.lower, table.upper),
        )

    def cut(self, frames: slice) -> "Recorded":
        """The same over some frames."""
        return replace(self, times=self.times[frames], mean=self.mean[frames])


def physical_motion(
    model: BodyModel,
    person: Person,
    times: np.ndarray,
    coordinates: np.ndarray,
    mass: float | None = None,
    config: PhysicsConfig | None = None,
) -> Performance:
    """The nearest motion that ground forces explain, and these forces.

    Args:
        model: the body.
        person: whose motion it is.
        times: (T,) seconds.
        coordinates: (T, 49), on a level floor of any height.
        mass: kilograms; from shape and stature by default.
        config: assumptions.

    Raises:
        BorelliError: fewer than five frames, frames that are not numbers, or no contact with anything.
    """
    config = config or PhysicsConfig()
    _check(times, coordinates)
    actor = Actor.of(model, person, mass)
    seen = found(actor, times, coordinates)
    noise = config.correlation * float(np.sqrt(max(seen.speed**2 - config.noisy_speed**2, 0.0)))
    precision = np.full(coordinates.shape[1], 1 / max(config.angle_sd, noise / ARM))
    precision[-3:] = 1 / max(config.position_sd, noise)
    source = Recorded(model, times, coordinates, precision, config.strict.acceleration_sd)
    stages = (*(config.lax if noise > 0 else ()), config.strict)
    start = State(coordinates, person, CameraState(LEVEL, np.zeros(len(CAMERA_UNKNOWNS))))
    states, plans = obey_physics([Role(actor, source, plan_contacts)], [start], config, stages)
    assert plans[0] is not None
    return explain(actor, times, states[0].coordinates, plans[0], config)


ARM = 0.3
"""Metres: typical distance of a joint's moving parts, by which errors of positions become those of angles."""


def found(actor: Actor, times: np.ndarray, coordinates: np.ndarray) -> Detected:
    """Contacts of a motion on a level floor. Raises BorelliError when nothing touches."""
    points, centre = actor.places(coordinates)
    seen = detect_contacts(actor.touch, points, centre, times)
    if not (seen.probability > SURE).any():
        raise BorelliError("nothing in this clip touches the floor: physics needs a contact")
    return seen


SURE = 0.5
"""Probability above which a point counts as touching."""


def plan_contacts(actor: Actor, times: np.ndarray, coordinates: np.ndarray) -> Schedule:
    """When and where the points of a body touch a level floor of unknown height."""
    seen = found(actor, times, coordinates)
    points, _ = actor.places(coordinates)
    return schedule(seen.probability > SURE, points, times, np.full(points.shape[:2], seen.floor))


def _check(times: np.ndarray, coordinates: np.ndarray) -> None:
    if len(times) < SHORTEST:
        raise BorelliError(f"{len(times)} frames are too few for physics; give {SHORTEST} or more")
    bad = np.flatnonzero(~np.isfinite(coordinates).all(axis=1))
    if len(bad):
        raise BorelliError(
            f"{len(bad)} frames, the first at {times[bad[0]]:g} s, are not numbers: leave them out"
        )
