"""Contact forces: against a general solver, by hand, and as a smooth function of the wrench."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from borelli.dynamics.ground_forces import Grip, ground_forces

GRIP = Grip(np.r_[np.full(3, 1 / 4.0), np.full(3, 1 / 20.0)], 1 / 300.0, 0.7)


def wrench_of(levers: np.ndarray, forces: np.ndarray) -> np.ndarray:
    return np.r_[np.cross(levers, forces).sum(axis=0), forces.sum(axis=0)]


def feet(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.c_[rng.uniform(-0.3, 0.3, 6), np.full(6, -0.9), rng.uniform(-0.2, 0.2, 6)]


def test_two_feet_share_the_weight_of_a_body_between_them() -> None:
    levers = np.array([[[0.0, -0.9, 0.1], [0.0, -0.9, -0.1]]])
    found = ground_forces(np.array([[0.0, 0, 0, 0, 700.0, 0]]), levers, np.ones((1, 2)), GRIP)
    np.testing.assert_allclose(found.forces[0, :, 1], 350.0, rtol=0.01)
    assert np.abs(found.residual[0, 3:]).max() < 7.0


def test_nothing_touches_nothing_pushes() -> None:
    wrench = np.array([[1.0, 2, 3, 4, 5, 6]])
    found = ground_forces(wrench, np.zeros((1, 3, 3)), np.zeros((1, 3)), GRIP)
    assert not found.forces.any()
    np.testing.assert_allclose(found.residual, wrench)


def test_the_floor_does_not_pull() -> None:
    found = ground_forces(np.array([[0.0, 0, 0, 0, -300, 0]]), feet(0)[None], np.ones((1, 6)), GRIP)
    assert np.all(found.forces[..., 1] >= 0)
    assert found.residual[0, 4] < -250


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_forces_lie_in_their_cones_and_balance_the_wrench(seed: int) -> None:
    rng = np.random.default_rng(seed)
    levers, wrench = feet(seed), rng.normal(0, [40, 40, 40, 200, 800, 200])
    found = ground_forces(wrench[None], levers[None], np.ones((1, 6)), GRIP)
    f = found.forces[0]
    assert np.all(np.hypot(f[:, 0], f[:, 2]) <= GRIP.friction * f[:, 1] + 1e-6)
    np.testing.assert_allclose(wrench_of(levers, f) + found.residual[0], wrench, atol=1e-3)


def test_agrees_with_non_negative_least_squares_over_many_edges() -> None:
    levers, wrench = feet(3), np.array([10.0, -5, 8, 120, 700, -60])
    angles = np.arange(64) * 2 * np.pi / 64
    edges = np.c_[0.7 * np.cos(angles), np.ones(64), 0.7 * np.sin(angles)]
    A = np.stack([wrench_of(lever[None], edge[None]) for lever in levers for edge in edges], axis=1)
    W = GRIP.wrench_weight[:, None]
    # a ridge on forces, not on edges: forces as linear functions of the edges
    to_force = np.zeros((18, A.shape[1]))
    for k in range(6):
        to_force[3 * k : 3 * k + 3, 64 * k : 64 * k + 64] = edges.T
    x, norm = nnls(np.vstack([W * A, GRIP.ridge * to_force]), np.r_[W[:, 0] * wrench, np.zeros(18)])
    found = ground_forces(wrench[None], levers[None], np.ones((1, 6)), GRIP)
    assert found.cost[0] == pytest.approx(norm**2, rel=2e-3)
    np.testing.assert_allclose(found.forces[0], (to_force @ x).reshape(6, 3), atol=3.0)


@pytest.mark.parametrize("seed", range(4))
def test_rows_and_error_are_gradient_and_curvature_of_the_cost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    levers = feet(seed)[None]
    firmness = rng.uniform(0.2, 1, (1, 6))
    wrench = rng.normal([0, 0, 0, 0, 700, 0], [20, 20, 20, 100, 100, 100], (1, 6))
    found = ground_forces(wrench, levers, firmness, GRIP)
    gradient, curvature = np.zeros(6), np.zeros((6, 6))
    for i in range(6):
        step = np.zeros(6)
        step[i] = 1e-3
        up, down = (ground_forces(wrench + s * step, levers, firmness, GRIP) for s in (1, -1))
        gradient[i] = (up.cost[0] - down.cost[0]) / 4e-3
        curvature[i] = (up.rows[0].T @ up.error[0] - down.rows[0].T @ down.error[0]) / 2e-3
    R, e = found.rows[0], found.error[0]
    np.testing.assert_allclose(R.T @ e, gradient, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(R.T @ R, curvature, rtol=1e-3, atol=1e-7)


def test_a_loose_point_pushes_less_than_a_firm_one() -> None:
    levers = np.array([[[0.0, -0.9, 0.1], [0.0, -0.9, -0.1]]])
    found = ground_forces(np.array([[0.0, 0, 0, 0, 700.0, 0]]), levers, np.array([[1.0, 0.3]]), GRIP)
    assert found.forces[0, 1, 1] < found.forces[0, 0, 1]
