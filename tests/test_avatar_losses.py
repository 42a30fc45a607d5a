"""Losses of a rendered picture: hand-computed values, and derivatives against finite differences."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import correlate

from borelli.avatar.losses import LossWeights, Target, depth_loss, mask_loss, picture_loss
from borelli.avatar.ssim import C1, C2, ssim_map, ssim_with_gradient, window

SIZE = (23, 19)


def _rendering(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    alpha = rng.uniform(0.55, 1.0, SIZE)
    return rng.uniform(0, 1, (*SIZE, 3)) * alpha[..., None], alpha, rng.uniform(2.0, 4.0, SIZE) * alpha


def _target(seed: int, depth: bool = False) -> Target:
    rng = np.random.default_rng(seed)
    metres = rng.uniform(2.0, 4.0, SIZE) if depth else None
    return Target(
        rng.uniform(0, 1, (*SIZE, 3)), rng.uniform(0, 1, SIZE), rng.uniform(0, 1, SIZE).round(), metres
    )


def _slope(function, x: np.ndarray, direction: np.ndarray, step: float = 1e-6) -> float:  # type: ignore[no-untyped-def]
    return (function(x + step * direction) - function(x - step * direction)) / (2 * step)


def test_similarity_is_what_a_dense_window_gives() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 1, (2, *SIZE))
    kernel = np.outer(window(x.dtype), window(x.dtype))

    def mean(values: np.ndarray) -> np.ndarray:
        return correlate(values, kernel, mode="constant")

    mx, my = mean(x), mean(y)
    vx, vy, cov = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    expected = (2 * mx * my + C1) * (2 * cov + C2) / ((mx**2 + my**2 + C1) * (vx + vy + C2))
    np.testing.assert_allclose(ssim_map(x[..., None], y[..., None])[..., 0], expected, atol=1e-12)


def test_equal_pictures_are_similar_everywhere() -> None:
    x = np.random.default_rng(1).uniform(0, 1, (*SIZE, 3)).astype(np.float32)
    np.testing.assert_allclose(ssim_map(x, x), 1.0, atol=1e-4)


def test_similarity_gradient_is_that_of_finite_differences() -> None:
    rng = np.random.default_rng(2)
    x, y, direction = rng.uniform(0, 1, (3, *SIZE, 2))
    weight = rng.uniform(0, 1, SIZE)
    gradient = ssim_with_gradient(x, y, weight)[1]
    expected = _slope(lambda value: ssim_with_gradient(value, y, weight)[0], x, direction)
    assert np.sum(gradient * direction) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("part", ["colour", "alpha", "depth"])
@pytest.mark.parametrize("seed", [0, 1])
def test_gradients_are_those_of_finite_differences(part: str, seed: int) -> None:
    colour, alpha, depth = _rendering(seed)
    target, background = _target(10 + seed, depth=True), np.array([0.3, 0.9, 0.1])
    weights = LossWeights(0.7, 0.3, 0.4, 0.5)
    values = {"colour": colour, "alpha": alpha, "depth": depth}
    found = picture_loss(colour, alpha, depth, target, background, weights)
    direction = np.random.default_rng(99).normal(size=values[part].shape)

    def value(x: np.ndarray) -> float:
        return picture_loss(
            **(values | {part: x}), target=target, background=background, weights=weights
        ).value

    expected = _slope(value, values[part], direction, 1e-7)
    assert np.sum(getattr(found, f"d_{part}") * direction) == pytest.approx(expected, rel=1e-4)


def test_absolute_difference_is_a_mean_over_the_persons_pixels() -> None:
    mask = np.zeros(SIZE)
    mask[5:9, 5:9] = 1.0
    target = Target(np.full((*SIZE, 3), 0.5), mask, np.ones(SIZE))
    found = picture_loss(
        0.7 * mask[..., None] * np.ones(3), mask, mask, target, np.zeros(3), LossWeights(ssim=0)
    )
    assert found.l1 == pytest.approx(0.2)
    assert found.mask == 0.0


def test_a_missing_person_costs_one_per_pixel_of_mask() -> None:
    mask = np.zeros(SIZE)
    mask[5:9, 5:9] = 1.0
    target = Target(np.zeros((*SIZE, 3)), mask, np.ones(SIZE))
    assert mask_loss(np.zeros(SIZE), target)[0] == pytest.approx(1.0)


def test_unknown_pixels_say_nothing() -> None:
    colour, alpha, depth = _rendering(3)
    target = _target(4)
    changed = Target(
        np.where(target.known[..., None] > 0, target.image, 1 - target.image),
        np.where(target.known > 0, target.mask, 1 - target.mask),
        target.known,
    )
    results = [
        picture_loss(colour, alpha, depth, seen, np.full(3, 0.5), LossWeights()) for seen in (target, changed)
    ]
    assert not results[0].d_alpha[target.known == 0].any()
    assert not results[0].d_colour[target.known == 0].any()
    assert results[0].mask == pytest.approx(results[1].mask)
    assert results[0].l1 == pytest.approx(results[1].l1)


def test_depth_is_compared_in_metres_where_both_know_it() -> None:
    mask = np.zeros(SIZE)
    mask[4:8, 4:8] = 1.0
    known_depth = np.where(mask > 0, 3.0, np.nan)
    target = Target(np.zeros((*SIZE, 3)), mask, np.ones(SIZE), known_depth)
    value, by_depth, _, by_metres = depth_loss(3.2 * np.ones(SIZE), np.ones(SIZE), target)
    assert value == pytest.approx(0.2 - 0.025)
    assert by_depth.sum() == pytest.approx(1.0)
    assert not by_depth[mask == 0].any()
    assert by_metres == pytest.approx(-3.0)


def test_a_factor_on_the_metres_has_the_derivative_that_finite_differences_find() -> None:
    colour, alpha, depth = _rendering(5)
    target, background, step = _target(15, depth=True), np.full(3, 0.5), 1e-5
    found = picture_loss(colour, alpha, depth, target, background, LossWeights())
    values = [
        picture_loss(colour, alpha, depth, target.farther(np.exp(s)), background, LossWeights()).value
        for s in (step, -step)
    ]
    assert found.d_log_metres == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-4)
    assert found.d_log_metres != 0
    assert replace(target, depth=None).farther(2.0).depth is None
