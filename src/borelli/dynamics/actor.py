"""A person about to obey physics: body, inertia, strength, and the points they may touch with."""

from dataclasses import dataclass

import numpy as np

from borelli.body.inertia import Inertia, inertia
from borelli.body.kinematics import forward, place
from borelli.body.model import BodyModel, Person
from borelli.body.stature import stature
from borelli.body.trajectories import frame_runs
from borelli.dynamics.centre_of_mass import centre_of_mass
from borelli.dynamics.config import Hold, PhysicsConfig, Stage
from borelli.dynamics.contact_points import ContactPoints, contact_points
from borelli.dynamics.ground_forces import Grip
from borelli.dynamics.newton import Newton
from borelli.dynamics.rigid_body import GRAVITY
from borelli.dynamics.schedule import Schedule
from borelli.dynamics.strength import torque_limits
from borelli.dynamics.surfaces import Surfaces
from borelli.fitting.terms import Term
from borelli.fitting.terms.contacts import NoSlip
from borelli.fitting.terms.positions import Positions


@dataclass(frozen=True)
class Actor:
    """One individual with everything about the body that physics needs."""

    model: BodyModel
    person: Person
    inertia: Inertia
    stature: float
    """Metres."""
    touch: ContactPoints

    @staticmethod
    def of(model: BodyModel, person: Person, mass: float | None) -> "Actor":
        """The actor of a person; `mass` in kg, from shape and stature by default."""
        properties = inertia(model, person, mass)
        return Actor(model, person, properties, stature(model, person), contact_points(model))

    @property
    def weight(self) -> float:
        """Newtons."""
        return self.inertia.mass * GRAVITY

    def places(self, coordinates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Contact points (T, P, 3), in single precision, and centre of mass (T, 3) in the world."""
        points = np.empty((len(coordinates), len(self.touch.points.segments), 3), dtype=np.float32)
        centre = np.empty((len(coordinates), 3))
        for run in frame_runs(len(coordinates)):
            pose = forward(self.model, self.person, coordinates[run])
            points[run] = place(pose, self.touch.points, self.model, self.person)
            centre[run] = centre_of_mass(pose, self.inertia)
        return points, centre

    def grip(self, stage: Stage, config: PhysicsConfig) -> Grip:
        """Weights of the contact forces in newtons and newton metres."""
        moment = np.full(3, 1 / (stage.moment_sd * self.weight * self.stature))
        force = np.full(3, 1 / (stage.force_sd * self.weight))
        return Grip(np.r_[moment, force], 1 / (config.ridge * self.weight), config.friction)

    def newton(
        self, times: np.ndarray, points: np.ndarray, firmness: np.ndarray, stage: Stage, config: PhysicsConfig
    ) -> Newton:
        """Newton's law for contact points at the indices `points` of a view."""
        lower, upper = torque_limits(self.model, self.inertia.mass, self.stature)
        limits = (lower * config.strength, upper * config.strength)
        robust = np.inf if config.outlier is None else max(3.0, config.outlier / stage.force_sd)
        grip = self.grip(stage, config)
        return Newton(self.inertia, times, points, firmness, grip, limits, config.torque_sd, robust)

    def touching(self, plan: Schedule) -> np.ndarray:
        """(N,) the soles, and whatever else touches at some time."""
        return np.union1d(self.touch.soles, np.flatnonzero(plan.active.any(axis=0)))

    def physics_terms(
        self, times: np.ndarray, plan: Schedule, first: int, stage: Stage, config: PhysicsConfig
    ) -> tuple[Term, ...]:
        """Newton's law and what holds the points `touching(plan)`, which follow `first` others."""
        some = self.touching(plan)
        index = first + np.arange(len(some))
        hold, support = plan.hold[:, some], plan.support[:, some]
        newton = self.newton(times, index, plan.firmness[:, some], stage, config)
        still = NoSlip(index, hold, times, config.slip_sd)
        if stage.hold is Hold.STILL:
            return (newton, still)
        if stage.hold is Hold.LEVEL:
            return (newton, still, Surfaces(index, support, hold, max(config.contact_sd, config.uneven)))
        placed = Positions(index, plan.anchors[:, some], hold / config.contact_sd)
        if stage.hold is Hold.PLACE_ONLY:
            return (newton, placed)
        return (newton, placed, Surfaces(index, support, hold, config.contact_sd))
