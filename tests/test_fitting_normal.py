"""The block assembly of the normal equations against dense J^T W J, with random Jacobians."""

import numpy as np
import pytest
from fitting_clip import dense
from hypothesis import given
from hypothesis import strategies as st

from borelli.fitting.normal import Normal

N, BORDER_SIZE, POINTS, ROWS = 4, 5, 3, 2
FREE = np.array([True, False, True, True, False])
COLUMNS = N + int(FREE.sum())
seeds = st.integers(0, 2**32 - 1)


def spread_out(J: np.ndarray, frame: int, frames: int) -> np.ndarray:
    """Rows (M, n + g) of one frame in the columns of the whole clip (M, T n + g)."""
    whole = np.zeros((len(J), frames * N + COLUMNS - N))
    whole[:, frame * N : (frame + 1) * N] = J[:, :N]
    whole[:, frames * N :] = J[:, N:]
    return whole


def geman_mcclure(r: np.ndarray, scale: float) -> tuple[float, np.ndarray]:
    """Cost, and weights (T, M, 1) by definition: d rho / d s for rho = c^2 s / (c^2 + s), s = |r|^2."""
    s = np.sum(r * r, axis=-1, keepdims=True)
    return float(np.sum(scale**2 * s / (scale**2 + s))), (scale**2 / (scale**2 + s)) ** 2


def assert_equal(normal: Normal, J: np.ndarray, W: np.ndarray, r: np.ndarray) -> None:
    np.testing.assert_allclose(dense(normal), J.T @ (W[:, None] * J), atol=1e-10)
    np.testing.assert_allclose(np.r_[normal.b.ravel(), normal.d], J.T @ (W * r), atol=1e-10)


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
@given(seed=seeds)
def test_robust_rows_of_single_frames(frames: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    r = rng.normal(0, 2, (frames, POINTS, ROWS))
    J = rng.normal(size=(frames, POINTS, ROWS, COLUMNS))
    normal = Normal(frames, N, FREE, cost_only=False)
    normal.add_rows(r, lambda: J, robust=1.5)
    cost, weight = geman_mcclure(r, 1.5)
    whole = np.concatenate([spread_out(J[t].reshape(-1, COLUMNS), t, frames) for t in range(frames)])
    assert normal.cost == pytest.approx(cost)
    assert_equal(normal, whole, np.broadcast_to(weight, r.shape).ravel(), r.ravel())


@pytest.mark.parametrize("frames", [2, 3, 5])
@given(seed=seeds)
def test_robust_rows_between_neighbouring_frames(frames: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    r = rng.normal(0, 2, (frames - 1, POINTS, ROWS))
    first, second = rng.normal(size=(2, frames - 1, POINTS, ROWS, COLUMNS))
    normal = Normal(frames, N, FREE, cost_only=False)
    normal.add_pairs(r, lambda: first, lambda: second, robust=0.7)
    cost, weight = geman_mcclure(r, 0.7)
    whole = np.concatenate(
        [
            spread_out(first[t].reshape(-1, COLUMNS), t, frames)
            + spread_out(second[t].reshape(-1, COLUMNS), t + 1, frames)
            for t in range(frames - 1)
        ]
    )
    assert normal.cost == pytest.approx(cost)
    assert_equal(normal, whole, np.broadcast_to(weight, r.shape).ravel(), r.ravel())


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 7])
def test_single_coordinates_and_second_differences(frames: int) -> None:
    rng = np.random.default_rng(frames)
    triples = max(frames - 2, 0)
    r, slope = rng.normal(size=(2, frames, N))
    bend, slopes = rng.normal(size=(triples, N)), rng.normal(size=(3, triples, N))
    normal = Normal(frames, N, FREE, cost_only=False)
    normal.add_coordinates(r, slope)
    normal.add_second_differences(bend, slopes)
    size = frames * N + COLUMNS - N
    alone = np.concatenate([np.diag(slope.ravel()), np.zeros((frames * N, size - frames * N))], axis=1)
    second = np.zeros((triples * N, size))
    for t in range(triples):
        for k in range(3):
            second[np.arange(N) + t * N, np.arange(N) + (t + k) * N] = slopes[k, t]
    J, residual = np.concatenate([alone, second]), np.r_[r.ravel(), bend.ravel()]
    assert normal.cost == pytest.approx(residual @ residual)
    assert_equal(normal, J, np.ones(len(J)), residual)


def test_residuals_that_look_at_three_frames() -> None:
    rng = np.random.default_rng(4)
    frames, at = 6, np.array([1, 4])
    error, rows = rng.normal(size=(2, ROWS)), rng.normal(size=(3, 2, ROWS, N))
    normal = Normal(frames, N, FREE, cost_only=False)
    normal.add_triples(at, error, rows, 3.5)
    J = np.zeros((2 * ROWS, frames * N + COLUMNS - N))
    for i, t in enumerate(at):
        for k in range(3):
            J[i * ROWS : (i + 1) * ROWS, (t - 1 + k) * N : (t + k) * N] = rows[k, i]
    assert normal.cost == 3.5
    assert_equal(normal, J, np.ones(len(J)), error.ravel())


def test_border_rows_keep_only_what_may_move() -> None:
    rng = np.random.default_rng(0)
    r, J = rng.normal(size=6), rng.normal(size=(6, BORDER_SIZE))
    normal = Normal(2, N, FREE, cost_only=False)
    normal.add_border(r, J)
    np.testing.assert_allclose(normal.D, J[:, FREE].T @ J[:, FREE])
    np.testing.assert_allclose(normal.d, J[:, FREE].T @ r)
    assert normal.cost == pytest.approx(r @ r)


def test_cost_alone_never_asks_for_a_jacobian() -> None:
    def refuse() -> np.ndarray:
        raise AssertionError

    normal = Normal(3, N, FREE, cost_only=True)
    normal.add_rows(np.ones((3, 1, 1)), refuse)
    normal.add_pairs(np.ones((2, 1, 1)), refuse, refuse)
    assert normal.cost == pytest.approx(5.0)
