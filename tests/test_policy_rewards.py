"""Rewards, ends and starts of attempts: numbers by hand."""

import numpy as np
import pytest

from borelli.dynamics.policy.rewards import (
    PLACE_WIDTH,
    POSE_WIDTH,
    RAY_WIDTH,
    VELOCITY_WIDTH,
    contact_reward,
    effort_cost,
    place_reward,
    pose_reward,
    ray_reward,
    velocity_reward,
)
from borelli.dynamics.policy.starts import (
    BIN,
    MEMORY,
    UNIFORM,
    StartNoise,
    bins,
    draw_starts,
    learnt,
    noisy_state,
)
from borelli.dynamics.policy.terminations import fallen, lost, strayed
from borelli.geometry.rotations import angle_between, matrix_from_quaternion, matrix_from_rotvec


def test_poses_are_compared_relative_to_the_pelvis() -> None:
    wanted = np.random.default_rng(0).normal(size=(1, 24, 3))
    assert pose_reward(wanted + 5.0, wanted)[0] == pytest.approx(1.0)
    off = wanted.copy()
    off[:, 1:] += [0, POSE_WIDTH * np.sqrt(24 / 23), 0]
    assert pose_reward(off, wanted)[0] == pytest.approx(np.exp(-1))


def test_rewards_fall_to_1_over_e_at_their_widths() -> None:
    zero = np.zeros((1, 3))
    assert place_reward(np.array([[PLACE_WIDTH, 0, 0]]), zero)[0] == pytest.approx(np.exp(-1))
    assert velocity_reward(np.array([[0, 0, VELOCITY_WIDTH]]), zero)[0] == pytest.approx(np.exp(-1))
    offsets = np.tile([RAY_WIDTH, 0, 0], (1, 4, 1))
    assert ray_reward(offsets, np.full((1, 4), 0.3))[0] == pytest.approx(np.exp(-1))


def test_rays_of_no_confidence_do_not_count() -> None:
    offsets = np.array([[[0.0, 0, 0], [9.0, 0, 0]]])
    assert ray_reward(offsets, np.array([[1.0, 0.0]]))[0] == 1.0
    assert ray_reward(offsets, np.zeros((1, 2)))[0] == 0.0


def test_contacts_and_effort_by_hand() -> None:
    assert contact_reward(np.array([[0.0, 0.1, 0.0, 0.2]]), np.array([[0.01, 0.0, 0.02, 0.3]]))[0] == 0.75
    cost = effort_cost(np.array([[100.0, -50.0]]), np.array([[7.0, 14.0]]), np.array([70.0]))
    assert cost[0] == pytest.approx((700 + 700) / 70 / 20)


def test_who_is_down_turned_or_lost() -> None:
    level = np.tile(np.eye(3), (3, 1, 1))
    drop = np.array([[0.1, 0.29], [0.31, 0.0], [0.0, 0.0]])
    trunk = level.copy()
    trunk[2] = matrix_from_rotvec(np.array([0.0, 0.0, np.radians(61)]))
    assert list(fallen(drop, trunk, level)) == [False, True, True]
    joints = np.zeros((2, 24, 3))
    away = joints + np.array([0.51, 0, 0]) * np.array([1.0, 0.0])[:, None, None]
    assert list(lost(away, joints)) == [True, False]
    one = joints.copy()
    one[0, 7, 1] = 0.26
    assert list(strayed(one, joints)) == [True, False] and not lost(one, joints).any()


def test_bins_are_seconds_and_every_start_leaves_time() -> None:
    table = bins(np.array([95, 12]))
    assert list(table.clip) == [0, 0, 0, 1] and list(table.first) == [0, 30, 60, 0]
    rng = np.random.default_rng(0)
    clip, frame = draw_starts(table, np.ones(4), 2000, rng)
    assert set(clip) == {0, 1} and (frame >= 0).all()
    assert frame[clip == 0].max() == 84 and frame[clip == 1].max() <= 1


def test_what_fails_comes_more_often_and_nothing_never() -> None:
    table = bins(np.array([95]))
    failures = np.array([0.0, 1.0, 0.0])
    _, frame = draw_starts(table, failures, 6000, np.random.default_rng(1))
    share = np.bincount(frame // BIN, minlength=3) / 6000
    expected = UNIFORM / 3 + (1 - UNIFORM) * failures
    np.testing.assert_allclose(share, expected, atol=0.02)


def test_a_fall_is_charged_to_its_second_and_half_to_the_one_before() -> None:
    table, none = bins(np.array([95])), np.zeros(3)
    after = learnt(table, none, np.array([0]), np.array([65]), np.array([True]))
    np.testing.assert_allclose(after, [0, MEMORY / 2, MEMORY])
    assert not none.any()
    better = learnt(table, np.ones(3), np.array([0]), np.array([65]), np.array([False]))
    np.testing.assert_allclose(better, [1, 1 - MEMORY / 2, 1 - MEMORY])


def test_noise_has_its_size_and_keeps_rotations_rotations() -> None:
    qpos, qvel = np.zeros((4000, 50)), np.zeros((4000, 49))
    qpos[:, 3] = 1.0
    noise = StartNoise()
    q, v = noisy_state(qpos, qvel, noise, np.random.default_rng(2))
    assert q[:, [0, 2]].std() == pytest.approx(noise.place, rel=0.05) and not q[:, 1].any()
    assert q[:, 7:].std() == pytest.approx(noise.angle, rel=0.05)
    assert v[:, :3].std() == pytest.approx(noise.velocity, rel=0.05)
    np.testing.assert_allclose(np.linalg.norm(q[:, 3:7], axis=1), 1, atol=1e-12)
    turned = angle_between(matrix_from_quaternion(qpos[:, 3:7]), matrix_from_quaternion(q[:, 3:7]))
    assert np.sqrt(np.mean(turned**2) / 3) == pytest.approx(noise.turn, rel=0.05)
    still = noisy_state(qpos, qvel, StartNoise(0, 0, 0, 0, 0), np.random.default_rng(2))
    np.testing.assert_allclose(still[0], qpos, atol=1e-12)
