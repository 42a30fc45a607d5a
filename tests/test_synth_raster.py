"""Shading and development of synthetic pictures, by hand."""

import numpy as np

from borelli.geometry.mesh.triangles import find_faces
from borelli.training.synth.raster import develop, resolve, shade

# a right triangle over the lower left of 6 x 6 samples, counter-clockwise as seen with rows downwards
CORNERS = np.array([[0.5, 0.5], [0.5, 4.5], [4.5, 4.5]], dtype=np.float32)
FACE = np.array([[0, 1, 2]])
INSIDE = np.array([[1 <= c <= r <= 4 for c in range(6)] for r in range(6)])
DARK = np.zeros((4, 3), dtype=np.float32)
EVEN_LIGHT = np.array([[0, 1, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1]], dtype=np.float32)
"""From everywhere: the colour of a surface is its albedo."""


def buffers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    depth = np.full((6, 6), np.inf, dtype=np.float32)
    return depth, np.zeros((6, 6), dtype=np.uint8), np.zeros((6, 6), dtype=np.int32)


def test_a_garment_ends_where_its_field_changes_sign() -> None:
    depth, owner, face = buffers()
    z = np.full(3, 2, np.float32)
    find_faces(depth, owner, face, CORNERS, z, FACE, 1)
    field = (2.7 - CORNERS[:, 1:]).astype(np.float32)  # cloth above row 2.7
    paint = np.zeros((2, 12), dtype=np.float32)
    paint[0, :3], paint[1, :3] = (0.5, 0.0, 0.0), (0.0, 0.25, 0.0)
    colour = np.zeros((6, 6, 3), dtype=np.float32)
    up = np.tile(np.array([0, 1, 0], np.float32), (3, 1))
    window = (0, 6, 0, 6)
    shade(colour, owner, face, 1, window, CORNERS, z, FACE, up, up, field, paint, EVEN_LIGHT)
    cloth = INSIDE & (np.arange(6) < 2.7)[:, None]
    np.testing.assert_allclose(colour[cloth], np.tile([0.5, 0, 0], (cloth.sum(), 1)), atol=1e-6)
    skin = INSIDE & ~cloth
    np.testing.assert_allclose(colour[skin], np.tile([0, 0.25, 0], (skin.sum(), 1)), atol=1e-6)
    assert not colour[~INSIDE].any()


def test_a_lit_surface_follows_lamberts_law() -> None:
    depth, owner, face = buffers()
    z = np.full(3, 2, np.float32)
    find_faces(depth, owner, face, CORNERS, z, FACE, 1)
    paint = np.zeros((1, 12), dtype=np.float32)
    paint[0, :3] = 1.0
    normals = np.tile(np.array([0.6, 0.8, 0], np.float32), (3, 1))
    none = np.zeros((3, 0), dtype=np.float32)
    light = DARK.copy()
    light[0], light[1] = (0, 1, 0), (0.5, 0.5, 0.5)
    colour = np.zeros((6, 6, 3), dtype=np.float32)
    shade(colour, owner, face, 1, (0, 6, 0, 6), CORNERS, z, FACE, normals, normals, none, paint, light)
    np.testing.assert_allclose(colour[INSIDE], 0.4, rtol=1e-4)


def test_a_pixel_is_the_average_of_its_samples() -> None:
    picture = np.full((1, 2, 3), 0.2, dtype=np.float32)
    colour = np.ones((2, 4, 3), dtype=np.float32)
    owner = np.zeros((2, 4), dtype=np.uint8)
    owner[0, 0] = owner[1, 0] = 1  # half of the first pixel
    resolve(picture, colour, owner, (0, 1, 0, 2))
    np.testing.assert_allclose(picture[0, 0], 0.6, rtol=1e-5)
    np.testing.assert_allclose(picture[0, 1], 0.2, rtol=1e-6)


def test_development_without_blur_and_noise_only_rounds() -> None:
    picture = np.linspace(0, 1, 60, dtype=np.float32).reshape(4, 5, 3)
    noise = np.random.default_rng(0).standard_normal(picture.shape, dtype=np.float32)
    image = develop(picture, noise, np.float32(0), np.float32(0))
    np.testing.assert_array_equal(image, np.rint(255 * picture).astype(np.uint8))
    grainy = develop(picture, noise, np.float32(0), np.float32(0.05))
    assert 2 < np.abs(grainy.astype(float) - image).mean() < 15


def test_blur_keeps_an_even_picture_and_spreads_a_dot() -> None:
    none = np.zeros((5, 5, 3), dtype=np.float32)
    flat = np.full((5, 5, 3), 0.5, dtype=np.float32)
    assert (develop(flat, none, np.float32(1), np.float32(0)) == 128).all()
    dot = none.copy()
    dot[2, 2] = 1.0
    image = develop(dot, none, np.float32(1), np.float32(0))
    np.testing.assert_array_equal(image[1:4, 1:4, 0], [[16, 32, 16], [32, 64, 32], [16, 32, 16]])
