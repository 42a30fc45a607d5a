"""The joint code: continuous, exact where limits allow, always inside them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from borelli.body.kinematics import forward
from borelli.body.mirror import mirror_coordinates
from borelli.body.model import average_person, body_model
from borelli.body.skeleton import skeleton
from borelli.lifting.codes import (
    code_size,
    decode,
    encode,
    hinge_angles,
    joint_rotations,
    rotation_of_six,
    six,
    slots,
)
from borelli.lifting.mirror import _code_mirror

TABLE = skeleton()


def random_coordinates(seed: int, count: int = 50) -> np.ndarray:
    rng = np.random.default_rng(seed)
    low, high = np.clip(TABLE.lower[:46], -np.pi, None), np.clip(TABLE.upper[:46], None, np.pi)
    return np.pad(rng.uniform(low, high, (count, 46)), ((0, 0), (0, 3)))


def test_the_code_has_six_numbers_per_ball_joint_and_two_per_hinge_or_wrist() -> None:
    assert code_size() == 10 * 6 + 12 * 2 + 2 * 2


def test_a_straight_knee_is_cosine_one_and_sine_zero() -> None:
    knee = slots()[TABLE.segment("tibia_r")]
    code = encode(TABLE, np.zeros(49))
    assert code[knee.columns] == pytest.approx([1.0, 0.0])
    bent = np.zeros(49)
    bent[TABLE.coordinate("knee_angle_r")] = np.pi / 2
    assert encode(TABLE, bent)[knee.columns] == pytest.approx([0.0, 1.0], abs=1e-12)


def test_decoding_gives_back_the_same_rotation_of_every_joint() -> None:
    q = random_coordinates(1)
    again = np.pad(decode(TABLE, encode(TABLE, q)), ((0, 0), (0, 3)))
    assert joint_rotations(TABLE, again) == pytest.approx(joint_rotations(TABLE, q), abs=1e-7)


def test_joint_rotations_are_those_of_forward_kinematics() -> None:
    q = random_coordinates(2, 5)
    world = forward(body_model(), average_person(), q).rotations
    local = joint_rotations(TABLE, q)
    for j, parent in enumerate(TABLE.parents):
        expected = local[:, j] if parent < 0 else world[:, parent] @ local[:, j]
        assert world[:, j] == pytest.approx(expected, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(arrays(np.float64, code_size(), elements=st.floats(-3, 3)))
def test_any_code_decodes_inside_the_limits(code: np.ndarray) -> None:
    q = decode(TABLE, code)
    assert np.all(q >= TABLE.lower[:46])
    assert np.all(q <= TABLE.upper[:46])


def test_an_arm_raised_overhead_through_the_side_stays_inside_the_shoulder_limits() -> None:
    q = np.zeros((1, 49))
    q[0, TABLE.coordinate("arm_add_r")] = np.radians(-150)
    hinges = TABLE.hinges(TABLE.segment("humerus_r"))
    R = joint_rotations(TABLE, q)[:, TABLE.segment("humerus_r")]
    found = hinge_angles(TABLE, hinges, R)[0]
    assert np.all(found >= TABLE.lower[hinges])
    assert np.all(found <= TABLE.upper[hinges])


def test_two_crooked_vectors_become_the_nearest_frame() -> None:
    R = rotation_of_six(np.array([2.0, 0, 0, 0.5, 3.0, 0]))
    assert pytest.approx(np.eye(3)) == R
    turn = joint_rotations(TABLE, random_coordinates(3, 1))[0, 1]
    assert rotation_of_six(six(turn)) == pytest.approx(turn)


def test_the_mirrored_code_is_the_code_of_the_mirrored_posture() -> None:
    q = random_coordinates(4)
    q[:, :3] = 0.0  # the pelvis stands in the virtual camera, whose x axis is mirrored instead
    source, sign = _code_mirror()
    mirrored = encode(TABLE, q)[:, source] * sign
    expected = encode(TABLE, mirror_coordinates(TABLE, q))
    assert mirrored[:, 6:] == pytest.approx(expected[:, 6:], abs=1e-9)
