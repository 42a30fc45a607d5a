"""Gaussians in the world to ellipses in the picture (EWA splatting), compiled, with the way back.

All of it in float64: the covariance of a flat Gaussian seen from the side is nearly singular.
Source: Zwicker et al. 2001, EWA splatting; gradients derived here, see docs/avatar.md.
"""

import math

from numba import njit, prange

from borelli.avatar.splat_window import BLUR, NEAR, SMALLEST_ALPHA

SCREEN = 12
"""Numbers of one Gaussian on the screen, see `project`."""
BLOCK = 4
"""Pixels of a block, each way."""


@njit(cache=True, error_model="numpy")
def rotation(q):  # type: ignore[no-untyped-def]
    """Rotation matrix as nine numbers, row by row, the unit quaternion, and the length of q (4,) wxyz."""
    length = math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
    w, x, y, z = q[0] / length, q[1] / length, q[2] / length, q[3] / length
    matrix = (
        1.0 - 2.0 * (y * y + z * z),
        2.0 * (x * y - w * z),
        2.0 * (x * z + w * y),
        2.0 * (x * y + w * z),
        1.0 - 2.0 * (x * x + z * z),
        2.0 * (y * z - w * x),
        2.0 * (x * z - w * y),
        2.0 * (y * z + w * x),
        1.0 - 2.0 * (x * x + y * y),
    )
    return matrix, (w, x, y, z), length


@njit(cache=True, error_model="numpy")
def camera_point(mean, T):  # type: ignore[no-untyped-def]
    """Camera coordinates of a world point (3,) under T (4, 4)."""
    x = T[0, 0] * mean[0] + T[0, 1] * mean[1] + T[0, 2] * mean[2] + T[0, 3]
    y = T[1, 0] * mean[0] + T[1, 1] * mean[1] + T[1, 2] * mean[2] + T[1, 3]
    z = T[2, 0] * mean[0] + T[2, 1] * mean[1] + T[2, 2] * mean[2] + T[2, 3]
    return x, y, z


@njit(cache=True, error_model="numpy")
def spread(point, T, lens, Q, scales):  # type: ignore[no-untyped-def]
    """Derivative of the pixel by the Gaussian's own axes.

    Args:
        point: camera coordinates x, y, z.
        T: (4, 4) camera from world.
        lens: fx, fy, cx, cy and the limits of x / z (low, high) and y / z (low, high).
        Q: nine numbers of R_world_gaussian.
        scales: three standard deviations, metres.

    Returns:
        W (six numbers): rows of the derivative by world points; U (six): rows of W Q diag(scales).
    """
    x, y, z = point
    tx = min(max(x / z, lens[4]), lens[5])
    ty = min(max(y / z, lens[6]), lens[7])
    ax, ay = lens[0] / z, lens[1] / z
    W = (
        ax * (T[0, 0] - tx * T[2, 0]),
        ax * (T[0, 1] - tx * T[2, 1]),
        ax * (T[0, 2] - tx * T[2, 2]),
        ay * (T[1, 0] - ty * T[2, 0]),
        ay * (T[1, 1] - ty * T[2, 1]),
        ay * (T[1, 2] - ty * T[2, 2]),
    )
    U = (
        (W[0] * Q[0] + W[1] * Q[3] + W[2] * Q[6]) * scales[0],
        (W[0] * Q[1] + W[1] * Q[4] + W[2] * Q[7]) * scales[1],
        (W[0] * Q[2] + W[1] * Q[5] + W[2] * Q[8]) * scales[2],
        (W[3] * Q[0] + W[4] * Q[3] + W[5] * Q[6]) * scales[0],
        (W[3] * Q[1] + W[4] * Q[4] + W[5] * Q[7]) * scales[1],
        (W[3] * Q[2] + W[4] * Q[5] + W[5] * Q[8]) * scales[2],
    )
    return W, U


@njit(cache=True, error_model="numpy")
def covariance(U):  # type: ignore[no-untyped-def]
    """Variances a (x), c (y) and covariance b of the ellipse, pixels squared, with the blur."""
    a = U[0] * U[0] + U[1] * U[1] + U[2] * U[2] + BLUR
    b = U[0] * U[3] + U[1] * U[4] + U[2] * U[5]
    c = U[3] * U[3] + U[4] * U[4] + U[5] * U[5] + BLUR
    return a, b, c


@njit(cache=True, error_model="numpy")
def block_range(centre, half, size):  # type: ignore[no-untyped-def]
    """First and last block that [centre - half, centre + half] pixels meet; (1, 0) when none."""
    if not (centre + half >= 0.0 and centre - half <= size - 1.0):
        return 1, 0
    first = math.ceil(max(0.0, centre - half))
    last = math.floor(min(size - 1.0, centre + half))
    if last < first:
        return 1, 0
    return first // BLOCK, last // BLOCK


@njit(cache=True, parallel=True, error_model="numpy")
def project(means, quaternions, scales, opacities, colours, T, lens, size, window, screen, boxes, depths):  # type: ignore[no-untyped-def]
    """Ellipses of all Gaussians, and how many had a number that is not finite.

    Args:
        means, quaternions, colours: the arrays of `Gaussians`, float64.
        scales: (N, 3) standard deviations, metres.
        opacities: (N,) in 0..1.
        T: (4, 4) camera from world.
        lens: (8,) as for `spread`.
        size: width, height.
        window: floor, gain, reach (inf: to the smallest alpha).
        screen: (N, 12) float32, written: centre x, y; k, m, n with
            s = (k dx - m dy)^2 + n dy^2; opacity times gain; largest s; red, green, blue, depth; opacity.
        boxes: (N, 4) int32, written: first and last block across, first and last down; 1, 0 when unseen.
        depths: (N,) float32, written: metres; never negative, so that its bits sort as it does.
    """
    wrong = 0
    for i in prange(len(means)):
        total = opacities[i]
        for k in range(3):
            total += means[i, k] + scales[i, k] + colours[i, k]
        q = quaternions[i]
        squared = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]
        boxes[i, 0], boxes[i, 1], boxes[i, 2], boxes[i, 3] = 1, 0, 1, 0
        depths[i] = 0.0
        if not (math.isfinite(total) and math.isfinite(squared) and squared > 0.0):
            wrong += 1
            continue
        x, y, z = camera_point(means[i], T)
        opacity = opacities[i]
        reach = window[2] if math.isfinite(window[2]) else math.log(max(opacity / SMALLEST_ALPHA, 1e-9))
        if z < NEAR or reach <= 0.0 or opacity <= 0.0:
            continue
        _, U = spread((x, y, z), T, lens, rotation(q)[0], scales[i])
        a, b, c = covariance(U)
        if not math.isfinite(a * c):
            wrong += 1
            continue
        u, v = lens[0] * x / z + lens[2], lens[1] * y / z + lens[3]
        left, right = block_range(u, math.sqrt(2.0 * reach * a), size[0])
        top, low = block_range(v, math.sqrt(2.0 * reach * c), size[1])
        if right < left or low < top:
            continue
        boxes[i, 0], boxes[i, 1], boxes[i, 2], boxes[i, 3] = left, right, top, low
        depths[i] = z
        narrow = math.sqrt(0.5 / (a - b * b / c))
        screen[i, 0], screen[i, 1] = u, v
        screen[i, 2], screen[i, 3], screen[i, 4] = narrow, narrow * b / c, 0.5 / c
        screen[i, 5], screen[i, 6] = opacity * window[1], reach
        for k in range(3):
            screen[i, 7 + k] = colours[i, k]
        screen[i, 10], screen[i, 11] = z, opacity
    return wrong
