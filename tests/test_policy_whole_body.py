"""Whole-body control: torques that the ground can answer, and recovery from pushes."""

# pyright: reportAttributeAccessIssue=false, reportCallIssue=false
# MuJoCo is a native module without type stubs.

import mujoco
import numpy as np
from performing_person import standing_library

from borelli.dynamics.policy.gains import Gains
from borelli.dynamics.policy.whole_body import actions_of, whole_body_targets
from borelli.dynamics.policy.worlds import Worlds, flat_states, positions_of

CLIPS = standing_library()
START = flat_states(CLIPS.reference.qpos[:1, 0], CLIPS.reference.qvel[:1, 0])


def told(states: np.ndarray, frame: int = 0) -> np.ndarray:
    qpos, qvel = positions_of(states)
    workspace = mujoco.MjData(CLIPS.bodies[0].compiled)
    every = np.zeros(len(states), dtype=int)
    return whole_body_targets(CLIPS.goals, workspace, Gains(), every, every + frame, qpos, qvel)


def run(states: np.ndarray, frames: int) -> np.ndarray:
    with Worlds(CLIPS.bodies[0], 1) as worlds:
        for frame in range(frames):
            states, broken = worlds.advance([CLIPS.bodies[0]] * len(states), states, told(states, frame))
            assert not broken.any()
    return states


def test_both_feet_of_a_standing_person_are_seen_to_stand() -> None:
    goal = CLIPS.goals[0]
    for foot in (0, 1):
        assert goal.stands[:, goal.feet == foot].any(axis=1).all()
    np.testing.assert_allclose(goal.acceleration, 0, atol=0.2)
    names = [CLIPS.bodies[0].compiled.joint(int(j)).name for j in goal.body.compiled.dof_jntid[goal.legs[7:]]]
    assert names[0] == "hip_flexion_l" and names[3] == "knee_angle_l" and names[6] == "mtp_angle_l"


def test_in_the_reference_the_expert_says_nearly_what_the_reference_does() -> None:
    actions = actions_of(CLIPS, np.zeros(1, int), np.zeros(1, int), told(START))
    assert np.abs(actions).mean() < 0.15
    own = CLIPS.targets[:1, 0] + 0.5 * CLIPS.bodies[0].reach
    np.testing.assert_allclose(actions_of(CLIPS, np.zeros(1, int), np.zeros(1, int), own), 0.5)


def test_a_person_pushed_forwards_is_brought_back() -> None:
    pushed = np.repeat(START, 2, axis=0)
    pushed[0, 51], pushed[1, 51] = 0.3, 0.2
    wanted = CLIPS.reference.qpos[0, 20]
    away = np.linalg.norm(run(pushed, 20)[:, 1:4] - wanted[:3], axis=1)
    # 0.2 m and 0.13 m without any resistance, and more with gravity
    assert (away < 0.12).all()


def test_the_expert_asks_for_a_lift_where_the_body_is_too_low() -> None:
    low = START.copy()
    low[:, 52] = -0.5
    names = [CLIPS.bodies[0].compiled.actuator(i).name for i in range(43)]
    knee = names.index("knee_angle_r")
    torque = [
        CLIPS.bodies[0].torques(*(part[0] for part in positions_of(states)), told(states)[0])[knee]
        for states in (START, low)
    ]
    assert torque[1] < torque[0]
