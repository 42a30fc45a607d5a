"""Surfaces, rods and stamps laid over a picture, by hand."""

import numpy as np

from borelli.report.raster import blend_surface, draw_rod, stamp


def test_blending_mixes_by_opacity_where_somebody_is() -> None:
    image = np.full((1, 2, 3), 100, dtype=np.uint8)
    owner, shade = np.array([[0, 1]], dtype=np.uint8), np.full((1, 2), 0.5, dtype=np.float32)
    colours = np.array([[200, 200, 200]], dtype=np.float32)
    blend_surface(image, shade, owner, colours * 0.5, np.array([0.4], dtype=np.float32))
    assert image[0].tolist() == [[100] * 3, [80] * 3]


def test_a_rod_covers_its_axis_and_not_beyond_its_radius() -> None:
    image = np.zeros((11, 21, 3), dtype=np.uint8)
    colour = np.array([250, 0, 0])
    draw_rod(image, np.array([4.0, 5.0]), np.array([16.0, 5.0]), (2.0, 2.0), colour, 1.0)
    assert image[5, 4:17, 0].min() == 250 and image[3, 10, 0] > 100
    assert not image[2, :].any() and not image[:, :1].any() and not image[..., 1:].any()


def test_a_rod_far_outside_or_undefined_draws_nothing() -> None:
    image = np.zeros((4, 4, 3), dtype=np.uint8)
    for end in (np.array([np.nan, 1.0]), np.array([1e9, 1.0])):
        draw_rod(image, end, end, (3.0, 3.0), np.array([255, 255, 255]), 1.0)
    assert not image.any()


def test_a_stamp_is_cut_at_the_edge() -> None:
    image = np.zeros((3, 3, 3), dtype=np.uint8)
    stamp(image, np.full((2, 2), 255, dtype=np.uint8), 2, -1, np.array([9, 9, 9]))
    assert image[0, 2].tolist() == [9, 9, 9] and image.sum() == 27
