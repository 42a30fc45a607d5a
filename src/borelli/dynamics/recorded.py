"""Physics for a motion that is known without pictures: motion capture, marker kinematics, another program."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.body.kinematics import Points, landmark_points
from borelli.body.model import BodyModel, Person
from borelli.dynamics.actor import Actor
from borelli.dynamics.config import ON_ANYTHING, PhysicsConfig
from borelli.dynamics.explain import explain
from borelli.dynamics.measured import Measured
from borelli.dynamics.performance import Performance
from borelli.dynamics.plan import Surroundings, check_motion
from borelli.dynamics.role import Planner, Role
from borelli.dynamics.whole_clip import obey_physics
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.state import State, border_names
from borelli.fitting.terms import Term
from borelli.fitting.terms.coordinates import Limits, Rest, Smoothness

LOOSENESS = 3.0
"""How much freer than markers of a laboratory the accelerations of motion capture of any kind are."""
ACCELERATION_SD = 40.0
"""rad/s^2 and m/s^2."""
UNSURE = ON_ANYTHING[:-1]
"""For noisy motions: stances do not move, at whatever height they are."""
ARM = 0.3
"""Metres: typical distance of a joint's moving parts, by which errors of positions become those of angles."""


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
            Smoothness(self.times, np.full(self.mean.shape[1], ACCELERATION_SD)),
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
    accuracy: float = 0.01,
    config: PhysicsConfig | None = None,
    plan: Planner | None = None,
) -> Performance:
    """The nearest motion that ground forces explain, and these forces.

    Args:
        model: the body.
        person: whose motion it is.
        times: (T,) seconds.
        coordinates: (T, 49), on a level floor of any height.
        mass: kilograms; from shape and stature by default.
        accuracy: metres: typical error of joint positions; 0.01 for good motion capture.
        config: assumptions.
        plan: contacts; found in the motion by default.

    Raises:
        BorelliError: fewer than five frames, frames that are not numbers, or no contact with anything.
    """
    config = config or PhysicsConfig()
    check_motion(times, coordinates)
    actor = Actor.of(model, person, mass)
    noisy = accuracy > config.noisy
    if noisy:
        precision = np.full(coordinates.shape[1], ARM / accuracy)
        precision[-3:] = 1 / accuracy
        source = Recorded(model, times, coordinates, precision)
    else:
        source = Measured.of(actor, times, coordinates, config, LOOSENESS)
    # errors of its own size say nothing about the height of a floor
    stages = UNSURE if noisy else config.strict
    start = State(coordinates, person, CameraState(LEVEL, np.zeros(len(CAMERA_UNKNOWNS))))
    role = Role(actor, source, plan or Surroundings().plan)
    states, plans = obey_physics([role], [start], config, stages)
    assert plans[0] is not None
    return explain(actor, times, states[0].coordinates, plans[0], config)
