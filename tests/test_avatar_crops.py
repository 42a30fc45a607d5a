"""Crops: the view of a crop and its pixels agree, and the lens is undone."""

import numpy as np
import pytest

from borelli.avatar.crops import crop_around, cut_out
from borelli.geometry.camera import Camera
from borelli.geometry.frames import make_transform

K = np.array([[300.0, 0, 159.5], [0, 300.0, 119.5], [0, 0, 1]])
T = make_transform(np.diag([1.0, -1.0, -1.0]), np.array([0.0, 1.0, 4.0]))
POINTS = np.array([[0.2, 0.1, 0.1], [-0.3, 1.7, -0.1], [0.4, 1.0, 0.2]])


def _camera(distortion: tuple[float, ...] = ()) -> Camera:
    return Camera(K, np.array(distortion), 320, 240, T)


def _project(K: np.ndarray, points: np.ndarray) -> np.ndarray:
    seen = points @ T[:3, :3].T + T[:3, 3]
    return (seen[:, :2] / seen[:, 2:]) @ K[:2, :2].T + K[:2, 2]


def test_the_view_of_a_crop_sees_points_where_its_pixels_are() -> None:
    crop = crop_around(POINTS, _camera(), 64)
    inside = _project(crop.view.K, POINTS)
    np.testing.assert_allclose(crop.corner + crop.step * inside, _project(K, POINTS), atol=1e-9)
    assert inside.min() > 5 and inside.max() < 58


@pytest.mark.parametrize("distortion", [(), (-0.2, 0.05, 0.001, -0.002)])
def test_colours_come_from_where_the_lens_shows_them(distortion: tuple[float, ...]) -> None:
    camera = _camera(distortion)
    rows, columns = np.mgrid[:240, :320]
    image = np.stack([columns / 2, rows / 2, 0 * rows], axis=-1).astype(np.uint8)
    crop = crop_around(POINTS, camera, 64)
    colours, inside = cut_out(image, crop, camera)
    seen = POINTS @ T[:3, :3].T + T[:3, 3]
    expected = camera.project(seen)
    for pixel, place in zip(np.round(_project(crop.view.K, POINTS)).astype(int), expected, strict=True):
        np.testing.assert_allclose(2 * 255 * colours[pixel[1], pixel[0], :2], place, atol=crop.step + 2)
    assert inside[32, 32]


def test_pixels_beyond_the_picture_are_not_inside() -> None:
    crop = crop_around(POINTS + np.array([2.0, 0, 0]), _camera(), 64)
    inside = cut_out(np.zeros((240, 320, 3), dtype=np.uint8), crop, _camera())[1]
    assert inside[:, 0].any() and not inside[:, -1].any()
