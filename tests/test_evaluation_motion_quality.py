import numpy as np
import pytest

from borelli.evaluation import motion_quality


def falling(frames: int = 20, fps: float = 30.0) -> np.ndarray:
    t = np.arange(frames) / fps
    return np.stack([t, 5 - 0.5 * 9.81 * t**2, 0 * t], 1)[:, None].repeat(3, axis=1)


def test_acceleration_error_is_in_metres_per_second_squared():
    still = np.zeros((20, 3, 3))
    assert motion_quality.acceleration_error(falling(), still, 30.0, None) == pytest.approx(9.81)
    assert motion_quality.acceleration_error(falling(), still, 30.0, (0,)) == pytest.approx(0.0, abs=1e-9)


def test_jitter_is_the_third_derivative_in_tens():
    t = np.arange(12) / 25.0
    cubic = np.stack([2 * t**3, 0 * t, 0 * t], 1)[:, None]
    assert motion_quality.jitter(cubic, 25.0) == pytest.approx(12.0 / 10)
    assert motion_quality.jitter(falling(), 30.0) == pytest.approx(0.0, abs=1e-6)


def test_foot_sliding_looks_only_where_the_true_foot_rests():
    truth = np.zeros((5, 1, 3))
    truth[3:, 0, 0] = [0.5, 1.0]
    guess = np.zeros((5, 1, 3))
    guess[:, 0, 2] = [0.0, 0.002, 0.006, 9.0, 99.0]
    assert motion_quality.foot_sliding(guess, truth) == pytest.approx(0.003)
    assert np.isnan(motion_quality.foot_sliding(guess[2:], truth[2:]))


def test_stance_speed_is_horizontal_and_uses_the_timestamps():
    points = np.zeros((4, 2, 3))
    points[:, 0] = [[0, 0, 0], [0.03, 5, 0.04], [0.03, 9, 0.04], [7, 0, 0]]
    contacts = np.array([[0.9, 0.0], [0.8, 0.4], [0.51, 0.0], [0.2, 0.0]])
    times = np.array([0.0, 0.1, 0.3, 0.4])
    assert motion_quality.stance_speed(points, contacts, times) == pytest.approx((0.5 + 0.0) / 2)


def test_penetration_and_floating_by_hand():
    points = np.zeros((2, 3, 3))
    points[0, :, 1] = [-0.02, -0.04, 1.0]
    points[1, :, 1] = [0.01, 0.5, 0.6]
    assert motion_quality.penetration(points) == pytest.approx(0.03 / 2)
    assert motion_quality.floating(points) == pytest.approx(0.01 / 2)


def test_bone_length_sd_ignores_missing_frames():
    joints = np.zeros((4, 3, 3))
    joints[:, 1, 0] = [1.0, 3.0, 1.0, 3.0]
    joints[:, 2, 1] = 0.4
    joints[3, 2] = np.nan
    np.testing.assert_allclose(
        motion_quality.bone_length_sd(joints, ((0, 1), (2, 0))), [1.0, 0.0], atol=1e-12
    )
