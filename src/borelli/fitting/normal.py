"""Gauss-Newton normal equations of a clip: block-banded over time, with a border of shared unknowns.

The cost is the sum of robust squared residuals. With H = [[A, C], [C^T, D]] and gradient (b, d), all halved:
A holds 49 x 49 blocks at time distance 0, 1 and 2.
"""

from collections.abc import Callable

import numpy as np

Jacobians = Callable[[], tuple[np.ndarray, np.ndarray]]


class Normal:
    """Accumulates cost and, unless `cost_only`, the normal equations of T frames, n coordinates, G border."""

    def __init__(self, frames: int, n: int, free: np.ndarray, cost_only: bool) -> None:
        """`free` (G,) bool: border unknowns that may move; the others have no columns."""
        self.cost = 0.0
        self.cost_only = cost_only
        self.border_size = len(free)
        self.free = np.flatnonzero(free)
        if not cost_only:
            g = len(self.free)
            self.H0, self.H1, self.H2 = (np.zeros((max(frames - k, 0), n, n)) for k in range(3))
            self.C, self.D = np.zeros((frames, n, g)), np.zeros((g, g))
            self.b, self.d = np.zeros((frames, n)), np.zeros(g)

    def add_rows(self, residual: np.ndarray, jacobians: Jacobians, robust: float | None = None) -> None:
        """Residuals (T, M, k) of single frames; Jacobians (T, M, k, n) and (T, M, k, G).

        `robust` is the scale of a Geman-McClure loss on the norm over k, in units of the residual.
        """
        weight = self._robust_weight(residual, robust)
        if self.cost_only:
            return
        J, B = self._flat(jacobians())
        r = residual.reshape(len(residual), -1)
        Jw, Bw = _weighted(J, weight, residual.shape), _weighted(B, weight, residual.shape)
        Jt = Jw.transpose(0, 2, 1)
        self.H0 += Jt @ J
        self.C += Jt @ B
        self.b += (Jt @ r[..., None])[..., 0]
        self._add_shared(r, B, Bw)

    def add_pairs(
        self, residual: np.ndarray, first: Jacobians, second: Jacobians, robust: float | None = None
    ) -> None:
        """Residuals (T-1, M, k) between neighbouring frames; Jacobians by frame t and by frame t + 1."""
        weight = self._robust_weight(residual, robust)
        if self.cost_only or len(residual) == 0:
            return
        (J0, B0), (J1, B1) = self._flat(first()), self._flat(second())
        B = B0 + B1
        r = residual.reshape(len(residual), -1)
        W0, W1 = (_weighted(J, weight, residual.shape).transpose(0, 2, 1) for J in (J0, J1))
        self.H0[:-1] += W0 @ J0
        self.H0[1:] += W1 @ J1
        self.H1 += W0 @ J1
        self.C[:-1] += W0 @ B
        self.C[1:] += W1 @ B
        self.b[:-1] += (W0 @ r[..., None])[..., 0]
        self.b[1:] += (W1 @ r[..., None])[..., 0]
        self._add_shared(r, B, _weighted(B, weight, residual.shape))

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

    def add_border(self, residual: np.ndarray, jacobian: np.ndarray) -> None:
        """Residuals (M,) of shared unknowns alone; Jacobian (M, G)."""
        self.cost += float(residual @ residual)
        if not self.cost_only:
            B = jacobian[:, self.free]
            self.D += B.T @ B
            self.d += B.T @ residual

    def _robust_weight(self, residual: np.ndarray, robust: float | None) -> np.ndarray | None:
        squared = np.sum(residual * residual, axis=-1)
        if robust is None:
            self.cost += float(np.sum(squared))
            return None
        c2 = robust * robust
        self.cost += float(np.sum(c2 * squared / (c2 + squared)))
        return (c2 / (c2 + squared)) ** 2

    def _flat(self, jacobians: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        J, B = jacobians
        rows = J.shape[1] * J.shape[2]
        return J.reshape(len(J), rows, J.shape[3]), B[..., self.free].reshape(len(J), rows, len(self.free))

    def _add_shared(self, r: np.ndarray, B: np.ndarray, Bw: np.ndarray) -> None:
        flat = Bw.reshape(r.size, Bw.shape[-1])
        self.D += flat.T @ B.reshape(flat.shape)
        self.d += flat.T @ r.ravel()


def _weighted(J: np.ndarray, weight: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    """Rows of J (T, M k, n) times the weight (T, M) of their residual."""
    if weight is None:
        return J
    return J * np.repeat(weight, shape[-1], axis=-1)[..., None]
