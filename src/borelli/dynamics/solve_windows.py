"""A whole clip solved once: at once when it is short, else window after window, in stretches.

Stretches of windows begin somewhat early and may be solved at the same time, by several processes; where
they meet, one fades into the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from borelli.dynamics.config import PhysicsConfig, Stage
from borelli.dynamics.role import Role
from borelli.dynamics.schedule import Schedule
from borelli.fitting.solver import Problem, SolverConfig, solve
from borelli.fitting.state import State
from borelli.fitting.terms.coordinates import Rest
from borelli.fitting.windows import Mapper, Span

SEAM_SD = 0.002
"""Radians and metres: how closely a window continues the one before where they overlap."""
FEWEST = 3
"""Frames of a person in a window that can be solved."""


@dataclass(frozen=True)
class Part:
    """One person in a stretch."""

    role: Role
    state: State
    plan: Schedule | None


@dataclass(frozen=True)
class Stretch:
    """Windows that follow each other, with the people in them."""

    parts: tuple[Part, ...]
    windows: tuple[Span, ...]
    stage: Stage
    config: PhysicsConfig


def solve_once(
    roles: Sequence[Role],
    states: Sequence[State],
    plans: Sequence[Schedule | None],
    stage: Stage,
    config: PhysicsConfig,
    over: Mapper = map,
) -> list[State]:
    """One stage of `obey_physics`; `over` maps over the stretches of a very long clip."""
    times = np.unique(np.concatenate([role.source.times for role in roles]))
    everybody = [Part(*part) for part in zip(roles, states, plans, strict=True)]
    spans = spans_of(times, config)
    if not spans:
        problems = [part.role.problem(part.state, part.plan, stage, config) for part in everybody]
        return list(solve(problems, states, _limits(config)).states)
    tasks = (Stretch(_present(everybody, own), own, stage, config) for _, own in spans)
    result = [state.coordinates.copy() for state in states]
    reached = [0] * len(roles)
    for (start, own), found in zip(spans, over(solve_stretch, tasks), strict=True):
        pieces = iter(found)
        for i, role in enumerate(roles):
            run = _run(role.source.times, (own[0][0], own[-1][1]))
            if run.stop - run.start < FEWEST:
                continue
            counted = slice(max(run.start, int(np.searchsorted(role.source.times, start))), run.stop)
            piece = next(pieces)[counted.start - run.start :]
            if len(piece):
                _blend(result[i], piece, counted, reached[i])
                reached[i] = counted.stop
    return [replace(state, coordinates=q) for state, q in zip(states, result, strict=True)]


def solve_stretch(stretch: Stretch) -> list[np.ndarray]:
    """Coordinates (t, 49) of each person over the stretch."""
    parts, limits = stretch.parts, _limits(stretch.config)
    result = [part.state.coordinates.copy() for part in parts]
    reached = [0] * len(parts)
    with threadpool_limits(1, user_api="blas"):
        for span in stretch.windows:
            present, starts, problems = [], [], []
            for i, part in enumerate(parts):
                run = _run(part.role.source.times, span)
                if run.stop - run.start < FEWEST:
                    continue
                q = _continued(result[i], part.state.coordinates, run, reached[i])
                state = replace(part.state, coordinates=q)
                plan = part.plan and part.plan.cut(run)
                problem = part.role.cut(run).problem(state, plan, stretch.stage, stretch.config)
                seam = _seam(result[i], run, reached[i])
                problems.append(replace(problem, terms=(*problem.terms, seam), free=_held(problem)))
                present.append((i, run))
                starts.append(state)
            if present:
                for (i, run), state in zip(present, solve(problems, starts, limits).states, strict=True):
                    _blend(result[i], state.coordinates, run, reached[i])
                    reached[i] = run.stop
    return result


def spans_of(times: np.ndarray, config: PhysicsConfig) -> list[tuple[float, tuple[Span, ...]]]:
    """From which second each stretch of the frames counts, and its windows; none where one solve is enough.

    All stretches but the first begin with a window that leads in.
    """
    if len(times) <= config.window * 3 // 2:
        return []
    firsts = range(0, len(times) - config.overlap, config.window - config.overlap)
    windows = [(float(times[a]), float(times[min(a + config.window, len(times)) - 1])) for a in firsts]
    spans = []
    for k in range(0, len(windows), config.stretch):
        own = windows[k : k + config.stretch]
        if k > 0:
            begins = max(int(np.searchsorted(times, own[0][0])) - config.lead, 0)
            own.insert(0, (float(times[begins]), windows[k - 1][1]))
        spans.append((windows[k][0], tuple(own)))
    return spans


def _present(everybody: Sequence[Part], windows: Sequence[Span]) -> tuple[Part, ...]:
    """Those who are in a stretch, over its frames."""
    parts = []
    for part in everybody:
        run = _run(part.role.source.times, (windows[0][0], windows[-1][1]))
        if run.stop - run.start >= FEWEST:
            state = replace(part.state, coordinates=part.state.coordinates[run])
            role = replace(part.role.cut(run), plan=None)
            parts.append(Part(role, state, part.plan and part.plan.cut(run)))
    return tuple(parts)


def _run(times: np.ndarray, span: Span) -> slice:
    return slice(int(np.searchsorted(times, span[0])), int(np.searchsorted(times, span[1], side="right")))


def _limits(config: PhysicsConfig) -> SolverConfig:
    return SolverConfig(config.iterations, config.tolerance)


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
