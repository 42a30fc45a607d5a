"""Pose codes, SKEL's and SMPL's angles, and our coordinates: there and back, mirrored, inside the limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from borelli.body.kinematics import forward
from borelli.body.mirror import mirror_coordinates
from borelli.body.model import average_person, body_model
from borelli.body.skel import skel_table
from borelli.body.skel_forward import skel_pose, skel_rest
from borelli.body.skeleton import skeleton
from borelli.geometry.rotations import angle_between, matrix_from_rotvec
from borelli.lifting.published.foreign_poses import ARM_SEGMENTS, SMPL_PARENTS, from_skel, from_smpl
from borelli.lifting.published.orientations import Orientations, coordinates_of
from borelli.lifting.published.pose_codes import (
    rotation_of_rows,
    skel_angles,
    skel_code,
    smpl_code,
    smpl_rotations,
)
from borelli.lifting.published.skel_constants import SkelBones, own_skel, skel_bones
from borelli.lifting.published.t_pose import R_SMPL_BODY, t_pose

TABLE, SKEL = skeleton(), skel_table()
SEGMENTS_OF_SMPL = (
    "pelvis", "femur_l", "femur_r", "lumbar_body", "tibia_l", "tibia_r", "", "calcn_l", "calcn_r", "thorax",
    "toes_l", "toes_r", "", "scapula_l", "scapula_r", "head", "humerus_l", "humerus_r",
    "radius_l", "radius_r", "hand_l", "hand_r", "", "",
)  # fmt: skip
OWN = SkelBones(own_skel(), arms=True)
BETAS = np.zeros(10)


def at(**degrees: float) -> np.ndarray:
    q = np.zeros((1, 46))
    for name, value in degrees.items():
        q[0, SKEL.coordinate_names.index(name)] = np.radians(value)
    return q


def degrees_of(coordinates: np.ndarray, name: str) -> float:
    return float(np.degrees(coordinates[0, TABLE.coordinate(name)]))


def lies(coordinates: np.ndarray) -> np.ndarray:
    return forward(body_model(), average_person(), np.pad(coordinates, ((0, 0), (0, 3)))).rotations


def test_codes_and_angles_of_skel_are_inverse() -> None:
    q = np.random.default_rng(0).uniform(-1.4, 1.4, size=(200, 46))
    assert np.allclose(skel_angles(skel_code(q)), q, atol=1e-9)


def test_codes_follow_the_published_conventions() -> None:
    q = at(hip_flexion_l=30, hip_adduction_l=20, hip_rotation_l=10, knee_angle_r=40, wrist_deviation_r=15)
    code = skel_code(q).reshape(24, 6)
    turned = Rotation.from_euler("YXZ", [-10, -20, 30], degrees=True).as_matrix()  # signs + - - on the left
    assert np.allclose(code[6], turned[:2].ravel())
    assert np.allclose(code[2, :2], [np.cos(np.radians(40)), -np.sin(np.radians(40))])
    assert np.allclose(code[18, :2], [0.0, np.radians(15)])
    back = Rotation.from_matrix(rotation_of_rows(skel_code(at(shoulder_r_x=50, shoulder_r_y=20))[0, 90:96]))
    assert np.allclose(back.as_euler("ZYX", degrees=True), [0, 20, 50])


def test_codes_need_not_be_unit_or_orthogonal() -> None:
    q = np.random.default_rng(1).uniform(-1, 1, size=(20, 46))
    hands = np.isin(SKEL.segments, [18, 23])
    scaled = skel_angles(2.5 * skel_code(q))
    assert np.allclose(scaled[:, ~hands], q[:, ~hands], atol=1e-9)


def test_codes_of_hmr2_are_two_interleaved_columns() -> None:
    rotations = Rotation.random(24 * 5, random_state=3).as_matrix().reshape(5, 24, 3, 3)
    code = smpl_code(rotations)
    assert np.allclose(code[0, :6], rotations[0, 0, :, :2].ravel())
    assert np.allclose(smpl_rotations(3.0 * code), rotations)


def test_the_t_pose_is_ours_with_level_arms() -> None:
    for found in (from_skel(np.zeros((1, 46)), OWN, BETAS), from_smpl(np.tile(np.eye(3), (1, 24, 1, 1)))):
        turns = angle_between(lies(found.coordinates)[0], R_SMPL_BODY @ t_pose().rotations[0])
        assert np.degrees(turns).max() < 0.1
        assert degrees_of(found.coordinates, "arm_add_r") == pytest.approx(-90, abs=0.1)


def test_hinges_of_skel_mean_what_ours_mean() -> None:
    q = at(knee_angle_r=60, ankle_angle_l=-20, subtalar_angle_r=10, elbow_flexion_l=70, pro_sup_r=-30)
    found = from_skel(q, OWN, BETAS).coordinates
    for name, value in (
        ("knee_angle_r", 60),
        ("ankle_angle_l", -20),
        ("subtalar_angle_r", 10),
        ("elbow_flex_l", 70),
        ("pro_sup_r", -30),
        ("knee_angle_l", 0),
    ):
        assert degrees_of(found, name) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("hip_flexion_r", "hip_flexion_r"),
        ("hip_adduction_l", "hip_adduction_l"),
        ("hip_rotation_l", "hip_rotation_l"),
        ("lumbar_bending", "lumbar_bending"),
        ("thorax_extension", "thorax_extension"),
        ("head_twist", "head_rotation"),
    ],
)
def test_single_angles_of_three_keep_sign_and_size(theirs: str, ours: str) -> None:
    found = from_skel(at(**{theirs: 9.0}), OWN, BETAS).coordinates
    assert degrees_of(found, ours) == pytest.approx(9.0, abs=0.05)
    others = np.delete(np.arange(3, 46), [TABLE.coordinate(ours) - 3])
    others = others[~np.isin(TABLE.hinge_segment[others], np.arange(24)[ARM_SEGMENTS])]
    assert np.degrees(np.abs(found[0, others])).max() < 0.05


def test_an_arm_lowered_in_skel_hangs_in_ours() -> None:
    found = from_skel(at(shoulder_r_x=90, shoulder_l_x=-90), OWN, BETAS).coordinates
    for side in "rl":
        for name in ("arm_flex", "arm_add", "arm_rot"):
            assert degrees_of(found, f"{name}_{side}") == pytest.approx(0, abs=0.2)


def legal(rng: np.random.Generator, count: int) -> np.ndarray:
    """SKEL's angles of joints of three, small enough to be inside our limits."""
    return rng.uniform(-0.15, 0.15, size=(count, 46)) * (np.bincount(SKEL.segments)[SKEL.segments] == 3)


def test_every_segment_but_the_girdle_keeps_its_orientation() -> None:
    q = legal(np.random.default_rng(4), 30)
    found = from_skel(q, OWN, BETAS)
    rest = skel_rest(OWN.model, BETAS)
    theirs = skel_pose(OWN.model, rest, q, np.zeros((30, 3))).T_world_joint[..., :3, :3]
    expected = theirs @ R_SMPL_BODY @ t_pose().rotations[0]
    error = np.degrees(angle_between(lies(found.coordinates), expected))
    girdle = [TABLE.segment("scapula_r"), TABLE.segment("scapula_l")]
    # near the T-pose an arm reaches the limit of its flexion by turning a little
    assert np.delete(error, girdle, axis=1).max() < 0.5
    assert np.median(np.delete(error, girdle, axis=1), axis=0).max() < 0.1


def test_shoulders_go_where_skel_puts_them() -> None:
    q = at(scapula_abduction_r=12, scapula_elevation_r=-15, scapula_abduction_l=-8, scapula_elevation_l=12)
    found = from_skel(q, OWN, BETAS)
    rest = skel_rest(OWN.model, BETAS)
    for name in ("humerus_r", "humerus_l"):
        shoulder = TABLE.segment(name)
        theirs = skel_pose(OWN.model, rest, q, np.zeros((1, 3))).joints[0, shoulder] - rest.joints[shoulder]
        ours = [
            forward(body_model(), average_person(), np.pad(c, ((0, 0), (0, 3)))).joints[0, shoulder]
            for c in (found.coordinates, from_skel(np.zeros((1, 46)), OWN, BETAS).coordinates)
        ]
        moved = ours[0] - ours[1]
        assert np.linalg.norm(theirs) > 0.01
        assert np.linalg.norm(moved - theirs) < 0.35 * np.linalg.norm(theirs)


def mirrored_skel(q: np.ndarray) -> np.ndarray:
    """The mirror rule of HSMR: sides exchanged, then signs."""
    result = q.copy()
    result[:, 3:10], result[:, 10:17] = q[:, 10:17], q[:, 3:10]
    result[:, 26:36], result[:, 36:46] = q[:, 36:46], q[:, 26:36]
    result[:, [1, 2]] *= -1
    for first in (17, 20, 23):
        result[:, first] *= -1
        result[:, first + 2] *= -1
    for first in (26, 29, 36, 39):
        result[:, [first, first + 1]] *= -1
    return result


def test_a_mirrored_pose_of_skel_is_our_mirrored_pose() -> None:
    q = legal(np.random.default_rng(5), 20)
    straight, mirrored = (from_skel(x, OWN, BETAS).coordinates for x in (q, mirrored_skel(q)))
    expected = mirror_coordinates(TABLE, np.pad(straight, ((0, 0), (0, 3))))[:, :46]
    assert np.degrees(np.abs(mirrored - expected)[:, 3:]).max() < 0.3


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), spread=st.floats(0.1, 3.0))
def test_any_pose_ends_inside_the_limits(seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    rotations = matrix_from_rotvec(rng.normal(size=(2, 24, 3)) * spread)
    for found in (from_skel(rng.normal(size=(2, 46)) * spread, OWN, BETAS), from_smpl(rotations)):
        assert np.isfinite(found.coordinates).all()
        assert (found.coordinates >= TABLE.lower[:46] - 1e-12).all()
        assert (found.coordinates <= TABLE.upper[:46] + 1e-12).all()


def test_our_own_postures_come_back_through_smpl() -> None:
    """Orientations of our body, read as SMPL's rotations, give our body again."""
    rng = np.random.default_rng(6)
    lower, upper = (np.clip(limit[:46], -2.0, 2.0) for limit in (TABLE.lower, TABLE.upper))
    q = rng.uniform(0.85 * lower + 0.15 * upper, 0.15 * lower + 0.85 * upper, size=(40, 46))
    ours = lies(q)
    wanted = Orientations(ours, np.ones(24))
    back = coordinates_of(TABLE, wanted, np.full((40, 46), np.nan))
    assert np.degrees(angle_between(lies(back), ours)).max() < 0.5


def test_smpl_knee_and_elbow_bend_ours() -> None:
    rotations = np.tile(np.eye(3), (1, 24, 1, 1))
    rotations[0, 5] = matrix_from_rotvec(np.array([np.radians(70), 0, 0]))  # right knee, x to the left
    rotations[0, 18] = matrix_from_rotvec(np.array([0, np.radians(-60), 0]))  # left elbow, y up
    rotations[0, 2] = matrix_from_rotvec(np.array([np.radians(-40), 0, 0]))  # right hip
    found = from_smpl(rotations).coordinates
    assert degrees_of(found, "knee_angle_r") == pytest.approx(70, abs=1)
    assert degrees_of(found, "hip_flexion_r") == pytest.approx(40, abs=1)
    assert degrees_of(found, "elbow_flex_l") == pytest.approx(60, abs=3)
    assert degrees_of(found, "knee_angle_l") == pytest.approx(0, abs=1)


def test_arms_stay_at_rest_where_their_axes_are_unknown() -> None:
    found = from_skel(at(shoulder_r_x=60, elbow_flexion_r=90, hip_flexion_r=30), skel_bones({}), BETAS)
    assert not found.known[ARM_SEGMENTS].any() and found.known[: ARM_SEGMENTS.start].all()
    assert degrees_of(found.coordinates, "arm_add_r") == pytest.approx(-10)
    assert degrees_of(found.coordinates, "hip_flexion_r") == pytest.approx(30, abs=0.1)


def test_constants_of_a_checkpoint_tilt_the_axes_of_the_arm() -> None:
    """An A-pose turned by 40 degrees about x tilts the axes y and z of the shoulder by as much."""
    own = own_skel()
    apose = np.tile(np.eye(4), (24, 1, 1))
    apose[:, :3, :3], apose[:, :3, 3] = own.apose_rotations, own.apose_offsets
    tilt = matrix_from_rotvec(np.radians([40.0, 0, 0]))
    apose[15, :3, :3] = tilt
    constants = {
        "apose_rel_transfo": apose,
        "per_joint_rot": own.bone_rotations,
        "J_regressor_osim": np.eye(24),
        "skin_template_v": own.joints,
    }
    bones = skel_bones(constants)
    assert bones.arms
    found = lies(from_skel(at(shoulder_r_x=45, shoulder_r_y=30), bones, BETAS).coordinates)[0, 15]
    turn = matrix_from_rotvec(np.radians([0.0, 30, 0])) @ matrix_from_rotvec(np.radians([45.0, 0, 0]))
    expected = R_SMPL_BODY @ tilt.T @ turn @ tilt @ t_pose().rotations[0, 15]
    assert np.degrees(angle_between(found, expected)) < 0.2


def legal_coordinates(rng: np.random.Generator, count: int) -> np.ndarray:
    """Our coordinates well inside the limits, the pelvis turned anyhow, shoulder girdles at rest."""
    lower, upper = (np.clip(limit[:46], -1.5, 1.5) for limit in (TABLE.lower, TABLE.upper))
    q = rng.uniform(0.8 * lower + 0.2 * upper, 0.2 * lower + 0.8 * upper, size=(count, 46))
    q[:, [TABLE.segment_names[s].startswith("scapula") for s in TABLE.hinge_segment]] = 0.0
    return q


def from_t_pose(q: np.ndarray) -> np.ndarray:
    """Rotation (T, 24, 3, 3) of our segments since the T-pose, in body axes."""
    return lies(q) @ t_pose().rotations[0].swapaxes(-1, -2)


def test_our_coordinates_come_back_through_the_code_of_skel() -> None:
    q = legal_coordinates(np.random.default_rng(7), 40)
    since = from_t_pose(q)
    before = np.where(TABLE.parents[:, None, None] < 0, np.eye(3), since[:, TABLE.parents])
    rows = (before.swapaxes(-1, -2) @ since)[:, :, :2].reshape(40, 24, 6)
    rows[:, 0] = (R_SMPL_BODY.T @ lies(q)[:, 0])[:, :2].reshape(40, 6)
    for segment in range(24):
        own = TABLE.hinges(segment)
        if len(own) == 1:
            rows[:, segment, 0], rows[:, segment, 1] = np.cos(q[:, own[0]]), -np.sin(q[:, own[0]])
        elif len(own) == 2:
            rows[:, segment, :2] = q[:, own]
    found = from_skel(skel_angles(rows.reshape(40, 144)), OWN, BETAS)
    assert np.degrees(angle_between(lies(found.coordinates)[:, :2], lies(q)[:, :2])).max() < 0.1
    girdle = [TABLE.segment_names[s].startswith(("scapula", "humerus")) for s in TABLE.hinge_segment]
    apart = np.degrees(np.abs(found.coordinates - q))[:, 3:]
    assert np.delete(apart, np.flatnonzero(girdle) - 3, axis=1).max() < 0.2
    humeri = [TABLE.segment("humerus_r"), TABLE.segment("humerus_l")]
    assert np.degrees(angle_between(lies(found.coordinates)[:, humeri], lies(q)[:, humeri])).max() < 0.5


def test_our_coordinates_come_back_through_the_code_of_smpl() -> None:
    q = legal_coordinates(np.random.default_rng(8), 40)
    since = from_t_pose(q) @ R_SMPL_BODY.T
    whole = np.empty((40, 24, 3, 3))
    for joint, (parent, segment) in enumerate(zip(SMPL_PARENTS, SEGMENTS_OF_SMPL, strict=True)):
        whole[:, joint] = since[:, TABLE.segment(segment)] if segment else whole[:, parent]
    local = whole.copy()
    local[:, 1:] = whole[:, SMPL_PARENTS[1:]].swapaxes(-1, -2) @ whole[:, 1:]
    found = from_smpl(smpl_rotations(smpl_code(local)))
    assert found.known.sum() == 20
    error = np.degrees(angle_between(lies(found.coordinates), lies(q)))[:, found.known]
    assert error.max() < 0.5
