"""Gauss-Newton normal equations of a clip: block-banded over time, with a border of shared unknowns.

The cost is the sum of robust squared residuals. With H = [[A, C], [C^T, D]] and gradient (b, d), all halved:
A holds 49 x 49 blocks at time distance 0, 1 and 2.
"""

from collections.abc import Callable

import numpy as np

from borelli.fitting.normal_kernel import add_frames, add_neighbours, add_three

Jacobian = Callable[[], np.ndarray]


class Normal:
    """Accumulates cost and, unless `cost_only`, the normal equations of T frames, n coordinates, g border.

    Jacobians have N = n + g columns: the coordinates of the frame, then the border unknowns that may move.
    """

    def __init__(self, frames: int, n: int, free: np.ndarray, cost_only: bool) -> None:
        """`free` (G,) bool: border unknowns that may move; the others have no columns."""
        self.cost = 0.0
        self.cost_only = cost_only
        self.n = n
        self.border_size = len(free)
        self.free = np.flatnonzero(free)
        if not cost_only:
            g = len(self.free)
            self.H0, self.H1, self.H2 = (np.zeros((max(frames - k, 0), n, n)) for k in range(3))
            self.C, self.D = np.zeros((frames, n, g)), np.zeros((g, g))
            self.b, self.d = np.zeros((frames, n)), np.zeros(g)

    def add_rows(self, residual: np.ndarray, jacobian: Jacobian, robust: float | None = None) -> None:
        """Residuals (T, M, k) of single frames; Jacobian (T, M, k, N).

        `robust` is the scale of a Geman-McClure loss on the norm over k, in units of the residual.
        """
        root = self._root_weight(residual, robust)
        if self.cost_only:
            return
        add_frames(_rows(jacobian()), residual, root, self.H0, self.C, self.D, self.b, self.d)

    def add_pairs(
        self, residual: np.ndarray, first: Jacobian, second: Jacobian, robust: float | None = None
    ) -> None:
        """Residuals (T-1, M, k) between neighbouring frames; Jacobians by frame t and by frame t + 1."""
        root = self._root_weight(residual, robust)
        if self.cost_only:
            return
        J0, J1 = _rows(first()), _rows(second())
        add_neighbours(J0, J1, residual, root, self.H0, self.H1, self.C, self.D, self.b, self.d)

    def add_coordinates(self, residual: np.ndarray, slope: np.ndarray) -> None:
        """Residuals (T, n), each of one coordinate with derivative `slope` (T, n)."""
        self.cost += float(np.sum(residual * residual))
        if not self.cost_only:
            index = np.arange(residual.shape[1])
            self.H0[:, index, index] += slope * slope
            self.b += slope * residual

    def add_second_differences(self, residual: np.ndarray, slopes: np.ndarray) -> None:
        """Residuals (T-2, n) of one coordinate at three times, with derivatives `slopes` (3, T-2, n)."""
        self.cost += float(np.sum(residual * residual))
        if self.cost_only or len(residual) == 0:
            return
        count, index = len(residual), np.arange(residual.shape[1])
        for i in range(3):
            self.b[i : i + count] += slopes[i] * residual
            self.H0[i : i + count, index, index] += slopes[i] ** 2
        for i in range(2):
            self.H1[i : i + count, index, index] += slopes[i] * slopes[i + 1]
        self.H2[:, index, index] += slopes[0] * slopes[2]

    def add_triples(self, at: np.ndarray, error: np.ndarray, rows: np.ndarray, cost: float) -> None:
        """Residuals that look at three neighbouring frames.

        Args:
            at: (N,) middle frames, increasing.
            error: (N, M).
            rows: (3, N, M, n) derivatives by frames at-1, at, at+1; anything when `cost_only`.
            cost: of the residuals, which may be more than their squares.
        """
        self.cost += cost
        if self.cost_only or not len(at):
            return
        add_three(_rows(rows), error, at, self.H0, self.H1, self.H2, self.b)

    def add_border(self, residual: np.ndarray, jacobian: np.ndarray) -> None:
        """Residuals (M,) of shared unknowns alone; Jacobian (M, G)."""
        self.cost += float(residual @ residual)
        if not self.cost_only:
            B = jacobian[:, self.free]
            self.D += B.T @ B
            self.d += B.T @ residual

    def _root_weight(self, residual: np.ndarray, robust: float | None) -> np.ndarray:
        """Add the cost of the residuals and return the square roots (T, M) of their weights."""
        squared = np.sum(residual * residual, axis=-1)
        if robust is None:
            self.cost += float(np.sum(squared))
            return np.ones_like(squared)
        c2 = robust * robust
        self.cost += float(np.sum(c2 * squared / (c2 + squared)))
        return c2 / (c2 + squared)


def _rows(jacobian: np.ndarray) -> np.ndarray:
    """In the order of memory that the compiled loops expect."""
    return np.ascontiguousarray(jacobian, dtype=np.float64)
