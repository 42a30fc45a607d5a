import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from borelli.evaluation import positions
from borelli.geometry.rotations import matrix_from_rotvec


def clip(seed: int, frames: int = 30, joints: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(frames, joints, 3))


def test_mpjpe_is_the_mean_distance_once_the_root_is_removed():
    truth = np.zeros((2, 3, 3))
    guess = truth + np.array([5.0, 0, 0])
    guess[0, 2] += [0.0, 0.3, 0.4]
    assert positions.mpjpe(guess, truth, (0, 1)) == pytest.approx(0.5 / 6)
    assert positions.mpjpe(guess[1:], truth[1:], None) == 5.0


def test_missing_joints_leave_the_mean_and_nothing_present_is_nan():
    truth, guess = np.zeros((1, 3, 3)), np.ones((1, 3, 3))
    guess[0, 1] = np.nan
    assert positions.mpjpe(guess, truth, None) == pytest.approx(np.sqrt(3))
    assert np.isnan(positions.mpjpe(np.full((2, 3, 3), np.nan), np.zeros((2, 3, 3)), (0,)))


@given(st.integers(0, 1000), st.floats(0.3, 3.0))
def test_pa_mpjpe_forgives_any_similarity_of_a_frame(seed, scale):
    rng = np.random.default_rng(seed)
    truth = clip(seed)
    R = matrix_from_rotvec(rng.normal(size=(30, 3)))
    guess = scale * truth @ R.swapaxes(1, 2) + rng.normal(size=(30, 1, 3))
    assert positions.pa_mpjpe(guess, truth) < 1e-9


def test_pa_mpjpe_of_one_displaced_point_by_hand():
    # A square with side 2 whose corners move out along one diagonal by d stays centred and unturned;
    # the best scale is 1 + d / (2 sqrt 2), so every corner is off by d / 2.
    square = np.array([[[1.0, 1, 0], [-1, -1, 0], [1, -1, 0], [-1, 1, 0]]])
    d = 0.2
    stretched = square.copy()
    stretched[0, :2] *= 1 + d / np.sqrt(2)
    assert positions.pa_mpjpe(square, stretched) == pytest.approx(d / 2)


def test_world_errors_align_chunks_by_their_start_or_whole():
    truth = clip(1, frames=250)
    assert positions.w_mpjpe(3 * truth + 1, truth) < 1e-9
    assert positions.wa_mpjpe(3 * truth + 1, truth) < 1e-9
    drift = truth + np.linspace(0, 2.5, 250)[:, None, None] * np.array([1.0, 0, 0])
    assert positions.w_mpjpe(drift, truth) > positions.wa_mpjpe(drift, truth) > 0.01
    per_chunk = [positions.wa_mpjpe(drift[i : i + 100], truth[i : i + 100]) for i in (0, 100, 200)]
    assert positions.wa_mpjpe(drift, truth) == pytest.approx(np.average(per_chunk, weights=[100, 100, 50]))


def test_rte_counts_the_error_in_percent_of_the_way():
    way = np.stack([np.linspace(0, 10, 101), np.zeros(101), np.sin(np.linspace(0, 6, 101))], 1)
    R = matrix_from_rotvec(np.array([0, 1.0, 0]))
    assert positions.rte_percent(way @ R.T + 4, way) < 1e-9
    length = np.linalg.norm(np.diff(way, axis=0), axis=1).sum()
    doubled = 2 * way
    expected = 100 * np.linalg.norm(way - way.mean(0), axis=1).mean() / length
    assert positions.rte_percent(doubled, way) == pytest.approx(expected, rel=1e-6)
    assert np.isnan(positions.rte_percent(way, np.zeros((101, 3))))


def test_pck_is_an_accuracy_per_keypoint_over_the_confident_ones():
    truth = np.zeros((4, 3, 2))
    guess = truth.copy()
    guess[:2, 0] = [6.0, 0.0]
    guess[:, 1] = np.nan
    confidence = np.ones((4, 3))
    confidence[:, 2] = 0.2
    confidence[3, 0] = 0.4
    box = np.full(4, 100.0)
    assert positions.pck(guess, truth, confidence, box, 0.05) == pytest.approx((1 / 3 + 0) / 2)
    assert positions.pck(guess, truth, confidence, box, 0.1) == pytest.approx(0.5)
