"""PSNR, SSIM and overlap of masks: by hand, and SSIM by another implementation of its formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import correlate1d

from borelli.evaluation.pictures import mask_iou, psnr, ssim

WHOLE = np.ones((24, 20), dtype=bool)
LEFT = np.tile(np.arange(20) < 8, (24, 1))


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((24, 20, 3))


def test_a_tenth_of_the_range_off_everywhere_is_twenty_decibels() -> None:
    reference = 0.5 * picture(0)
    assert psnr(reference + 0.1, reference, WHOLE) == pytest.approx(20.0)


def test_only_the_mask_counts() -> None:
    reference = 0.5 * picture(0)
    changed = np.where(LEFT[..., None], reference + 0.01, reference + 0.4)
    assert psnr(changed, reference, LEFT) == pytest.approx(40.0)
    beyond = np.where(LEFT[..., None], reference, 0.9)
    assert ssim(beyond, reference, LEFT) == pytest.approx(1.0)


def test_equal_pictures_are_perfect_and_empty_masks_say_nothing() -> None:
    reference, nowhere = picture(0), np.zeros_like(WHOLE)
    assert psnr(reference, reference, WHOLE) == np.inf and ssim(reference, reference, WHOLE) == 1.0
    assert np.isnan(psnr(reference, reference, nowhere)) and np.isnan(ssim(reference, reference, nowhere))


def ssim_inside(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """The formula of the paper, with windows filled by both pictures everywhere."""
    x = np.arange(-5, 6)
    weights = np.exp(-(x**2) / (2 * 1.5**2))
    weights /= weights.sum()

    def mean(values: np.ndarray) -> np.ndarray:
        across = correlate1d(values, weights, axis=0, mode="constant")
        return correlate1d(across, weights, axis=1, mode="constant")

    ma, mb = mean(a), mean(b)
    va, vb, vab = mean(a * a) - ma**2, mean(b * b) - mb**2, mean(a * b) - ma * mb
    similarity = (2 * ma * mb + 1e-4) * (2 * vab + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))
    return float(similarity[mask].mean())


def test_ssim_is_the_formula_of_the_paper() -> None:
    a, b = picture(0), 0.7 * picture(0) + 0.3 * picture(1)
    assert ssim(a, b, WHOLE) == pytest.approx(ssim_inside(a, b, WHOLE), abs=1e-9)
    mixed = np.where(LEFT[..., None], a, b)
    assert ssim(a, b, LEFT) == pytest.approx(ssim_inside(mixed, b, LEFT), abs=1e-9)


@given(st.integers(0, 1000), st.floats(0.0, 0.3))
def test_more_noise_is_never_more_alike(seed: int, noise: float) -> None:
    reference, added = picture(seed), noise * (picture(seed + 1) - 0.5)
    near, far = reference + added, reference + 2 * added
    assert psnr(near, reference, LEFT) >= psnr(far, reference, LEFT)
    assert ssim(near, reference, LEFT) >= ssim(far, reference, LEFT) - 1e-9


def test_overlap_of_masks_by_hand() -> None:
    right = np.tile(np.arange(20) >= 4, (24, 1))
    assert mask_iou(LEFT, right) == pytest.approx(4 / 20)
    assert mask_iou(LEFT, LEFT) == 1.0 and mask_iou(LEFT, ~LEFT) == 0.0
    assert mask_iou(~WHOLE, ~WHOLE) == 1.0
