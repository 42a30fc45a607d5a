"""The unknown camera: pose, image and every derivative."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, MIN_DEPTH, CameraState

seeds = st.integers(0, 2**32 - 1)
STEP = 1e-6


def random_camera(rng: np.random.Generator) -> CameraState:
    T = np.eye(4)
    T[:3, :3] = Rotation.random(rng=rng).as_matrix()
    T[:3, 3] = rng.normal(size=3)
    return CameraState(T, rng.normal(0, 0.4, 4))


def moved(camera: CameraState, unknown: int, step: float) -> CameraState:
    unknowns = camera.unknowns.copy()
    unknowns[unknown] += step
    return CameraState(camera.T_base, unknowns)


@given(seeds)
def test_pose_matrix_and_point_map_agree_and_are_rigid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    camera, points = random_camera(rng), rng.normal(size=(2, 5, 3))
    T = camera.T_camera_world()
    homogeneous = np.concatenate([points, np.ones((2, 5, 1))], axis=-1) @ T.T
    np.testing.assert_allclose(camera.to_camera(points), homogeneous[..., :3], atol=1e-12)
    np.testing.assert_allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-12)
    np.testing.assert_array_equal(T[3], [0, 0, 0, 1])


@given(seeds)
def test_pose_derivatives_match_finite_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    camera, points = random_camera(rng), rng.normal(size=(4, 3))
    found = camera.pose_derivatives(camera.to_camera(points))
    for unknown in range(len(CAMERA_UNKNOWNS)):
        ahead, behind = (moved(camera, unknown, s * STEP).to_camera(points) for s in (1, -1))
        np.testing.assert_allclose(found[..., unknown], (ahead - behind) / (2 * STEP), atol=1e-8)


@given(seeds)
def test_image_derivatives_match_finite_differences_in_front_and_too_near(seed: int) -> None:
    rng = np.random.default_rng(seed)
    camera = random_camera(rng)
    points = np.column_stack([rng.normal(size=(6, 2)), [-1.0, 0.05, 0.1, 0.5, 2.0, 9.0]])
    by_point, by_focal = camera.image_derivatives(points)
    for k in range(3):
        step = STEP * np.eye(3)[k]
        numeric = (camera.image(points + step) - camera.image(points - step)) / (2 * STEP)
        np.testing.assert_allclose(by_point[..., k], numeric, atol=1e-6 / MIN_DEPTH**2)
    ahead, behind = (moved(camera, 0, s * STEP).image(points) for s in (1, -1))
    np.testing.assert_allclose(by_focal, (ahead - behind) / (2 * STEP), atol=1e-6)


def test_level_camera_looks_along_minus_z_with_up_being_up() -> None:
    camera = CameraState(LEVEL, np.array([0.0, 0.0, 0.0, 1.5]))
    ahead, above, right = camera.to_camera(np.array([[0, 1.5, -3.0], [0, 2.5, -3], [1, 1.5, -3]]))
    np.testing.assert_allclose(ahead, [0, 0, 3])
    np.testing.assert_allclose(above, [0, -1, 3])
    np.testing.assert_allclose(right, [1, 0, 3])


def test_height_is_the_height_of_the_camera_whatever_its_tilt() -> None:
    T = CameraState(LEVEL, np.array([0.0, 0.2, -0.1, 1.5])).T_camera_world()
    np.testing.assert_allclose(-T[:3, :3].T @ T[:3, 3], [0, 1.5, 0], atol=1e-12)


@pytest.mark.parametrize(("pitch", "row"), [(0.1, np.tan(0.1) * -1), (-0.1, np.tan(0.1))])
def test_pitch_moves_the_horizon_up_or_down(pitch: float, row: float) -> None:
    camera = CameraState(LEVEL, np.array([0.0, pitch, 0.0, 0.0]))
    np.testing.assert_allclose(
        camera.image(camera.to_camera(np.array([[0, 0, -1e3]]))), [[0, row]], atol=1e-9
    )


def test_roll_turns_the_picture_and_focal_length_enlarges_it() -> None:
    point = np.array([[1.0, 0.0, -2.0]])
    rolled = CameraState(LEVEL, np.array([0.0, 0.0, np.pi / 2, 0.0]))
    np.testing.assert_allclose(rolled.image(rolled.to_camera(point)), [[0, 0.5]], atol=1e-12)
    longer = CameraState(LEVEL, np.array([np.log(3), 0.0, 0.0, 0.0]))
    np.testing.assert_allclose(longer.image(longer.to_camera(point)), [[1.5, 0]], atol=1e-12)


def test_points_at_or_behind_the_camera_have_a_finite_image() -> None:
    camera = CameraState(LEVEL, np.zeros(4))
    assert np.isfinite(camera.image(np.array([[1.0, 2.0, 0.0], [1.0, 2.0, -3.0]]))).all()
