"""How far each joint may be off: the diagonal of the inverse of the final normal matrix."""

from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import Points
from borelli.fitting.banded import factorise
from borelli.fitting.solver import Problem, evaluate
from borelli.fitting.state import State, View


@dataclass(frozen=True)
class Uncertainty:
    """Laplace approximation at a solution."""

    positions: np.ndarray
    """(T, P) metres: standard deviation per axis of body points in the world."""
    border: np.ndarray
    """(G, G) covariance of the shared unknowns; zero rows where they were held."""


def uncertainty(problem: Problem, state: State, points: Points, inflation: float = 1.0) -> Uncertainty:
    """How far body points and shared unknowns may be off.

    Covers coordinates, body and camera unknowns through the Schur complement; `inflation` is the calibration
    factor found on data with known truth.
    """
    normal = evaluate(problem, state)
    factor = factorise(normal, 1e-9)
    blocks = factor.inverse_diagonal_blocks()
    whole = View(problem.model, points, state, normal.free).world_jacobian
    J, B = whole[..., : normal.n], whole[..., normal.n :]
    variance = np.einsum("tpin,tnm,tpim->tp", J, blocks, J, optimize=True)
    border = np.zeros((normal.border_size, normal.border_size))
    if len(normal.free):
        X = factor.solve(normal.C)
        S = normal.D - np.einsum("tng,tnh->gh", normal.C, X)
        covariance = np.linalg.inv(S + 1e-9 * np.eye(len(S)))
        shared = (B - np.einsum("tpin,tng->tpig", J, X, optimize=True)) @ np.linalg.cholesky(covariance)
        variance += np.sum(shared * shared, axis=(-1, -2))
        border[np.ix_(normal.free, normal.free)] = covariance
    return Uncertainty(inflation * np.sqrt(variance / 3), inflation**2 * border)
