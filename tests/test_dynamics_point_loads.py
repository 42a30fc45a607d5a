"""Loads of forces on body points: virtual work by the Jacobian, and levers computed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from borelli.body.kinematics import coordinate_jacobian, forward, landmark_points, place
from borelli.body.model import body_model
from borelli.body.stature import person_of_stature
from borelli.dynamics.point_loads import point_loads

MODEL = body_model()
PERSON = person_of_stature(MODEL, 1.75)
TABLE = MODEL.skeleton


@given(seed=st.integers(0, 2**32 - 1))
def test_forces_do_the_work_that_the_jacobian_of_their_points_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pose = forward(MODEL, PERSON, rng.uniform(-1, 1, (3, 49)))
    points = landmark_points(MODEL)
    positions = place(pose, points, MODEL, PERSON)
    forces = rng.normal(0, 100, positions.shape) * (rng.random(positions.shape[:2]) < 0.5)[..., None]
    J = coordinate_jacobian(pose, positions, points, MODEL)
    work = np.einsum("tpin,tpi->tn", J, forces)
    np.testing.assert_allclose(point_loads(MODEL, pose, points, positions, forces), work, atol=1e-9)


def test_weight_under_a_heel_bends_the_knee_by_its_lever() -> None:
    pose = forward(MODEL, PERSON, np.zeros((1, 49)))
    heel = landmark_points(MODEL, ("heel_r",))
    position = place(pose, heel, MODEL, PERSON)
    knee = pose.joints[0, TABLE.segment_names.index("tibia_r")]
    loads = point_loads(MODEL, pose, heel, position, np.array([[[0.0, 800.0, 0.0]]]))[0]
    ahead = position[0, 0, 0] - knee[0]
    axis = pose.hinge_axes[0, TABLE.coordinate("knee_angle_r")]
    assert abs(axis[2]) == pytest.approx(1.0)
    assert loads[TABLE.coordinate("knee_angle_r")] == pytest.approx(axis[2] * ahead * 800.0)
    assert loads[TABLE.coordinate("pelvis_ty")] == 800.0
    assert loads[TABLE.coordinate("knee_angle_l")] == 0.0
