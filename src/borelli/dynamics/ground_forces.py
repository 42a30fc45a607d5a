"""Contact forces that explain a wrench best: one per point, inside its friction cone.

At every frame the forces f_k of the touching points minimise

    |W (g - sum A_k f_k)|^2 + ridge^2 sum |f_k / w_k|^2,   |tangential f_k| <= mu * normal f_k;

g is the wrench the motion needs, A_k the wrench of a unit force, w_k in (0, 1] how firmly the point stands.
The dual has six unknowns, the multiplier y of the wrench:

    f_k = w_k P(w_k A_k^T W y),    ridge^2 y + sum W A_k f_k = W g,

P the projection onto the cone: a convex problem whose Newton steps are 6 x 6 (projection and derivative:
Chen, Sun & Sun 2008, Comput. Optim. Appl. 40:389). What remains unexplained is ridge^2 W^-1 y. Because the
forces are eliminated, the curvature of the remaining cost by the wrench is ridge^2 W H^-1 W, H the Newton
matrix.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

NEWTON_STEPS = 50
HALVINGS = 40
"""Of a step; without a contact the curvature is the small ridge alone, and steps are far too long."""


@dataclass(frozen=True)
class Grip:
    """How contacts may push, and what counts as one unit of error."""

    wrench_weight: np.ndarray
    """(6,) 1 / (N m) for the moment, 1 / N for the force: W."""
    ridge: float
    """1 / N: price of force."""
    friction: float


@dataclass(frozen=True)
class GroundForces:
    """Forces of T frames and what they leave over."""

    forces: np.ndarray
    """(T, P, 3) newtons."""
    residual: np.ndarray
    """(T, 6) moment, force: the part of the wrench that no contact explains."""
    cost: np.ndarray
    """(T,) of the residual and of the forces."""
    rows: np.ndarray
    """(T, 6, 6): R with R^T R the curvature of the cost by the wrench."""
    error: np.ndarray
    """(T, 6): e with R^T e half the gradient of the cost by the wrench."""
    by_wrench: np.ndarray
    """(T, P, 3, 6) derivative of the forces by the wrench."""


def ground_forces(wrench: np.ndarray, levers: np.ndarray, firmness: np.ndarray, grip: Grip) -> GroundForces:
    """Best forces of the points in contact.

    Args:
        wrench: (T, 6) moment about the origin of the frame, and force, that the body needs.
        levers: (T, P, 3) contact points from the same origin, metres.
        firmness: (T, P) 0 where the point does not touch, up to 1 where it stands firmly.
        grip: weights.
    """
    frames, points = firmness.shape
    forces, residual = np.zeros((frames, points, 3)), np.zeros((frames, 6))
    cost, rows, error = np.zeros(frames), np.zeros((frames, 6, 6)), np.zeros((frames, 6))
    by_wrench = np.zeros((frames, points, 3, 6))
    _solve(
        np.ascontiguousarray(wrench),
        np.ascontiguousarray(levers),
        np.ascontiguousarray(firmness, dtype=np.float64),
        grip.wrench_weight,
        grip.ridge,
        grip.friction,
        forces,
        residual,
        cost,
        rows,
        error,
        by_wrench,
    )
    return GroundForces(forces, residual, cost, rows, error, by_wrench)


@njit(cache=True)
def _project(z, mu, f, D):  # type: ignore[no-untyped-def]
    """Projection f of z (x, y up, z) onto the cone, and its derivative D (3, 3)."""
    tangential = np.sqrt(z[0] * z[0] + z[2] * z[2])
    f[:] = 0.0
    D[:, :] = 0.0
    if tangential <= mu * z[1]:
        f[:] = z
        for i in range(3):
            D[i, i] = 1.0
    elif mu * tangential > -z[1]:
        alpha = (z[1] + mu * tangential) / (1.0 + mu * mu)
        u0, u2 = z[0] / tangential, z[2] / tangential
        f[0], f[1], f[2] = mu * alpha * u0, alpha, mu * alpha * u2
        d0, d1, d2, s = mu * u0, 1.0, mu * u2, 1.0 / (1.0 + mu * mu)
        curl = mu * alpha / tangential
        D[0, 0] = s * d0 * d0 + curl * (1 - u0 * u0)
        D[0, 1] = s * d0 * d1
        D[0, 2] = s * d0 * d2 - curl * u0 * u2
        D[1, 1] = s * d1 * d1
        D[1, 2] = s * d1 * d2
        D[2, 2] = s * d2 * d2 + curl * (1 - u2 * u2)
        D[1, 0], D[2, 0], D[2, 1] = D[0, 1], D[0, 2], D[1, 2]


@njit(cache=True)
def _columns(lever, weight, firmness, C):  # type: ignore[no-untyped-def]
    """w W A (6, 3) of a point: its unit forces as weighted wrenches."""
    C[:, :] = 0.0
    C[0, 1], C[0, 2] = -lever[2], lever[1]
    C[1, 0], C[1, 2] = lever[2], -lever[0]
    C[2, 0], C[2, 1] = -lever[1], lever[0]
    C[3, 0] = C[4, 1] = C[5, 2] = 1.0
    for i in range(6):
        for k in range(3):
            C[i, k] *= weight[i] * firmness


@njit(cache=True)
def _gradient(y, goal, columns, touching, mu, ridge, f, D, gradient, H):  # type: ignore[no-untyped-def]
    """Dual objective at y, with its gradient and Newton matrix."""
    z = np.empty(3)
    value = 0.0
    for i in range(6):
        gradient[i] = ridge * ridge * y[i] - goal[i]
        value += 0.5 * ridge * ridge * y[i] * y[i] - goal[i] * y[i]
        H[i, :] = 0.0
        H[i, i] = ridge * ridge
    for n in range(touching):
        C = columns[n]
        for k in range(3):
            z[k] = 0.0
            for i in range(6):
                z[k] += C[i, k] * y[i]
        _project(z, mu, f[n], D)
        value += 0.5 * (f[n, 0] ** 2 + f[n, 1] ** 2 + f[n, 2] ** 2)
        CD = C @ D
        for i in range(6):
            for k in range(3):
                gradient[i] += C[i, k] * f[n, k]
            for j in range(6):
                H[i, j] += CD[i, 0] * C[j, 0] + CD[i, 1] * C[j, 1] + CD[i, 2] * C[j, 2]
    return value


@njit(cache=True)
def _solve(wrench, levers, firmness, weight, ridge, mu, forces, residual, cost, rows, error, by_wrench):  # type: ignore[no-untyped-def]
    frames, points = firmness.shape
    columns, f = np.empty((points, 6, 3)), np.empty((points, 3))
    D, H, gradient, trial_gradient = np.empty((3, 3)), np.empty((6, 6)), np.empty(6), np.empty(6)
    which = np.empty(points, np.int64)
    for t in range(frames):
        touching = 0
        for p in range(points):
            if firmness[t, p] > 0:
                _columns(levers[t, p], weight, firmness[t, p], columns[touching])
                which[touching] = p
                touching += 1
        goal = weight * wrench[t]
        y = np.zeros(6)
        value = _gradient(y, goal, columns, touching, mu, ridge, f, D, gradient, H)
        for _ in range(NEWTON_STEPS):
            step = np.linalg.solve(H, gradient)
            slope = gradient @ step
            if slope < 1e-15 * (1.0 + abs(value)):
                break
            length, trial, lower = 1.0, y, value
            for _ in range(HALVINGS):
                trial = y - length * step
                lower = _gradient(trial, goal, columns, touching, mu, ridge, f, D, trial_gradient, H)
                if lower <= value - 1e-4 * length * slope:
                    break
                length *= 0.5
            y, value = trial, lower
            gradient[:] = trial_gradient
        total = 0.0
        for n in range(touching):
            for k in range(3):
                forces[t, which[n], k] = firmness[t, which[n]] * f[n, k]
                total += ridge * ridge * f[n, k] * f[n, k]
        left = ridge * ridge * y
        for i in range(6):
            residual[t, i] = left[i] / weight[i]
            total += left[i] * left[i]
        cost[t] = total
        L = np.linalg.cholesky(H)
        error[t] = ridge * (L.T @ y)
        spread = np.linalg.solve(H, np.diag(weight))
        for n in range(touching):
            z = columns[n].T @ y
            _project(z, mu, f[n], D)
            by_wrench[t, which[n]] = firmness[t, which[n]] * (D @ (columns[n].T @ spread))
        rows[t] = ridge * np.linalg.solve(L, np.diag(weight))
