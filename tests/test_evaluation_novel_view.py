"""Textures taken from one view of a body and shown in another."""

import numpy as np
import pytest

from borelli.body.model import average_person, body_model
from borelli.evaluation.novel_view import (
    completed,
    mean_colour,
    other_camera,
    painted,
    seen_before,
    seen_body,
    texture_of,
)
from borelli.geometry.camera import Camera
from borelli.geometry.frames import make_transform
from borelli.geometry.mesh import MeshPicture

K = np.array([[110.0, 0, 39.5], [0, 110.0, 49.5], [0, 0, 1]])
FACES = np.array([[0, 0, 1], [2, -1, 1]], dtype=np.int32)
SMALL = MeshPicture(
    depth=np.where(FACES >= 0, 2.0, np.inf).astype(np.float32),
    owner=(FACES >= 0).astype(np.uint8),
    face=FACES,
    normals=np.zeros((2, 3, 3), dtype=np.float32),
)
IMAGE = np.arange(18).reshape(2, 3, 3) / 20.0


def test_a_texture_is_the_mean_colour_under_each_face() -> None:
    mask = np.array([[True, True, True], [False, True, True]])
    texture = texture_of(SMALL, IMAGE, mask, faces=4)
    np.testing.assert_allclose(texture[0], (IMAGE[0, 0] + IMAGE[0, 1]) / 2)
    np.testing.assert_allclose(texture[1], (IMAGE[0, 2] + IMAGE[1, 2]) / 2)
    assert np.isnan(texture[2:]).all()
    assert seen_before(SMALL, texture).tolist() == [[True, True, True], [False, False, True]]


def test_unseen_faces_take_the_mean_of_the_seen_ones() -> None:
    texture = np.array([[0.2, 0.4, 0.6], [0.4, 0.4, 0.0], [np.nan] * 3])
    np.testing.assert_allclose(completed(texture)[2], [0.3, 0.4, 0.3])
    np.testing.assert_allclose(mean_colour(texture), np.tile([0.3, 0.4, 0.3], (3, 1)))
    np.testing.assert_allclose(completed(np.full((2, 3), np.nan)), 0.5)


def test_a_painted_body_is_black_where_it_is_not() -> None:
    shown = painted(SMALL, np.array([[0.1] * 3, [0.2] * 3, [0.3] * 3]))
    np.testing.assert_allclose(shown[..., 0], [[0.1, 0.1, 0.2], [0.3, 0.0, 0.2]])


def looking_along(sign: float) -> np.ndarray:
    """T_camera_world of a camera that sees the body from 3 m along -X or +X."""
    R = np.array([[0.0, 0, sign], [0, -1, 0], [sign, 0, 0]])
    return make_transform(R, np.array([0, 0.05, 3.0]))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_texture_shown_in_its_own_view_is_the_image(sign: float) -> None:
    model = body_model()
    pose = model.skeleton.neutral.copy()
    picture = seen_body(model, average_person(), pose, Camera(K, np.zeros(0), 80, 100, looking_along(sign)))
    assert 0.02 < picture.mask.mean() < 0.6
    ramp = np.tile(np.linspace(0, 1, 100)[:, None, None], (1, 80, 3))
    texture = texture_of(picture, ramp, picture.mask, len(model.faces))
    shown = painted(picture, texture)
    np.testing.assert_allclose(shown[picture.mask], ramp[picture.mask], atol=0.03)
    assert seen_before(picture, texture)[picture.mask].all()


def test_hardly_any_face_is_seen_from_both_sides() -> None:
    model, person = body_model(), average_person()
    pose = model.skeleton.neutral.copy()
    front, back = (
        seen_body(model, person, pose, Camera(K, np.zeros(0), 80, 100, looking_along(sign)))
        for sign in (-1.0, 1.0)
    )
    texture = texture_of(front, np.ones((100, 80, 3)), front.mask, len(model.faces))
    assert seen_before(back, texture).sum() < 0.1 * back.mask.sum()


def test_a_second_camera_keeps_its_place_beside_the_first() -> None:
    rng = np.random.default_rng(0)

    def pose() -> np.ndarray:
        R, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        return make_transform(R * np.sign(np.linalg.det(R)), rng.normal(size=3))

    T_a_room, T_b_room, T_room_world = pose(), pose(), pose()
    np.testing.assert_allclose(
        other_camera(T_a_room @ T_room_world, T_a_room, T_b_room), T_b_room @ T_room_world
    )
