"""How far a rendered avatar is from a picture of the person, with analytic derivatives by the rendering.

Both are put over the same background colour, which a caller draws anew for every step: then transparency
cannot imitate a dark garment. Sums are over pixels and divided by the person's area, so that the size of a
crop does not matter. Shapes: (H, W) pixels of one crop, colours in [0, 1], depth in metres.
"""

from dataclasses import dataclass, replace

import numpy as np

from borelli.avatar.ssim import WINDOW, ssim_with_gradient

SEEN_ALPHA = 0.5
"""Where a rendering is less opaque than this, its depth is not compared."""
FAINT = 1e-4
"""Coverage below which a pixel is background."""
DEPTH_SCALE = 0.05
"""Metres: depth errors beyond this count linearly (Huber)."""


@dataclass(frozen=True)
class Target:
    """What a picture says about one person."""

    image: np.ndarray
    """(H, W, 3) colours in [0, 1]."""
    mask: np.ndarray
    """(H, W) share of the pixel that is the person, in [0, 1]."""
    known: np.ndarray
    """(H, W) in [0, 1]: 0 where the picture says nothing about this person: outside it, or somebody else."""
    depth: np.ndarray | None = None
    """(H, W) metres along the optical axis, NaN where unknown."""

    @property
    def area(self) -> float:
        """Pixels of the person, at least 1."""
        return max(float(np.sum(self.mask * self.known)), 1.0)

    def farther(self, factor: float) -> "Target":
        """The same with all metres multiplied."""
        return self if self.depth is None else replace(self, depth=factor * self.depth)


@dataclass(frozen=True)
class LossWeights:
    """Weights of the parts; all parts are means over the person's pixels."""

    l1: float = 0.8
    ssim: float = 0.2
    mask: float = 1.0
    depth: float = 1.0


@dataclass(frozen=True)
class PictureLoss:
    """Value, its parts before weighting, and the derivatives by the rendering."""

    value: float
    l1: float
    ssim: float
    """Mean of 1 - SSIM, which is 0 for equal pictures."""
    mask: float
    depth: float
    d_colour: np.ndarray
    """(H, W, 3) by the premultiplied colour."""
    d_alpha: np.ndarray
    """(H, W)."""
    d_depth: np.ndarray
    """(H, W) by the alpha-weighted depth."""
    d_log_metres: float
    """By the logarithm of a factor on the metres of the depth map."""


def picture_loss(
    colour: np.ndarray,
    alpha: np.ndarray,
    depth: np.ndarray,
    target: Target,
    background: np.ndarray,
    weights: LossWeights,
) -> PictureLoss:
    """Compare a rendering with a picture.

    Args:
        colour: (H, W, 3) premultiplied by alpha.
        alpha: (H, W).
        depth: (H, W) metres, sum of depths weighted as the colours are.
        target: the picture.
        background: (3,) colour behind both.
        weights: of the parts.
    """
    rows, columns = _touched(alpha, target.mask)
    near = Target(
        target.image[rows, columns],
        target.mask[rows, columns],
        target.known[rows, columns],
        None if target.depth is None else target.depth[rows, columns],
    )
    found = _compare(
        colour[rows, columns], alpha[rows, columns], depth[rows, columns], near, background, weights
    )
    whole = [np.zeros_like(array) for array in (colour, alpha, depth)]
    for array, part in zip(whole, (found.d_colour, found.d_alpha, found.d_depth), strict=True):
        array[rows, columns] = part
    return replace(found, d_colour=whole[0], d_alpha=whole[1], d_depth=whole[2])


def _touched(alpha: np.ndarray, mask: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns around everything that is not background in both, as wide as SSIM looks."""
    busy = (alpha > FAINT) | (mask > FAINT)
    parts = []
    for axis in (1, 0):
        index = np.flatnonzero(busy.any(axis=axis))
        first, last = (index[0], index[-1]) if len(index) else (0, 0)
        parts.append(slice(max(first - WINDOW, 0), last + WINDOW + 1))
    return parts[0], parts[1]


def _compare(
    colour: np.ndarray,
    alpha: np.ndarray,
    depth: np.ndarray,
    target: Target,
    background: np.ndarray,
    weights: LossWeights,
) -> PictureLoss:
    area = target.area
    shown = colour + (1 - alpha)[..., None] * background
    wanted = target.image * target.mask[..., None] + (1 - target.mask)[..., None] * background
    # unknown pixels agree by definition, also inside the windows of their neighbours
    shown = wanted + target.known[..., None] * (shown - wanted)
    l1, by_l1 = _l1(shown, wanted, area)
    ssim, by_ssim = _ssim(shown, wanted, target, area) if weights.ssim > 0 else (0.0, 0.0)
    d_shown = (weights.l1 * by_l1 + weights.ssim * by_ssim) * target.known[..., None]
    mask, by_mask = mask_loss(alpha, target)
    d_alpha = weights.mask * by_mask - d_shown @ background.astype(d_shown.dtype)
    far, d_depth, d_log_metres = 0.0, np.zeros_like(depth), 0.0
    if target.depth is not None and weights.depth > 0:
        far, by_depth, by_alpha, by_metres = depth_loss(depth, alpha, target)
        d_depth, d_log_metres = weights.depth * by_depth, weights.depth * by_metres
        d_alpha = d_alpha + weights.depth * by_alpha
    value = weights.l1 * l1 + weights.ssim * ssim + weights.mask * mask + weights.depth * far
    return PictureLoss(value, l1, ssim, mask, far, d_shown, d_alpha, d_depth, d_log_metres)


def _l1(shown: np.ndarray, wanted: np.ndarray, area: float) -> tuple[float, np.ndarray]:
    difference = shown - wanted
    count = 3 * area
    return float(np.abs(difference).sum() / count), np.sign(difference) / shown.dtype.type(count)


def _ssim(shown: np.ndarray, wanted: np.ndarray, target: Target, area: float) -> tuple[float, np.ndarray]:
    return ssim_with_gradient(shown, wanted, target.known / shown.dtype.type(3 * area))


def mask_loss(alpha: np.ndarray, target: Target) -> tuple[float, np.ndarray]:
    """Mean squared difference of coverage, and its derivative by alpha (H, W)."""
    scale = alpha.dtype.type(1 / target.area)
    difference = alpha - target.mask
    return (
        float(np.sum(target.known * difference * difference) * scale),
        2 * scale * target.known * difference,
    )


def depth_loss(
    depth: np.ndarray, alpha: np.ndarray, target: Target
) -> tuple[float, np.ndarray, np.ndarray, float]:
    """Mean Huber difference in metres of expected depth; derivatives by depth, alpha and log of the map."""
    assert target.depth is not None
    compared = (alpha > SEEN_ALPHA) & (target.mask > SEEN_ALPHA) & (target.known > 0)
    compared &= np.isfinite(target.depth)
    over = np.where(compared, 1 / np.maximum(alpha, SEEN_ALPHA), 0).astype(depth.dtype)
    expected = depth * over
    wanted = np.where(compared, np.nan_to_num(target.depth), 0)
    difference = np.where(compared, expected - wanted, 0)
    size = np.abs(difference)
    scale = target.known / target.area
    huber = np.where(size < DEPTH_SCALE, 0.5 * size**2 / DEPTH_SCALE, size - 0.5 * DEPTH_SCALE)
    slope = scale * np.clip(difference / DEPTH_SCALE, -1, 1)
    value, by_metres = float(np.sum(scale * huber)), -float(np.sum(slope * wanted))
    return value, slope * over, -slope * expected * over, by_metres
