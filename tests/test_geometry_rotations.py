import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from borelli.geometry import rotations

vectors = arrays(np.float64, (2, 3, 3), elements=st.floats(-1.5, 1.5, width=32))


def test_quarter_turn_about_y_takes_z_to_x():
    R = rotations.matrix_from_rotvec(np.array([0.0, np.pi / 2, 0.0]))
    np.testing.assert_allclose(R @ [0, 0, 1], [1, 0, 0], atol=1e-15)


def test_quaternions_put_w_first():
    wxyz = rotations.quaternion_from_matrix(rotations.matrix_from_rotvec(np.array([np.pi / 2, 0, 0])))
    np.testing.assert_allclose(wxyz, [np.sqrt(0.5), np.sqrt(0.5), 0, 0], atol=1e-15)


@given(vectors)
def test_matrices_survive_the_round_trip_through_quaternions_and_vectors(rotvec):
    R = rotations.matrix_from_rotvec(rotvec)
    assert R.shape == (2, 3, 3, 3)
    np.testing.assert_allclose(
        rotations.matrix_from_quaternion(rotations.quaternion_from_matrix(R)), R, atol=1e-12
    )
    np.testing.assert_allclose(rotations.matrix_from_rotvec(rotations.rotvec_from_matrix(R)), R, atol=1e-12)


def test_unflipped_quaternions_keep_the_rotation_and_never_jump():
    angles = np.linspace(0, 4 * np.pi, 60)
    R = rotations.matrix_from_rotvec(angles[:, None] * np.array([0.0, 0.0, 1.0]))
    raw = rotations.quaternion_from_matrix(R)
    smooth = rotations.unflip_quaternions(raw)
    assert np.linalg.norm(np.diff(raw, axis=0), axis=1).max() > 1.9
    assert np.linalg.norm(np.diff(smooth, axis=0), axis=1).max() < 0.12
    np.testing.assert_allclose(rotations.matrix_from_quaternion(smooth), R, atol=1e-12)


def test_angle_between_is_the_turn_that_separates_them():
    a = rotations.matrix_from_rotvec(np.array([[0.0, 0.0, 0.2], [0.3, 0.0, 0.0]]))
    b = rotations.matrix_from_rotvec(np.array([[0.0, 0.0, 0.9], [-0.3, 0.0, 0.0]]))
    np.testing.assert_allclose(rotations.angle_between(a, b), [0.7, 0.6], atol=1e-12)
