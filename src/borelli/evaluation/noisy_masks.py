"""Masks and depth maps with the errors of the networks that make them, from exact ones."""

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

EDGE_PX, EDGE_SCALE_PX = 1.0, 6.0
"""Standard deviation of the error of the outline, and the length along it over which the error changes."""
BAD = 0.10
"""Share of frames whose mask lacks a half of the person or has a piece of the background."""
BLOB = (0.15, 0.3)
"""Radius of such a piece over the height of the person."""
DEPTH_SCALE, DEPTH_NOISE, DEPTH_SCALE_PX = 0.02, 0.015, 12.0
"""Relative error of a whole clip and, changing over so many pixels, of each frame."""


def noisy_masks(masks: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Masks (T, H, W) bool with wandering outlines, and (T,) bool: which of them are bad beyond that."""
    bad = np.zeros(len(masks), dtype=bool)
    bad[rng.permutation(len(masks))[: int(np.ceil(BAD * len(masks)))]] = True
    result = np.stack([_wandering(mask, rng) for mask in masks])
    for t in np.flatnonzero(bad & masks.any(axis=(1, 2))):
        result[t] = _halved(result[t], rng) if rng.random() < 0.5 else _enlarged(result[t], rng)
    return result, bad


def noisy_depth(depth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Depth (T, H, W) float32 metres as a network would see it; NaN where the exact one is 0."""
    known = depth > 0
    scale = 1.0 + DEPTH_SCALE * rng.normal()
    noise = np.stack([_smooth(depth.shape[1:], DEPTH_SCALE_PX, rng) for _ in depth])
    return np.where(known, depth * scale * (1.0 + DEPTH_NOISE * noise), np.nan).astype(np.float32)


def _wandering(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if not mask.any() or mask.all():
        return mask.copy()
    inwards = distance_transform_edt(mask) - distance_transform_edt(~mask)
    # half a pixel: the outline lies between the outermost pixels inside and the innermost outside
    inwards = inwards - 0.5 * np.sign(inwards)
    return inwards + EDGE_PX * _smooth(mask.shape, EDGE_SCALE_PX, rng) > 0


def _smooth(shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> np.ndarray:
    """Noise of unit variance: white noise through a Gaussian of s pixels has that of 1 / (4 pi s^2)."""
    return 2.0 * np.sqrt(np.pi) * scale * gaussian_filter(rng.normal(size=shape), scale, mode="wrap")


def _halved(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    angle = rng.uniform(0.0, 2 * np.pi)
    grid = np.mgrid[: mask.shape[0], : mask.shape[1]]
    side = np.sin(angle) * (grid[0] - rows.mean()) + np.cos(angle) * (grid[1] - columns.mean())
    return mask & (side < 0)


def _enlarged(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    place = rng.integers(len(rows))
    radius = rng.uniform(*BLOB) * (np.ptp(rows) + 1)
    grid = np.mgrid[: mask.shape[0], : mask.shape[1]]
    return mask | (np.hypot(grid[0] - rows[place], grid[1] - columns[place]) < radius)
