"""How alike two pictures of a person are, inside a mask: PSNR, SSIM, and the overlap of masks.

Pictures are (H, W, 3) in [0, 1], display-referred; masks (H, W) bool.
"""

import numpy as np

from borelli.avatar.ssim import ssim_map


def psnr(picture: np.ndarray, reference: np.ndarray, mask: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels over the pixels of the mask.

    Infinite for equal pictures, NaN for an empty mask.
    """
    if not mask.any():
        return float("nan")
    square = float(np.mean((picture[mask].astype(np.float64) - reference[mask]) ** 2))
    return float(-10.0 * np.log10(square)) if square > 0 else float("inf")


def ssim(picture: np.ndarray, reference: np.ndarray, mask: np.ndarray) -> float:
    """Mean structural similarity over the pixels of the mask and the channels; NaN for an empty mask.

    What lies off the mask is taken from the reference in both, so that only the person is compared also by
    windows at the outline.
    Source: Wang et al. 2004, 11 x 11 Gaussian window of 1.5 px.
    """
    if not mask.any():
        return float("nan")
    wanted = reference.astype(np.float64)
    shown = np.where(mask[..., None], picture, wanted)
    return float(ssim_map(shown, wanted)[mask].mean())


def mask_iou(mask: np.ndarray, reference: np.ndarray) -> float:
    """Intersection over union of two masks; 1 when both are empty."""
    either = np.count_nonzero(mask | reference)
    return np.count_nonzero(mask & reference) / either if either else 1.0
