"""Levenberg-Marquardt over whole clips: people side by side, one camera, everything at once.

Each person contributes a block-banded time part and a border (body and camera). The time parts are
eliminated person by person (Schur complement); what remains is one small dense system.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel
from borelli.fitting.banded import Factor, NotPositiveDefinite, factorise
from borelli.fitting.camera_state import CAMERA_UNKNOWNS
from borelli.fitting.normal import Normal
from borelli.fitting.state import State, View
from borelli.fitting.terms import Term

CAMERA = len(CAMERA_UNKNOWNS)


@dataclass(frozen=True)
class Problem:
    """One person's evidence."""

    model: BodyModel
    points: Points
    terms: tuple[Term, ...]
    free: np.ndarray
    """(G,) bool: shared unknowns that may move. The camera's part must be the same for all people."""


@dataclass(frozen=True)
class SolverConfig:
    """When to stop."""

    iterations: int = 30
    tolerance: float = 1e-4
    """Relative decrease of the cost below which the solution counts as found."""
    largest_step: float = 0.5
    """Radians: longest step of a rotation in one iteration."""


@dataclass(frozen=True)
class Solution:
    """States after the solve, and how it went."""

    states: tuple[State, ...]
    cost: float
    iterations: int


def solve(
    problems: Sequence[Problem],
    states: Sequence[State],
    config: SolverConfig,
    watch: Callable[[int, float], None] | None = None,
) -> Solution:
    """Minimise the summed cost of all people; they must share one camera state."""
    current, damping, trial_cost = tuple(states), 1e-3, 0.0
    normals = [evaluate(p, s) for p, s in zip(problems, current, strict=True)]
    cost = sum(normal.cost for normal in normals)
    iteration = 0
    for iteration in range(1, config.iterations + 1):
        trial = None
        for _ in range(10):
            try:
                steps = _step(normals, damping)
            except NotPositiveDefinite:
                damping *= 10
                continue
            moved = _move(current, steps, config.largest_step)
            trial_cost = sum(
                evaluate(p, s, cost_only=True).cost for p, s in zip(problems, moved, strict=True)
            )
            if trial_cost < cost:
                trial = moved
                break
            damping *= 6
        if trial is None:
            break
        gain, cost, current, damping = (cost - trial_cost) / cost, trial_cost, trial, max(damping / 5, 1e-7)
        if watch:
            watch(iteration, cost)
        if gain < config.tolerance:
            break
        normals = [evaluate(p, s) for p, s in zip(problems, current, strict=True)]
    return Solution(current, cost, iteration)


def evaluate(problem: Problem, state: State, cost_only: bool = False) -> Normal:
    """Cost and normal equations of one person."""
    frames, n = state.coordinates.shape
    normal = Normal(frames, n, problem.free, cost_only)
    view = View(problem.model, problem.points, state, normal.free)
    for term in problem.terms:
        term.add_to(normal, view)
    return normal


def _step(normals: Sequence[Normal], damping: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Damped Gauss-Newton step of every person: (T, 49) and (G,)."""
    factors = [factorise(normal, damping) for normal in normals]
    parts = [_eliminate(factor, normal) for factor, normal in zip(factors, normals, strict=True)]
    shared = _solve_shared(normals, parts, damping)
    steps = []
    for normal, (x, X, _, _), border in zip(normals, parts, shared, strict=True):
        whole = np.zeros(normal.border_size)
        whole[normal.free] = border
        steps.append((-x - X @ border, whole))
    return steps


def _eliminate(factor: Factor, normal: Normal) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A^-1 b, A^-1 C, and the Schur complement with its gradient."""
    solved = factor.solve(np.concatenate([normal.b[..., None], normal.C], axis=-1))
    x, X = solved[..., 0], solved[..., 1:]
    flat = normal.C.reshape(x.size, normal.C.shape[-1])
    return x, X, normal.D - flat.T @ X.reshape(flat.shape), normal.d - flat.T @ x.ravel()


def _solve_shared(
    normals: Sequence[Normal], parts: Sequence[tuple[np.ndarray, ...]], damping: float
) -> list[np.ndarray]:
    """One dense system over every body and the one camera; returns each person's free border step."""
    camera = int(np.sum(normals[0].free >= normals[0].border_size - CAMERA))
    bodies = [len(normal.free) - camera for normal in normals]
    total = sum(bodies) + camera
    S, g, index, start = np.zeros((total, total)), np.zeros(total), [], 0
    for body, (_, _, schur, gradient) in zip(bodies, parts, strict=True):
        own = np.r_[start : start + body, total - camera : total]
        S[np.ix_(own, own)] += schur
        g[own] += gradient
        index.append(own)
        start += body
    if total == 0:
        return [np.zeros(0) for _ in normals]
    S[np.diag_indices(total)] += damping * np.maximum(np.diag(S), 1e-3) + 1e-9
    step = -np.linalg.solve(S, g)
    return [step[own] for own in index]


def _move(
    states: Sequence[State], steps: Sequence[tuple[np.ndarray, np.ndarray]], largest: float
) -> tuple[State, ...]:
    moved = []
    for state, (step, border) in zip(states, steps, strict=True):
        limited = step.copy()
        limited[:, :-3] = np.clip(step[:, :-3], -largest, largest)
        moved.append(state.moved(limited, np.clip(border, -0.3, 0.3)))
    return tuple(moved)
