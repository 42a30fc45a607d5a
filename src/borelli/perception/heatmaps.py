"""Keypoints refined on their heatmaps, with a covariance that widens when the heatmap is unsure or split.

The refinement (mean of the 7 x 7 neighbourhood of the regressed point) is BlazePose's own; the covariance
is ours: second moments of the whole heatmap about the refined point, less those of a sharp peak, scaled so
that errors measured against a triangulated reference are about one standard deviation (docs/perception.md).
"""

import numpy as np
from numba import njit
from scipy.special import expit

HALF_WINDOW = 3
MINIMUM_PEAK = 0.5  # below this the regressed point is kept: BlazePose's own threshold
RELATIVE_BACKGROUND = 0.25  # heat below this share of the peak is the network's background
SHARP_SD = 5.0  # crop pixels: standard deviation of the heat of a keypoint that the network is sure of
FLOOR_SD = 2.0  # crop pixels: error that remains then
FAINT_PEAK = 0.6  # a lower peak widens in proportion


def refine(points: np.ndarray, logits: np.ndarray, crop_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Refined keypoints and their covariance in pixels of the network's crop.

    Args:
        points: (K, 2) regressed points, crop pixels.
        logits: (S, S, C >= K) heatmaps before the sigmoid.
        crop_size: side of the crop that the S cells cover.

    Returns:
        (K, 2) points and (K, 2, 2) covariances, crop pixels and their squares.
    """
    heat = expit(np.ascontiguousarray(np.moveaxis(logits[..., : len(points)], 2, 0)))
    refined, moments, peaks = _refine(points.astype(np.float64), heat, crop_size / logits.shape[0])
    return refined, _covariance(moments, peaks)


def _covariance(moments: np.ndarray, peaks: np.ndarray) -> np.ndarray:
    """(K, 2, 2) from second moments xx, xy, yy (K, 3): what exceeds a sharp peak, plus a floor."""
    matrices = moments[:, [0, 1, 1, 2]].reshape(-1, 2, 2)
    values, vectors = np.linalg.eigh(matrices)
    excess = np.maximum(values - SHARP_SD**2, 0.0)
    faint = np.maximum(FAINT_PEAK / np.maximum(peaks, 0.05), 1.0)
    variance = (excess + FLOOR_SD**2) * faint[:, None]
    return np.einsum("kij,kj,klj->kil", vectors, variance, vectors)


# without fast-math: its results differ between the process that compiles and those that load the code
@njit(cache=True, nogil=True)
def _window_mean(heat, column, row):
    """Heat-weighted mean cell of the neighbourhood and its highest heat."""
    size = heat.shape[0]
    total, x, y, peak = 0.0, 0.0, 0.0, 0.0
    for r in range(max(0, row - HALF_WINDOW), min(size, row + HALF_WINDOW + 1)):
        for c in range(max(0, column - HALF_WINDOW), min(size, column + HALF_WINDOW + 1)):
            weight = heat[r, c]
            total += weight
            x += weight * c
            y += weight * r
            peak = max(peak, weight)
    return x / total, y / total, peak


@njit(cache=True, nogil=True)
def _refine(points, heats, cell):
    size, count = heats.shape[1], points.shape[0]
    refined, moments, peaks = points.copy(), np.zeros((count, 3)), np.zeros(count)
    for k in range(count):
        heat = heats[k]
        column, row = int(points[k, 0] / cell), int(points[k, 1] / cell)
        if 0 <= column < size and 0 <= row < size:
            x, y, peaks[k] = _window_mean(heat, column, row)
            if peaks[k] >= MINIMUM_PEAK:
                refined[k, 0], refined[k, 1] = x * cell, y * cell
        total, background = 0.0, RELATIVE_BACKGROUND * heat.max()
        for r in range(size):
            for c in range(size):
                weight = heat[r, c]
                if weight > background:
                    dx, dy = c * cell - refined[k, 0], r * cell - refined[k, 1]
                    total += weight
                    moments[k, 0] += weight * dx * dx
                    moments[k, 1] += weight * dx * dy
                    moments[k, 2] += weight * dy * dy
        moments[k] /= max(total, 1e-6)
    return refined, moments, peaks
