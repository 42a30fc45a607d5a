"""Triangles, rods and stamps, by hand."""

import numpy as np

from borelli.report.raster import blend_surface, draw_rod, draw_triangles, stamp


def buffers(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    depth = np.full((rows, columns), np.inf, dtype=np.float32)
    return depth, np.zeros((rows, columns), dtype=np.float32), np.zeros((rows, columns), dtype=np.uint8)


# a right triangle over the lower left of 6 x 6 pixels, counter-clockwise as seen with rows downwards
CORNERS = np.array([[0.5, 0.5], [0.5, 4.5], [4.5, 4.5]], dtype=np.float32)
FACE = np.array([[0, 1, 2]])


def test_a_triangle_covers_the_pixel_centres_inside_it() -> None:
    depth, shade, owner = buffers(6, 6)
    draw_triangles(depth, shade, owner, CORNERS, np.full(3, 2, np.float32), np.ones(3, np.float32), FACE, 1)
    expected = np.array([[1 <= c <= r <= 4 for c in range(6)] for r in range(6)])
    np.testing.assert_array_equal(owner == 1, expected)
    np.testing.assert_allclose(depth[expected], 2.0, rtol=1e-6)


def test_a_face_turned_away_or_behind_the_camera_is_not_drawn() -> None:
    for corners, z in ((CORNERS[::-1].copy(), 2.0), (CORNERS, -2.0)):
        depth, shade, owner = buffers(6, 6)
        z3 = np.full(3, z, np.float32)
        draw_triangles(depth, shade, owner, corners, z3, np.ones(3, np.float32), FACE, 1)
        assert not owner.any()


def test_the_nearer_person_is_in_front_whatever_the_order() -> None:
    for order in ((1, 2), (2, 1)):
        depth, shade, owner = buffers(6, 6)
        for person in order:
            z = np.full(3, float(person), np.float32)
            draw_triangles(depth, shade, owner, CORNERS, z, np.ones(3, np.float32), FACE, person)
        assert owner[4, 2] == 1


def test_depth_is_interpolated_in_perspective() -> None:
    depth, shade, owner = buffers(6, 6)
    z = np.array([1.0, 1.0, 3.0], dtype=np.float32)  # column 2.5 of row 4.5 is half way: 2 / (1 + 1/3) = 1.5
    light = np.array([0.0, 0.0, 1.0], dtype=np.float32)  # at 1.5 m of 1 to 3, a quarter of the way in space
    corners = np.array([[0.0, 0.0], [0.0, 4.0], [4.0, 4.0]], dtype=np.float32)
    draw_triangles(depth, shade, owner, corners, z, light, FACE, 1)
    np.testing.assert_allclose(depth[4, 2], 1.5, rtol=1e-6)
    np.testing.assert_allclose(shade[4, 2], 0.25, rtol=1e-5)


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
