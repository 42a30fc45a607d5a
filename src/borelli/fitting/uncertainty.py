"""How far each joint may be off: the diagonal of the inverse of the final normal matrix."""

import numpy as np

from borelli.body.kinematics import Points
from borelli.fitting.banded import factorise
from borelli.fitting.solver import Problem, evaluate
from borelli.fitting.state import State, View


def position_sigma(problem: Problem, state: State, points: Points, inflation: float = 1.0) -> np.ndarray:
    """Standard deviation (T, P) in metres per axis of body points in the world.

    Covers coordinates, body and camera unknowns; `inflation` is the calibration factor found on data with
    known truth. Source: Laplace approximation; Schur complement for the shared unknowns.
    """
    normal = evaluate(problem, state)
    factor = factorise(normal, 1e-9)
    blocks = factor.inverse_diagonal_blocks()
    whole = View(problem.model, points, state, normal.free).world_jacobian
    J, B = whole[..., : normal.n], whole[..., normal.n :]
    variance = np.einsum("tpin,tnm,tpim->tp", J, blocks, J, optimize=True)
    if len(normal.free):
        X = factor.solve(normal.C)
        S = normal.D - np.einsum("tng,tnh->gh", normal.C, X)
        L = np.linalg.cholesky(np.linalg.inv(S + 1e-9 * np.eye(len(S))))
        shared = (B - np.einsum("tpin,tng->tpig", J, X, optimize=True)) @ L
        variance += np.sum(shared * shared, axis=(-1, -2))
    return inflation * np.sqrt(variance / 3)
