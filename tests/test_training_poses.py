"""Procedural postures: inside the limits, clear of themselves, balanced when asked."""

import numpy as np
import pytest

from borelli.body.capsules import segment_distance
from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import average_person, body_model
from borelli.training.collision import deepest_overlap
from borelli.training.motions import LIMBS, limb_columns
from borelli.training.poses import OVERLAP, balancing_turn, draw_poses, pose_pool

MODEL = body_model()
TABLE = MODEL.skeleton


def posture(**degrees: float) -> np.ndarray:
    q = np.zeros((1, 49))
    for name, value in degrees.items():
        q[0, TABLE.coordinate(name)] = np.radians(value)
    return q


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (([0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]), 1.0),
        (([0, 0, 0], [1, 0, 0], [0.5, -1, 2], [0.5, 1, 2]), 2.0),
        (([0, 0, 0], [1, 0, 0], [3, 0, 0], [4, 0, 0]), 2.0),
        (([0, 0, 0], [2, 0, 0], [1, 1, 0], [1, 3, 0]), 1.0),
    ],
)
def test_distance_of_line_segments_by_hand(ends: tuple, expected: float) -> None:
    assert segment_distance(*(np.array(end, dtype=float) for end in ends)) == pytest.approx(expected)


def test_standing_with_arms_out_is_clear_and_a_hand_in_the_chest_is_not() -> None:
    person = average_person()
    clear = deepest_overlap(MODEL, person, posture(arm_add_r=-60, arm_add_l=-60))[0]
    inside = deepest_overlap(
        MODEL, person, posture(arm_flex_r=45, arm_rot_r=90, elbow_flex_r=120, arm_add_r=20)
    )[0]
    assert clear < OVERLAP < inside


def test_the_pool_is_inside_the_limits_clear_and_varied() -> None:
    pool = pose_pool(MODEL, 500, np.random.default_rng(0)).coordinates
    assert pool.shape == (500, 49)
    assert np.all((pool >= TABLE.lower) & (pool <= TABLE.upper))
    assert np.all(deepest_overlap(MODEL, average_person(), pool) < OVERLAP)
    spread = np.degrees(pool.std(axis=0))
    for name in ("elbow_flex_r", "arm_flex_l", "hip_flexion_r", "knee_angle_l"):
        assert spread[TABLE.coordinate(name)] > 20


def test_the_same_seed_draws_the_same_postures() -> None:
    a, b = (draw_poses(TABLE, 20, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(a, b)


def test_a_body_bent_forward_is_turned_until_its_middle_is_over_its_feet() -> None:
    person, bent = average_person(), posture(hip_flexion_r=60, hip_flexion_l=60)
    R = balancing_turn(MODEL, person, bent)
    pose = forward(MODEL, person, bent)
    feet = place(pose, landmark_points(MODEL, ("sole_ball_r", "sole_ball_l")), MODEL, person)[0].mean(axis=0)
    over = R @ (pose.joints[0].mean(axis=0) - feet)
    assert np.hypot(over[0], over[2]) < 0.01
    assert over[1] > 0.3
    assert pytest.approx(np.eye(3), abs=1e-9) == R @ R.T


def test_limbs_share_no_coordinates_and_leave_out_only_the_pelvis() -> None:
    columns = np.concatenate([limb_columns(TABLE, limb) for limb in LIMBS])
    assert len(set(columns.tolist())) == len(columns)
    assert sorted(columns.tolist()) == list(range(3, 46))
