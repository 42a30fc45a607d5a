"""Masks in crops: edges follow colours, other people are unknown, bad masks lose their weight."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from borelli.avatar.crops import crop_around
from borelli.avatar.masks import agreement, guided, person_mask, sharpened, signed_distance, trust
from borelli.geometry.camera import Camera
from borelli.motion.observations import Track

SIZE = 96
CAMERA = Camera(np.array([[100.0, 0, 47.5], [0, 100.0, 47.5], [0, 0, 1]]), np.zeros(0), SIZE, SIZE, np.eye(4))


def _disc(centre: tuple[float, float], radius: float, size: int = SIZE) -> np.ndarray:
    rows, columns = np.mgrid[:size, :size]
    return ((columns - centre[0]) ** 2 + (rows - centre[1]) ** 2 < radius**2).astype(np.float32)


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    return agreement(a, b, np.ones_like(a))


def _track(person: int, mask: np.ndarray) -> Track:
    """A track of one frame with a mask on a grid of 32 x 32 cells of three pixels."""
    grid = mask[1::3, 1::3] > 0.5
    T = np.array([[[3.0, 0, 1.0], [0, 3.0, 1.0]]])
    empty = np.zeros((1, 1, 3))
    return Track(
        person, empty, np.zeros((1, 1, 2, 2)), None, np.zeros((1, 4)), np.zeros(1, dtype=bool),
        np.packbits(grid, axis=1)[None], T,
    )  # fmt: skip


def test_a_coarse_mask_moves_to_the_edge_that_colours_show() -> None:
    rng = np.random.default_rng(0)
    truth = _disc((48, 48), 25)
    image = 0.2 + 0.5 * truth[..., None] * np.array([1.0, 0.4, 0.1]) + 0.03 * rng.normal(size=(SIZE, SIZE, 3))
    coarse = np.kron(_disc((16.4, 15.6), 8.8, 32), np.ones((3, 3))).astype(np.float32)
    found = sharpened(image.astype(np.float32), coarse, np.ones((SIZE, SIZE), dtype=bool), 3.0)
    assert _overlap(found, truth) > 0.95 > _overlap(coarse, truth)


def test_without_colours_on_both_sides_the_mask_stays_as_it_was() -> None:
    coarse = _disc((48, 48), 1.5)
    image = np.zeros((SIZE, SIZE, 3), dtype=np.float32)
    np.testing.assert_array_equal(sharpened(image, coarse, np.ones((SIZE, SIZE), bool), 3.0), coarse)


def test_pixels_that_may_be_somebody_else_are_unknown() -> None:
    own, other = _disc((35, 48), 16), _disc((60, 48), 16)
    crop = crop_around(np.array([[-0.3, -0.3, 1.0], [0.3, 0.3, 1.0]]), CAMERA, SIZE)
    image = np.full((SIZE, SIZE, 3), 0.5, dtype=np.float32)
    inside = np.ones((SIZE, SIZE), dtype=bool)
    found = person_mask(image, inside, crop, CAMERA, _track(0, own), (_track(1, other),), 0)
    alone = person_mask(image, inside, crop, CAMERA, _track(0, own), (), 0)
    assert found is not None and alone is not None
    at = np.floor((60 - crop.corner[0]) / crop.step).astype(int), SIZE // 2
    assert found.known[at[1], at[0]] == 0.0 and alone.known.all()
    np.testing.assert_array_equal(found.mask, alone.mask)


def test_signed_distance_counts_pixels_to_the_edge() -> None:
    mask = np.zeros((9, 9), dtype=bool)
    mask[3:6, 3:6] = True
    distance = signed_distance(mask)
    assert distance[4, 4] == 2.0 and distance[4, 0] == -3.0


def test_smoothing_keeps_the_guides_edge() -> None:
    guide = np.zeros((40, 40))
    guide[:, 20:] = 1.0
    noisy = guide + np.random.default_rng(0).normal(0, 0.2, guide.shape)
    smooth = guided(guide, noisy, 4)
    assert np.abs(smooth - guide).max() < 0.12
    assert (smooth[:, 20] - smooth[:, 19]).min() > 0.8


@given(st.integers(0, 2**31))
def test_one_bad_mask_in_ten_loses_its_weight_and_good_ones_keep_theirs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    overlaps = 0.8 + 0.02 * rng.uniform(-1, 1, 30)
    bad = rng.choice(30, 3, replace=False)
    overlaps[bad] = rng.uniform(0.2, 0.6, 3)
    weights = trust(overlaps)
    assert weights[bad].max() < 0.2
    assert np.delete(weights, bad).min() > 0.9


def test_a_pose_that_is_equally_wrong_everywhere_costs_no_trust() -> None:
    np.testing.assert_array_equal(trust(np.full(12, 0.4)), 1.0)
