"""A whole clip made to obey Newton's laws, with everything that is known of the motion still pulling.

One Gauss-Newton over all frames: the terms of the source (image or recording), Newton's law with the contact
forces eliminated, standing points at their anchors, nothing below the floor. Noisy motions are solved with a
lax law first (continuation), and contacts are found again in between. Long clips are solved in windows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from borelli.body.kinematics import Points
from borelli.dynamics.actor import Actor
from borelli.dynamics.config import PhysicsConfig, Stage
from borelli.dynamics.curve import curve_of_differences
from borelli.dynamics.schedule import Schedule, own_heights, schedule
from borelli.fitting.solver import Problem, SolverConfig, solve
from borelli.fitting.state import State
from borelli.fitting.terms import Term
from borelli.fitting.terms.coordinates import Rest

SEAM_SD = 0.002
"""Radians and metres: how closely a window continues the one before where they overlap."""


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


def obey_physics(
    roles: Sequence[Role], states: Sequence[State], config: PhysicsConfig, stages: Sequence[Stage]
) -> tuple[list[State], list[Schedule | None]]:
    """States after the last stage, and the contacts they were solved with.

    Whoever obeys is moved onto the curve that the solver's differences describe (`curve`), by less than a
    millimetre unless the motion shakes. All people must have the same camera state.
    """
    found = list(states)
    plans: list[Schedule | None] = []
    with threadpool_limits(1, user_api="blas"):
        for stage in stages:
            plans = [
                role.contacts(state, None if stage.look_again else plan, config)
                for role, state, plan in zip(roles, found, plans or [None] * len(roles), strict=True)
            ]
            found = _solve(roles, found, plans, stage, config)
    curves = [
        replace(state, coordinates=curve_of_differences(role.source.times, state.coordinates))
        if plan is not None
        else state
        for role, state, plan in zip(roles, found, plans, strict=True)
    ]
    return curves, plans


def _solve(
    roles: Sequence[Role],
    states: Sequence[State],
    plans: Sequence[Schedule | None],
    stage: Stage,
    config: PhysicsConfig,
) -> list[State]:
    """One stage: the whole clip at once, or window after window."""
    times = np.unique(np.concatenate([role.source.times for role in roles]))
    limits = SolverConfig(config.iterations, config.tolerance)
    if len(times) <= config.window * 3 // 2:
        problems = [
            role.problem(state, plan, stage, config)
            for role, state, plan in zip(roles, states, plans, strict=True)
        ]
        return list(solve(problems, states, limits).states)
    result = [state.coordinates.copy() for state in states]
    reached = [0] * len(roles)
    for first in range(0, len(times) - config.overlap, config.window - config.overlap):
        span = times[first], times[min(first + config.window, len(times)) - 1]
        present, parts, problems = [], [], []
        for i, role in enumerate(roles):
            own = role.source.times
            run = slice(int(np.searchsorted(own, span[0])), int(np.searchsorted(own, span[1], side="right")))
            if run.stop - run.start < 3:
                continue
            state = replace(
                states[i], coordinates=_continued(result[i], states[i].coordinates, run, reached[i])
            )
            plan = plans[i]
            part = role.cut(run).problem(state, plan and plan.cut(run), stage, config)
            problems.append(
                replace(part, terms=(*part.terms, _seam(result[i], run, reached[i])), free=_held(part))
            )
            present.append((i, run))
            parts.append(state)
        if present:
            for (i, run), state in zip(present, solve(problems, parts, limits).states, strict=True):
                _blend(result[i], state.coordinates, run, reached[i])
                reached[i] = run.stop
    return [replace(state, coordinates=q) for state, q in zip(states, result, strict=True)]


def _held(problem: Problem) -> np.ndarray:
    """Shared unknowns do not move in windows: they belong to the whole clip."""
    return np.zeros_like(problem.free)


def _continued(result: np.ndarray, start: np.ndarray, run: slice, reached: int) -> np.ndarray:
    """Coordinates of a window: solved frames as they were solved, the others as they started."""
    q = start[run].copy()
    shared = max(reached - run.start, 0)
    q[:shared] = result[run.start : run.start + shared]
    return q


def _seam(result: np.ndarray, run: slice, reached: int) -> Rest:
    """Holds the first half of the frames that the window before has solved: its end knew no future."""
    precision = np.zeros((run.stop - run.start, result.shape[1]))
    precision[: _held_frames(run, reached)] = 1 / SEAM_SD
    return Rest(result[run], precision)


def _blend(result: np.ndarray, piece: np.ndarray, run: slice, reached: int) -> None:
    """Fade from the frames that were held to those of this window, in place."""
    fade = np.ones((len(piece), 1))
    held = _held_frames(run, reached)
    fade[:held, 0] = np.linspace(0, 1, held + 2)[1:-1]
    result[run] = fade * piece + (1 - fade) * result[run]


def _held_frames(run: slice, reached: int) -> int:
    return max(reached - run.start, 0) // 2
