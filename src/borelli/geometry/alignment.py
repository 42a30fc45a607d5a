"""Least-squares alignment of point sets (Procrustes), rigid or with scale, batched over leading axes.

Source: Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
IEEE PAMI 13(4), 1991.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

FEWEST = 3
"""Points that determine a transform."""


@dataclass(frozen=True)
class Similarity:
    """x -> scale * rotation @ x + translation, one per leading index."""

    scale: np.ndarray
    """(...)."""
    rotation: np.ndarray
    """(..., 3, 3)."""
    translation: np.ndarray
    """(..., 3)."""

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Points (..., N, 3) moved by the transform of their leading index."""
        turned = points @ np.swapaxes(self.rotation, -1, -2)
        return self.scale[..., None, None] * turned + self.translation[..., None, :]


def align(source: np.ndarray, target: np.ndarray, *, scale: bool) -> Similarity:
    """Transform that brings source (..., N, 3) closest to target (..., N, 3).

    Points that are NaN in either set do not count. With fewer than three usable points the
    transform is not determined and is NaN. Without `scale` the motion is rigid.
    """
    usable = np.isfinite(source + target).all(axis=-1, keepdims=True)
    count = usable.sum(axis=(-2, -1))
    weights = usable / np.maximum(count, 1)[..., None, None]
    a = np.where(usable, source, 0.0)
    b = np.where(usable, target, 0.0)
    mean_a = np.sum(weights * a, axis=-2)
    mean_b = np.sum(weights * b, axis=-2)
    a = a - mean_a[..., None, :]
    b = b - mean_b[..., None, :]
    u, singular, vt = np.linalg.svd(np.swapaxes(weights * b, -1, -2) @ a)
    # The last direction is mirrored when the best orthogonal matrix is a reflection.
    signs = np.ones_like(singular)
    signs[..., 2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * signs[..., None, :]) @ vt
    spread = np.sum(weights * a * a, axis=(-2, -1))
    factor = np.sum(singular * signs, axis=-1) / np.maximum(spread, 1e-300) if scale else np.ones_like(spread)
    translation = mean_b - factor[..., None] * (rotation @ mean_a[..., None])[..., 0]
    determined = np.asarray(count >= FEWEST)
    return Similarity(
        np.where(determined, factor, np.nan),
        np.where(determined[..., None, None], rotation, np.nan),
        np.where(determined[..., None], translation, np.nan),
    )


def align_runs(runs: Iterable[tuple[np.ndarray, np.ndarray]]) -> Similarity:
    """The rigid transform of `align_clip` for a clip that comes run by run.

    Args:
        runs: source and target points (t, N, 3) of some frames each.
    """
    count, sums, products, origin = 0, np.zeros((2, 3)), np.zeros((3, 3)), np.zeros(3)
    for source, target in runs:
        usable = np.isfinite(source + target).all(axis=-1)
        a, b = source[usable], target[usable]
        if count == 0 and len(b):
            origin = b[0]  # sums of products lose digits far from the origin
        a, b = a - origin, b - origin
        count += len(a)
        sums += a.sum(axis=0), b.sum(axis=0)
        products += b.T @ a
    if count < FEWEST:
        return Similarity(np.array(np.nan), np.full((3, 3), np.nan), np.full(3, np.nan))
    mean_a, mean_b = sums / count
    u, _, vt = np.linalg.svd(products / count - np.outer(mean_b, mean_a))
    rotation = (u * np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])) @ vt
    return Similarity(np.array(1.0), rotation, origin + mean_b - rotation @ (origin + mean_a))


def align_clip(source: np.ndarray, target: np.ndarray, *, scale: bool) -> Similarity:
    """One transform for a whole clip of points (T, N, 3)."""
    return align(source.reshape(-1, 3), target.reshape(-1, 3), scale=scale)
