import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from borelli.evaluation.angles import angle_errors, best_shift, flexion
from borelli.evaluation.limits import limit_excess, violation_percent, violations_by_coordinate
from borelli.evaluation.uncertainty import interval_coverage

TIMES = np.arange(200) / 100.0


def test_a_constant_offset_is_all_bias():
    truth = np.stack([np.sin(3 * TIMES), np.cos(TIMES)], 1)
    errors = angle_errors(truth + np.array([0.1, -0.2]), truth, TIMES)
    np.testing.assert_allclose(errors.rmse, [0.1, 0.2])
    np.testing.assert_allclose(errors.mae, [0.1, 0.2])
    np.testing.assert_allclose(errors.bias, [0.1, -0.2])
    np.testing.assert_allclose(errors.rmse_without_bias, 0.0, atol=1e-12)
    np.testing.assert_allclose(errors.range_error, 0.0, atol=1e-12)
    np.testing.assert_allclose(errors.velocity_rmse, 0.0, atol=1e-9)


def test_range_and_velocity_by_hand():
    truth = np.array([[0.0], [1.0], [0.0], [1.0]])
    errors = angle_errors(1.5 * truth, truth, np.array([0.0, 0.5, 1.0, 1.5]))
    assert errors.range_error[0] == pytest.approx(0.5)
    assert errors.velocity_rmse[0] == pytest.approx(1.0)
    assert errors.rmse[0] == pytest.approx(np.sqrt(0.125))


@given(st.integers(-3, 3))
def test_whole_turns_do_not_count(turns):
    truth = np.sin(TIMES)[:, None]
    assert angle_errors(truth + 2 * np.pi * turns + 0.05, truth, TIMES).mae[0] == pytest.approx(0.05)


def test_missing_frames_and_columns():
    truth = np.zeros((200, 2))
    guess = np.full((200, 2), 0.1)
    guess[:150, 0] = np.nan
    guess[:, 1] = np.nan
    errors = angle_errors(guess, truth, TIMES)
    assert errors.mae[0] == pytest.approx(0.1)
    assert all(np.isnan(value[1]) for value in vars(errors).values())


@pytest.mark.parametrize("lag", [-7, 0, 12])
def test_the_shift_between_two_recordings_is_found(lag):
    knees = np.stack([np.sin(5 * TIMES), np.cos(7 * TIMES)], 1)
    truth = np.stack([np.sin(5 * (TIMES + lag / 100)), np.cos(7 * (TIMES + lag / 100))], 1)
    assert best_shift(knees, truth) == lag


def test_flexion_is_zero_when_straight_and_a_right_angle_when_square():
    origin, up, side = np.zeros((1, 3)), np.array([[0, 0.4, 0]]), np.array([[0.4, 0, 0]])
    np.testing.assert_allclose(flexion(up, origin, -up), 0.0, atol=1e-12)
    np.testing.assert_allclose(flexion(up, origin, side), np.pi / 2)


def test_limit_violations_by_hand():
    lower, upper = np.array([0.0, -np.inf]), np.array([2.0, np.inf])
    angles = np.array([[1.0, 50.0], [-0.3, 0.0], [2.1, 0.0], [np.nan, 0.0], [np.nan, np.nan]])
    np.testing.assert_allclose(limit_excess(angles, lower, upper)[:3, 0], [0.0, 0.3, 0.1])
    assert violation_percent(angles, lower, upper, 0.0) == 50.0
    assert violation_percent(angles, lower, upper, 0.2) == 25.0
    np.testing.assert_allclose(violations_by_coordinate(angles, lower, upper, 0.2), [100 / 3, 0.0])
    assert np.isnan(violation_percent(angles[4:], lower, upper, 0.0))


def test_honest_intervals_cover_their_level_and_narrow_ones_do_not():
    rng = np.random.default_rng(0)
    sigma = rng.uniform(0.01, 0.1, (400, 5))
    errors = rng.normal(size=(400, 5, 3)) * sigma[..., None]
    assert interval_coverage(errors, sigma[..., None]) == pytest.approx(0.9, abs=0.01)
    assert interval_coverage(errors, 0.3 * sigma[..., None]) < 0.5
    assert np.isnan(interval_coverage(np.full(3, np.nan), np.ones(3)))
