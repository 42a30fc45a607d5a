"""Forces of a motion that was measured well: markers of a laboratory after the usual low-pass filter.

Such a motion tells its own accelerations, and with them the ground force (Karatsidis et al. 2017, Sensors
17:75). Contacts and residuals may shift it slowly, but hardly accelerate it otherwise than it was measured:
without this the vertical force of a walk is wrong by 20 % of body weight rather than 3 to 5 %. The exception
is flight: the filter smears landing and take-off into it, so around it measured accelerations count little.
"""

from dataclasses import dataclass, replace

import numpy as np

from borelli.body.kinematics import Points, landmark_points
from borelli.body.model import BodyModel, Person
from borelli.dynamics.actor import Actor
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.explain import explain
from borelli.dynamics.performance import Performance
from borelli.dynamics.plan import Surroundings, check_motion
from borelli.dynamics.rigid_body import Kinematics
from borelli.dynamics.role import Role
from borelli.dynamics.treadmill import ground_velocity
from borelli.dynamics.whole_clip import obey_physics
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.normal import Normal
from borelli.fitting.state import State, View, border_names
from borelli.fitting.terms import Term
from borelli.fitting.terms.coordinates import Limits, Rest

LOWPASS_HZ = 6.0
"""Usual for the markers of gait."""
ROOT_SD, ANGLE_SD = 0.1, 1.0
"""m/s^2 and rad/s^2: how far the accelerations of pelvis and angles may be changed."""
SMEARED_S = 0.1
"""Seconds before and after flight in which a filter of 6 Hz mixes it with the stance."""
SMEARED_FACTOR = 30.0
"""On the deviations above, there."""


@dataclass(frozen=True)
class SameAcceleration:
    """Accelerations of coordinates against those of a motion; unit: standard deviations."""

    times: np.ndarray
    """(T,) seconds."""
    mean: np.ndarray
    """(T, 49)."""
    sd: np.ndarray
    """(T, 49) rad/s^2 and m/s^2."""

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of other accelerations."""
        if len(self.times) < 3:
            return
        motion = Kinematics.of(self.times)
        sd = self.sd[1:-1]
        residual = motion.acceleration(view.state.coordinates - self.mean) / sd
        normal.add_second_differences(residual, motion.acceleration_weights[..., None] / sd)


@dataclass(frozen=True)
class Measured:
    """A source of the whole-clip solver."""

    model: BodyModel
    times: np.ndarray
    """(T,) seconds."""
    mean: np.ndarray
    """(T, 49) filtered."""
    precision: np.ndarray
    """(49,) 1 / sd of the coordinates."""
    smeared: np.ndarray
    """(T,) bool: too close to flight for the accelerations to count."""
    looseness: float = 1.0
    """Factor on the deviations of the accelerations."""

    @staticmethod
    def of(
        actor: Actor, times: np.ndarray, mean: np.ndarray, config: PhysicsConfig, looseness: float = 1.0
    ) -> "Measured":
        """The source of a filtered motion (T, 49) whose flights are found first."""
        precision = np.full(mean.shape[1], 1 / config.angle_sd)
        precision[-3:] = 1 / config.position_sd
        standing = np.any(Surroundings().plan(actor, times, mean).active, axis=1)
        smeared = _near(np.logical_not(standing), times)
        return Measured(actor.model, times, mean, precision, smeared, looseness)

    @property
    def points(self) -> Points:
        """No points besides those that touch."""
        return landmark_points(self.model, ())

    @property
    def free(self) -> np.ndarray:
        """(G,) nothing shared moves."""
        return np.zeros(len(border_names(self.model.shape_size)), dtype=bool)

    def terms(self, state: State) -> tuple[Term, ...]:
        """Near the measured places, with the measured accelerations, inside the limits."""
        table, sd = self.model.skeleton, np.full(self.mean.shape, ANGLE_SD)
        sd[:, -3:] = ROOT_SD
        sd *= self.looseness
        sd[self.smeared] *= SMEARED_FACTOR / self.looseness
        return (
            Rest(self.mean, self.precision),
            SameAcceleration(self.times, self.mean, sd),
            Limits(table.lower, table.upper),
        )

    def cut(self, frames: slice) -> "Measured":
        """The same over some frames."""
        cut = {name: getattr(self, name)[frames] for name in ("times", "mean", "smeared")}
        return replace(self, **cut)


@dataclass(frozen=True)
class Predicted:
    """Forces from motion alone. Both performances are in a frame that moves with the ground."""

    before: Performance
    """As measured and filtered, with the forces that explain it best."""
    after: Performance
    ground: np.ndarray
    """(3,) m/s of the ground in the laboratory: of a treadmill's belt, else zeros."""

    def in_laboratory(self) -> Performance:
        """The result where it was measured."""
        shift = (self.after.times - self.after.times[0])[:, None] * self.ground
        coordinates = self.after.coordinates.copy()
        coordinates[:, -3:] += shift
        return replace(self.after, coordinates=coordinates, points=self.after.points + shift[:, None])


def predicted_forces(
    model: BodyModel,
    person: Person,
    times: np.ndarray,
    coordinates: np.ndarray,
    mass: float | None = None,
    config: PhysicsConfig | None = None,
) -> Predicted:
    """Contact forces and joint torques of a measured motion; treadmills are recognised.

    Args:
        model: the body.
        person: whose motion it is.
        times: (T,) seconds.
        coordinates: (T, 49), filtered, on a level floor of any height.
        mass: kilograms; from shape and stature by default.
        config: assumptions.

    Raises:
        BorelliError: fewer than five frames, frames that are not numbers, or no contact with anything.
    """
    config = config or PhysicsConfig()
    check_motion(times, coordinates)
    actor = Actor.of(model, person, mass)
    ground = ground_velocity(actor.touch, *actor.places(coordinates), times)
    still = coordinates.copy()
    still[:, -3:] -= (times - times[0])[:, None] * ground
    role = Role(actor, Measured.of(actor, times, still, config), Surroundings().plan)
    start = State(still, person, CameraState(LEVEL, np.zeros(len(CAMERA_UNKNOWNS))))
    states, plans = obey_physics([role], [start], config, config.strict)
    assert plans[0] is not None
    before, after = (explain(actor, times, q, plans[0], config) for q in (still, states[0].coordinates))
    return Predicted(before, after, ground)


def _near(flight: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(T,) bool: frames of flight (T,) bool, and those up to 0.1 s away from one."""
    if not flight.any():
        return flight
    return np.abs(times[:, None] - times[flight]).min(axis=1) <= SMEARED_S
