"""Feet of whole-body control: where they land by hand, and mechanics by finite differences."""

# pyright: reportAttributeAccessIssue=false, reportCallIssue=false
# MuJoCo is a native module without type stubs.

from dataclasses import replace

import mujoco
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from performing_person import standing_library

from borelli.dynamics.policy.footsteps import grounding
from borelli.dynamics.policy.gains import Gains
from borelli.dynamics.policy.goal import Goal, _away
from borelli.dynamics.policy.moment import Moment, moment_of
from borelli.dynamics.policy.whole_body import _push

CLIPS = standing_library(1)
GOAL, BODY = CLIPS.goals[0], CLIPS.bodies[0]
GAINS = Gains()
RIGHT, LEFT = GOAL.feet == 0, GOAL.feet == 1


def moment(qpos: np.ndarray, qvel: np.ndarray) -> Moment:
    return moment_of(BODY, GOAL.floor, mujoco.MjData(BODY.compiled), qpos, qvel)


def moving() -> tuple[np.ndarray, np.ndarray]:
    """A bent body in motion."""
    rng = np.random.default_rng(3)
    qpos = GOAL.qpos[0].copy()
    qpos[7:] += 0.2 * rng.normal(size=43)
    return qpos, rng.normal(size=49)


def later(qpos: np.ndarray, qvel: np.ndarray, seconds: float) -> np.ndarray:
    moved = qpos.copy()
    mujoco.mj_integratePos(BODY.compiled, moved, qvel, seconds)
    return moved


def on_one_leg(until: float) -> Goal:
    """The left foot stands and the right one lands after a time; nothing else has changed."""
    stands, since, ahead = GOAL.stands.copy(), GOAL.since.copy(), GOAL.until.copy()
    stands[:, RIGHT], since[:, 0], ahead[:, 0] = False, 0.2, until
    return replace(GOAL, stands=stands, since=since, until=ahead)


def test_time_in_the_air_is_counted_from_the_last_frame_on_the_floor() -> None:
    loaded = np.array([[1, 0], [0, 0], [0, 1], [1, 1]], dtype=bool)
    np.testing.assert_array_equal(_away(loaded), [[0, 1], [1, 2], [2, 0], [0, 0]])
    assert not GOAL.since.any() and not GOAL.until.any() and GOAL.schedule.shape == (31, 16)


def test_soles_move_as_their_derivatives_say() -> None:
    qpos, qvel = moving()
    now, step = moment(qpos, qvel), 1e-6
    compiled, data = BODY.compiled, mujoco.MjData(BODY.compiled)
    owners = compiled.geom_bodyid[BODY.soles]

    def fixed_points(local: np.ndarray | None, seconds: float) -> tuple[np.ndarray, np.ndarray]:
        """Material points, which keep their place in their segments, and their velocities."""
        data.qpos[:] = later(qpos, qvel, seconds)
        mujoco.mj_kinematics(compiled, data)
        mujoco.mj_comPos(compiled, data)
        R, place = data.xmat[owners].reshape(-1, 3, 3), data.xpos[owners]
        if local is None:
            return np.einsum("pji,pj->pi", R, now.soles - place), now.glide
        points = place + np.einsum("pij,pj->pi", R, local)
        levers = np.zeros((len(owners), 3, compiled.nv))
        for p, owner in enumerate(owners):
            mujoco.mj_jac(compiled, data, levers[p], None, points[p], owner)
        return points, levers @ qvel

    local, _ = fixed_points(None, 0.0)
    (after, faster), (before, slower) = fixed_points(local, step), fixed_points(local, -step)
    np.testing.assert_allclose(now.glide, (after - before) / (2 * step), atol=1e-6)
    np.testing.assert_allclose(now.swerve, (faster - slower) / (2 * step), atol=1e-4)


def test_feet_that_stand_are_told_to_stay() -> None:
    ground = grounding(GOAL, GAINS, moment(GOAL.qpos[0], GOAL.qvel[0]), 0)
    still = ground.weight > 0
    assert still[RIGHT].any() and still[LEFT].any()
    np.testing.assert_allclose(ground.wanted[still], 0, atol=0.3)
    np.testing.assert_allclose(ground.misplaced, 0, atol=1e-9)


def test_a_foot_in_the_air_follows_its_motion_where_nothing_is_wrong() -> None:
    goal = on_one_leg(0.3)
    goal = replace(goal, height=np.zeros_like(goal.height))
    now = moment(goal.qpos[0], goal.qvel[0])
    ground = grounding(goal, replace(GAINS, clear=0.0), now, 0)
    assert (ground.weight[RIGHT] == GAINS.swing_weight).all()
    np.testing.assert_allclose(ground.wanted[RIGHT], goal.pull[0][RIGHT], atol=0.05)


@settings(max_examples=15, deadline=None)
@given(st.floats(-0.05, 0.05), st.floats(0.15, 0.4))
def test_a_foot_lands_farther_by_what_the_body_will_have_toppled(error: float, until: float) -> None:
    goal = on_one_leg(until)
    now = moment(goal.qpos[0], goal.qvel[0])
    ahead = now.pelvis[:, 0] * (1, 0, 1)
    ahead /= np.linalg.norm(ahead)
    moved = replace(now, centre=now.centre + error * ahead)
    pulls = [grounding(goal, GAINS, body, 0).wanted[RIGHT].mean(axis=0) for body in (now, moved)]
    farther = GAINS.place * error * np.exp(GAINS.growth * until)
    left = max(until, GAINS.soonest)
    np.testing.assert_allclose((pulls[1] - pulls[0]) @ ahead, 6 / left**2 * farther, rtol=1e-6, atol=1e-9)


def test_no_step_is_longer_than_its_reach() -> None:
    goal = on_one_leg(0.3)
    now = moment(goal.qpos[0], goal.qvel[0])
    ahead = np.array([1.0, 0.0, 0.0])
    far, farther = (
        grounding(goal, GAINS, replace(now, centre=now.centre + away * ahead), 0).wanted for away in (2, 5)
    )
    np.testing.assert_allclose(far, farther)


def test_the_ground_carries_the_weight_of_who_stands() -> None:
    now = moment(GOAL.qpos[0], np.zeros(49))
    ground = grounding(GOAL, GAINS, now, 0)
    push = _push(GOAL, GAINS, now, ground, np.zeros(49))
    weight = 9.81 * BODY.compiled.body_mass.sum()
    np.testing.assert_allclose(push[1], weight, rtol=0.02)
    np.testing.assert_allclose(push[[0, 2]], 0, atol=0.05 * weight)
