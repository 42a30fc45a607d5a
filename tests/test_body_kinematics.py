"""Forward kinematics: hand-computed poses and finite-difference checks of both Jacobians."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borelli.body.kinematics import (
    body_jacobian,
    coordinate_jacobian,
    forward,
    joint_points,
    landmark_points,
    place,
)
from borelli.body.model import Person, average_person, body_model

MODEL = body_model()
TABLE = MODEL.skeleton
seeds = st.integers(0, 2**32 - 1)
STEP = 1e-6


def random_state(seed: int) -> tuple[Person, np.ndarray]:
    rng = np.random.default_rng(seed)
    person = Person(rng.normal(size=MODEL.shape_size), rng.normal(0, 0.1, 10), rng.uniform(0.8, 1.2))
    return person, rng.normal(0, 0.8, (2, 49))


def posed(name: str, degrees: float) -> np.ndarray:
    """Joint centres (J, 3) of the average person with one coordinate away from zero."""
    q = np.zeros((1, 49))
    q[0, TABLE.coordinate(name)] = np.radians(degrees)
    return forward(MODEL, average_person(), q).joints[0]


@pytest.mark.parametrize(
    ("name", "moved", "pivot", "expected"),
    [
        ("hip_flexion_r", "tibia_r", "femur_r", (1, 0, 0)),
        ("hip_adduction_r", "tibia_r", "femur_r", (0, 0, -1)),
        ("hip_adduction_l", "tibia_l", "femur_l", (0, 0, 1)),
        ("knee_angle_l", "talus_l", "tibia_l", (-1, 0, 0)),
        ("arm_flex_r", "ulna_r", "humerus_r", (1, 0, 0)),
        ("arm_add_l", "ulna_l", "humerus_l", (0, 0, 1)),
        ("elbow_flex_r", "hand_r", "ulna_r", (1, 0, 0)),
        ("pelvis_tilt", "tibia_r", "femur_r", (1, 0, 0)),
    ],
)
def test_ninety_degrees_point_the_limb_the_anatomical_way(
    name: str, moved: str, pivot: str, expected: tuple[int, int, int]
) -> None:
    joints = posed(name, 90.0)
    limb = joints[TABLE.segment(moved)] - joints[TABLE.segment(pivot)]
    np.testing.assert_allclose(limb / np.linalg.norm(limb), expected, atol=0.1)


def test_signs_of_trunk_and_foot() -> None:
    vertex = landmark_points(MODEL, ("vertex",))
    toe = landmark_points(MODEL, ("big_toe_r",))

    def shift(name: str, points) -> np.ndarray:  # type: ignore[no-untyped-def]
        q = np.zeros((2, 49))
        q[1, TABLE.coordinate(name)] = 0.2
        first, second = place(forward(MODEL, average_person(), q), points, MODEL, average_person())[:, 0]
        return second - first

    assert shift("lumbar_extension", vertex)[0] < -0.05
    assert shift("lumbar_bending", vertex)[2] > 0.05
    assert shift("ankle_angle_r", toe)[1] > 0.02
    assert shift("mtp_angle_r", toe)[1] < -0.005


def test_root_translation_is_the_pelvis_position() -> None:
    _, q = random_state(5)
    np.testing.assert_array_equal(forward(MODEL, average_person(), q).joints[:, 0], q[:, -3:])


def test_rotations_stay_orthonormal() -> None:
    person, q = random_state(6)
    r = forward(MODEL, person, q).rotations
    np.testing.assert_allclose(r @ np.swapaxes(r, -1, -2), np.broadcast_to(np.eye(3), r.shape), atol=1e-12)


@settings(max_examples=5, deadline=None)
@given(seeds)
def test_coordinate_jacobian_matches_finite_differences(seed: int) -> None:
    person, q = random_state(seed)
    points = landmark_points(MODEL)
    pose = forward(MODEL, person, q)
    found = coordinate_jacobian(pose, place(pose, points, MODEL, person), points, MODEL)
    for c in range(49):
        ahead, behind = q.copy(), q.copy()
        ahead[:, c] += STEP
        behind[:, c] -= STEP
        a, b = (place(forward(MODEL, person, x), points, MODEL, person) for x in (ahead, behind))
        np.testing.assert_allclose(found[..., c], (a - b) / (2 * STEP), atol=1e-7)


@settings(max_examples=5, deadline=None)
@given(seeds)
def test_body_jacobian_matches_finite_differences(seed: int) -> None:
    person, q = random_state(seed)
    for points in (landmark_points(MODEL), joint_points(MODEL)):
        found = body_jacobian(forward(MODEL, person, q), points, MODEL, person)
        for u in range(found.shape[-1]):
            a, b = (
                place(forward(MODEL, p, q), points, MODEL, p)
                for p in (moved(person, u, STEP), moved(person, u, -STEP))
            )
            np.testing.assert_allclose(found[..., u], (a - b) / (2 * STEP), atol=1e-7)


def moved(person: Person, unknown: int, step: float) -> Person:
    """The person with one of the U body unknowns shifted."""
    delta = np.zeros(11 + MODEL.shape_size)
    delta[unknown] = step
    return Person(
        person.shape + delta[11:], person.log_lengths + delta[1:11], float(person.scale * np.exp(delta[0]))
    )
