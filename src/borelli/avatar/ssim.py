"""Structural similarity of two pictures as a map, with the analytic derivative by the first.

Source: Wang et al. 2004, Image Quality Assessment: From Error Visibility to Structural Similarity;
11 x 11 Gaussian window of 1.5 pixels, pictures in [0, 1], black beyond the border.
"""

import numpy as np
from numba import njit, prange

WINDOW, SIGMA = 11, 1.5
C1, C2 = 0.01**2, 0.03**2


def ssim_map(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Similarity (H, W, C) in [-1, 1] of pictures (H, W, C) in [0, 1]."""
    return _compare(_planes(x), _planes(y))[0].transpose(1, 2, 0)


def ssim_with_gradient(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, np.ndarray]:
    """Weighted sum of 1 - SSIM, and its derivative by `x`.

    Args:
        x, y: (H, W, C) pictures in [0, 1], of one float type.
        weight: (H, W) of each pixel, for all channels alike.

    Returns:
        The sum over pixels and channels, and (H, W, C).
    """
    planes_x, planes_y = _planes(x), _planes(y)
    similarity, by_mean, by_xx, by_xy = _compare(planes_x, planes_y)
    value = float(np.sum(weight * (1.0 - similarity)))
    pulled = np.stack([-weight * by_mean, -weight * by_xx, -weight * by_xy]).astype(x.dtype)
    mean, xx, xy = _blur(pulled.reshape(-1, *weight.shape), window(x.dtype)).reshape(pulled.shape)
    gradient = mean + 2 * planes_x * xx + planes_y * xy
    return value, np.ascontiguousarray(gradient.transpose(1, 2, 0))


def window(dtype: np.dtype) -> np.ndarray:
    """(11,) weights of the separable window, sum 1."""
    offsets = np.arange(WINDOW) - WINDOW // 2
    weights = np.exp(-0.5 * (offsets / SIGMA) ** 2)
    return (weights / weights.sum()).astype(dtype)


def _planes(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture.transpose(2, 0, 1))


def _compare(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """SSIM (C, H, W) and its derivatives by the window's means of x, x x and x y."""
    moments = np.concatenate([x, y, x * x, y * y, x * y])
    blurred = _blur(moments, window(x.dtype)).reshape(5, *x.shape)
    return _similarity(blurred, x.dtype.type(C1), x.dtype.type(C2))


@njit(parallel=True, fastmath=True, cache=True)
def _similarity(moments, c1, c2):  # type: ignore[no-untyped-def]
    _, channels, height, width = moments.shape
    out = np.empty((4, channels, height, width), dtype=moments.dtype)
    for row in prange(channels * height):
        c, i = row // height, row % height
        for j in range(width):
            mx, my = moments[0, c, i, j], moments[1, c, i, j]
            xx, yy, xy = moments[2, c, i, j], moments[3, c, i, j], moments[4, c, i, j]
            a1, a2 = 2 * mx * my + c1, 2 * (xy - mx * my) + c2
            b1, b2 = mx * mx + my * my + c1, xx - mx * mx + yy - my * my + c2
            over = 1 / (b1 * b2)
            s = a1 * a2 * over
            out[0, c, i, j] = s
            out[1, c, i, j] = 2 * my * (a2 - a1) * over - 2 * mx * s * (1 / b1 - 1 / b2)
            out[2, c, i, j] = -s / b2
            out[3, c, i, j] = 2 * a1 * over
    return out[0], out[1], out[2], out[3]


@njit(parallel=True, fastmath=True, cache=True)
def _blur(planes, weights):  # type: ignore[no-untyped-def]
    """Separable window over (P, H, W); zero beyond the border, which makes the filter its own adjoint."""
    count, height, width = planes.shape
    half = len(weights) // 2
    out = np.empty_like(planes)
    for p in prange(count):
        padded = np.zeros(width + 2 * half, dtype=planes.dtype)
        across = np.empty((height, width), dtype=planes.dtype)
        for i in range(height):
            padded[half : half + width] = planes[p, i]
            _weighted_sum(padded, weights, across[i])
        for i in range(height):
            row = out[p, i]
            row[:] = 0.0
            for k in range(max(0, half - i), min(len(weights), height + half - i)):
                w = weights[k]
                source = across[i + k - half]
                for j in range(width):
                    row[j] += w * source[j]
    return out


@njit(fastmath=True, cache=True, inline="always")
def _weighted_sum(padded, weights, row):  # type: ignore[no-untyped-def]
    w0, w1, w2, w3, w4, w5 = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    for j in range(len(row)):
        row[j] = (
            w0 * (padded[j] + padded[j + 10])
            + w1 * (padded[j + 1] + padded[j + 9])
            + w2 * (padded[j + 2] + padded[j + 8])
            + w3 * (padded[j + 3] + padded[j + 7])
            + w4 * (padded[j + 4] + padded[j + 6])
            + w5 * padded[j + 5]
        )
