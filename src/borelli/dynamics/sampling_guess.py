"""Better offsets from those tried: a linear model of what offsets do in a window, and its optimum.

This is one Gauss-Newton step for every kept state at the price of one regression.
"""

from dataclasses import dataclass

import numpy as np

_RIDGE = 1e-3
"""Of the regression, in units of the offsets' own spread."""


@dataclass(frozen=True)
class Tried:
    """N samples of one window, children of K parents."""

    parents: np.ndarray
    """(N,) sorted; every parent has children."""
    offsets: np.ndarray
    """(N, M) radians."""
    residuals: np.ndarray
    """(N, R) whose squares add up to the cost."""


def better_offsets(tried: Tried, effort: float, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (K, M) that should cost least for each parent, and what they should cost (K,).

    All parents share the derivative of the residuals by the offsets, found by regression over the children
    around their parent's mean. `effort` is the cost of a squared offset; none moves by more than `reach`.
    """
    count = np.bincount(tried.parents)[:, None]
    mean_offset = _sums(tried.parents, tried.offsets) / count
    mean_residual = _sums(tried.parents, tried.residuals) / count
    moved = tried.offsets - mean_offset[tried.parents]
    changed = tried.residuals - mean_residual[tried.parents]
    normal = moved.T @ moved
    ridge = _RIDGE * np.trace(normal) / len(normal) * np.eye(len(normal))
    effect = np.linalg.solve(normal + ridge, moved.T @ changed)
    curvature = effect @ effect.T + effort * np.eye(len(normal))
    slope = mean_residual @ effect.T + effort * mean_offset
    step = -np.linalg.solve(curvature, slope.T).T
    step /= np.maximum(np.abs(step).max(axis=1, keepdims=True) / reach, 1.0)
    offsets = mean_offset + step
    residuals = mean_residual + step @ effect
    cost = np.square(residuals).sum(axis=1) + effort * np.square(offsets).sum(axis=1)
    return offsets, cost


def _sums(groups: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(K, ...) sums of rows (N, ...) by group."""
    starts = np.flatnonzero(np.r_[True, np.diff(groups) > 0])
    return np.add.reduceat(rows, starts, axis=0)
