import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from borelli.geometry import frames
from borelli.geometry.rotations import matrix_from_rotvec


def test_up_stays_up_forward_stays_forward_and_right_becomes_minus_left():
    np.testing.assert_array_equal(frames.z_up_from_y_up(np.eye(3)), [[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    assert np.linalg.det(frames.R_ZUP_YUP) == 1.0


@given(arrays(np.float64, (4, 3), elements=st.floats(-10, 10)))
def test_the_two_worlds_are_inverse(points):
    np.testing.assert_array_equal(frames.y_up_from_z_up(frames.z_up_from_y_up(points)), points)


@given(st.integers(0, 1000))
def test_transforms_compose_and_invert_per_frame(seed):
    rng = np.random.default_rng(seed)
    T = frames.make_transform(matrix_from_rotvec(rng.normal(size=(5, 3))), rng.normal(size=(5, 3)))
    points = rng.normal(size=(5, 8, 3))
    there = frames.transform_points(T, points)
    np.testing.assert_allclose(there, np.einsum("tij,tpj->tpi", T[:, :3, :3], points) + T[:, None, :3, 3])
    np.testing.assert_allclose(frames.transform_points(frames.invert_transform(T), there), points, atol=1e-12)
    np.testing.assert_allclose(
        frames.transform_points(T, frames.camera_centre(T)[:, None]), np.zeros((5, 1, 3)), atol=1e-12
    )
