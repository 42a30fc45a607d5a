"""Affine crops against scipy, and the maps that place them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates, uniform_filter

from borelli.perception import warp


def smooth_picture(seed: int, shape: tuple[int, int] = (70, 90)) -> np.ndarray:
    noise = np.random.default_rng(seed).uniform(0, 255, (*shape, 3))
    return uniform_filter(noise, (9, 9, 1)).astype(np.uint8)


@given(seed=st.integers(0, 5), angle=st.floats(-3.2, 3.2), side=st.floats(10, 60), x=st.floats(-5, 95))
def test_crop_agrees_with_scipy_where_it_does_not_shrink(
    seed: int, angle: float, side: float, x: float
) -> None:
    image = smooth_picture(seed)
    T = warp.square(np.array([x, 30.0]), side, angle, 48)
    ours = warp.crop(image, T, (48, 48), 2.0, -1.0)
    columns, rows = np.meshgrid(np.arange(48.0), np.arange(48.0))
    points = warp.apply(T, np.stack([columns, rows], axis=-1))
    for channel in range(3):
        theirs = map_coordinates(
            np.pad(image[..., channel].astype(float), 1), [points[..., 1] + 1, points[..., 0] + 1], order=1
        )
        assert np.abs(ours[..., channel] - (2 * theirs - 1)).max() < 1e-2


def test_shrinking_averages_instead_of_sieving() -> None:
    image = np.zeros((512, 512, 3), dtype=np.uint8)
    image[::2, ::2] = 200  # every fourth pixel: mean 50
    T = warp.square(np.array([255.5, 255.5]), 512.0, 0.0, 32)
    inner = warp.crop(image, T, (32, 32), 1.0, 0.0)[2:-2, 2:-2]
    assert np.abs(inner - 50).max() < 3


def test_crop_of_the_whole_picture_is_the_picture() -> None:
    image = smooth_picture(1)
    identity = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert np.array_equal(warp.crop(image, identity, (90, 70), 1.0, 0.0), image.astype(np.float32))


def test_outside_the_picture_is_black() -> None:
    image = np.full((20, 20, 3), 255, dtype=np.uint8)
    T = warp.square(np.array([-100.0, 5.0]), 30.0, 0.4, 16)
    assert (warp.crop(image, T, (16, 16), 1.0, 0.0) == 0).all()


@given(angle=st.floats(-3.2, 3.2), side=st.floats(1, 2000), size=st.integers(2, 256))
def test_square_has_its_centre_and_side(angle: float, side: float, size: int) -> None:
    centre = np.array([12.0, -7.0])
    T = warp.square(centre, side, angle, size)
    assert warp.apply(T, np.full(2, (size - 1) / 2)) == pytest.approx(centre, abs=1e-6)
    edges = warp.apply(T, np.array([[-0.5, 0.0], [size - 0.5, 0.0]]))
    assert np.linalg.norm(edges[1] - edges[0]) == pytest.approx(side)


@given(angle=st.floats(-3.2, 3.2), side=st.floats(1, 2000))
def test_invert_undoes_apply(angle: float, side: float) -> None:
    T = warp.square(np.array([300.0, 200.0]), side, angle, 256)
    points = np.array([[0.0, 0.0], [255.0, 3.0], [40.0, 200.0]])
    assert warp.apply(warp.invert(T), warp.apply(T, points)) == pytest.approx(points, abs=1e-6)
