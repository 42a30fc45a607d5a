"""Banded Cholesky against dense numpy, for every small number of frames."""

import numpy as np
import pytest
from fitting_clip import dense

from borelli.fitting.banded import NotPositiveDefinite, factorise
from borelli.fitting.normal import Normal

N = 5
FRAMES = [1, 2, 3, 4, 5, 6, 9]


def random_normal(frames: int, seed: int = 0) -> Normal:
    """Positive definite blocks coupled over two frames: a sum of Gram matrices of three neighbours."""
    rng = np.random.default_rng(seed)
    normal = Normal(frames, N, np.zeros(0, dtype=bool), cost_only=False)
    normal.H0 += 0.1 * np.eye(N)
    for t in range(frames):
        reach = min(3, frames - t)
        J = rng.normal(size=(2 * N, reach, N))
        for i in range(reach):
            normal.H0[t + i] += J[:, i].T @ J[:, i]
            if i + 1 < reach:
                normal.H1[t + i] += J[:, i].T @ J[:, i + 1]
        if reach == 3:
            normal.H2[t] += J[:, 0].T @ J[:, 2]
    return normal


def damped(normal: Normal, damping: float) -> np.ndarray:
    A = dense(normal)
    return A + damping * np.diag(np.maximum(np.diag(A), 1.0))


@pytest.mark.parametrize("frames", FRAMES)
@pytest.mark.parametrize("damping", [0.0, 0.3])
def test_solve_equals_dense_solve(frames: int, damping: float) -> None:
    normal = random_normal(frames)
    rhs = np.random.default_rng(1).normal(size=(frames, N, 3))
    found = factorise(normal, damping).solve(rhs)
    expected = np.linalg.solve(damped(normal, damping), rhs.reshape(-1, 3))
    assert found.shape == rhs.shape
    np.testing.assert_allclose(found.reshape(-1, 3), expected, atol=1e-9)


@pytest.mark.parametrize("frames", FRAMES)
def test_inverse_diagonal_blocks_equal_those_of_the_dense_inverse(frames: int) -> None:
    normal = random_normal(frames, seed=2)
    found = factorise(normal, 0.1).inverse_diagonal_blocks()
    inverse = np.linalg.inv(damped(normal, 0.1)).reshape(frames, N, frames, N)
    assert found.shape == (frames, N, N)
    np.testing.assert_allclose(found, inverse[np.arange(frames), :, np.arange(frames)], atol=1e-9)


@pytest.mark.parametrize("frames", FRAMES)
def test_factor_multiplies_back_to_the_matrix(frames: int) -> None:
    normal = random_normal(frames, seed=3)
    factor = factorise(normal, 0.0)
    m, pairs = 2 * N, len(factor.diagonal)
    L = np.zeros((pairs * m, pairs * m))
    for k in range(pairs):
        L[k * m : (k + 1) * m, k * m : (k + 1) * m] = factor.diagonal[k]
        if k:
            L[k * m : (k + 1) * m, (k - 1) * m : k * m] = factor.below[k - 1]
    size = frames * N
    np.testing.assert_allclose((L @ L.T)[:size, :size], dense(normal), atol=1e-9)
    assert not np.any(np.triu(L, 1))


def test_right_hand_side_and_matrix_stay_as_they_were() -> None:
    normal = random_normal(5)
    before, rhs = dense(normal), np.ones((5, N, 2))
    factorise(normal, 0.5).solve(rhs)
    np.testing.assert_array_equal(rhs, 1.0)
    np.testing.assert_array_equal(dense(normal), before)


def test_indefinite_matrix_is_refused() -> None:
    normal = random_normal(4)
    normal.H0[2] -= 100 * np.eye(N)
    with pytest.raises(NotPositiveDefinite):
        factorise(normal, 0.0)
