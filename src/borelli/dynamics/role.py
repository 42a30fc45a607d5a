"""One person of a clip that is to obey physics: what the motion is known from, and all terms about it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from borelli.body.kinematics import Points
from borelli.dynamics.actor import Actor
from borelli.dynamics.config import PhysicsConfig, Stage
from borelli.dynamics.schedule import Schedule, own_heights, schedule
from borelli.fitting.solver import Problem
from borelli.fitting.state import State
from borelli.fitting.terms import Term


class Source(Protocol):
    """What a motion is known from."""

    @property
    def times(self) -> np.ndarray:
        """(T,) seconds."""
        ...

    @property
    def points(self) -> Points:
        """Body points that the terms speak about."""
        ...

    @property
    def free(self) -> np.ndarray:
        """(G,) bool: shared unknowns that may move."""
        ...

    def terms(self, state: State) -> tuple[Term, ...]:
        """What pulls on the motion besides physics, its weights set for a state."""
        ...

    def cut(self, frames: slice) -> "Source":
        """The same over some frames."""
        ...


Planner = Callable[[Actor, np.ndarray, np.ndarray], Schedule]
"""Contacts from an actor, times (T,) and coordinates (T, 49)."""


@dataclass(frozen=True)
class Role:
    """One person of the clip."""

    actor: Actor
    source: Source
    plan: Planner | None
    """None: physics does not apply to this person, who only shares the camera."""

    def problem(self, state: State, plan: Schedule | None, stage: Stage, config: PhysicsConfig) -> Problem:
        """All terms around a state."""
        source, points = self.source, self.source.points
        terms = source.terms(state)
        if plan is not None:
            count = len(points.segments)
            points = points.and_then(self.actor.touch.points.at(self.actor.touching(plan)))
            terms += self.actor.physics_terms(source.times, plan, count, stage, config)
        return Problem(self.actor.model, points, terms, source.free)

    def contacts(self, state: State, known: Schedule | None, config: PhysicsConfig) -> Schedule | None:
        """Contacts at a state: found anew, or those known with their places taken from the state."""
        if self.plan is None:
            return None
        times = self.source.times
        if known is None:
            return self.plan(self.actor, times, state.coordinates)
        points, _ = self.actor.places(state.coordinates)
        support = own_heights(known, points) if config.uneven > 0 else known.support
        return schedule(known.active, points, times, support, config.sliding)

    def cut(self, frames: slice) -> "Role":
        """The same person over some frames."""
        return replace(self, source=self.source.cut(frames))
