"""When a body passes into itself."""

import numpy as np
import pytest

from borelli.body.capsules import capsule_overlap, named_points
from borelli.body.kinematics import Pose, forward
from borelli.body.model import Person, average_person, body_model
from borelli.dynamics.self_contact import Capsules, body_capsules, self_penetration

MODEL, PERSON = body_model(), average_person()


@pytest.fixture(scope="module")
def capsules() -> Capsules:
    return body_capsules(MODEL, PERSON)


def posture(**degrees: float) -> Pose:
    q = MODEL.skeleton.neutral.copy()
    for name, angle in degrees.items():
        q[MODEL.skeleton.coordinate(name)] = np.radians(angle)
    return forward(MODEL, PERSON, q[None])


def test_capsules_overlap_by_hand() -> None:
    starts = np.array([[[0.0, 0, 0], [0.0, 0.3, -1]]])
    ends = np.array([[[1.0, 0, 0], [0.0, 0.3, 1]]])
    overlap = capsule_overlap(starts, ends, np.array([0.2, 0.15]), np.array([[0, 1]]))
    np.testing.assert_allclose(overlap, [[0.05]])


def test_named_points_are_joints_and_landmarks() -> None:
    pose = posture()
    points = named_points(MODEL, PERSON, pose, ["vertex", "tibia_r", "vertex"])
    np.testing.assert_array_equal(points[0, 0], points[0, 2])
    np.testing.assert_array_equal(points[:, 1], pose.joints[:, MODEL.skeleton.segment("tibia_r")])


def test_radii_are_those_of_limbs_and_the_same_on_both_sides(capsules: Capsules) -> None:
    radius = dict(zip(capsules.names, capsules.radii, strict=True))
    assert 0.05 < radius["thigh_r"] < 0.09
    assert 0.03 < radius["shank_r"] < 0.055
    assert 0.02 < radius["forearm_r"] < 0.04
    for name, value in radius.items():
        assert value == pytest.approx(radius[name.replace("_r", "_l")], rel=0.1)


def test_radii_grow_with_the_person(capsules: Capsules) -> None:
    large = body_capsules(MODEL, Person(PERSON.shape, scale=1.1 * PERSON.scale))
    np.testing.assert_allclose(large.radii, 1.1 * capsules.radii, rtol=1e-4)


def test_standing_and_walking_postures_keep_clear(capsules: Capsules) -> None:
    for pose in (
        posture(),
        posture(hip_flexion_r=30, hip_flexion_l=-20, knee_angle_l=30),
        posture(arm_flex_r=40, elbow_flex_r=60),
    ):
        depth, _ = self_penetration(MODEL, PERSON, pose, capsules)
        assert depth[0] == 0.0


def test_a_hand_in_the_chest_is_found_and_named(capsules: Capsules) -> None:
    pose = posture(arm_flex_r=55, arm_rot_r=70, arm_add_r=30, elbow_flex_r=125)
    depth, pair = self_penetration(MODEL, PERSON, pose, capsules)
    names = {capsules.names[i] for i in capsules.pairs[pair[0]]}
    assert depth[0] > 0.02
    assert names & {"hand_r", "forearm_r", "wrist_r"}
    assert names & {"chest", "waist", "skull"}


def test_crossed_legs_that_pass_through_each_other_are_found(capsules: Capsules) -> None:
    pose = posture(hip_adduction_r=20, hip_adduction_l=20)
    depth, pair = self_penetration(MODEL, PERSON, pose, capsules)
    assert depth[0] > 0.02
    assert all(
        capsules.names[i].split("_")[0] in {"thigh", "lower", "knee", "calf", "shank", "foot"}
        for i in capsules.pairs[pair[0]]
    )


def test_neighbours_in_a_limb_are_no_pair(capsules: Capsules) -> None:
    pairs = {frozenset(capsules.names[i] for i in pair) for pair in capsules.pairs}
    assert frozenset({"thigh_r", "calf_r"}) not in pairs, "they meet in the knee"
    assert frozenset({"thigh_r", "thigh_l"}) not in pairs, "they touch in any stance"
    assert frozenset({"hips", "thigh_l"}) not in pairs
    assert frozenset({"shank_r", "shank_l"}) in pairs
