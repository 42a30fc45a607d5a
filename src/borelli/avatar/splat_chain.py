"""From ellipses in the picture back to Gaussians in the world, compiled: the chain rule, in float64."""

from numba import njit, prange

from borelli.avatar.splat_projection import camera_point, covariance, rotation, spread


@njit(cache=True, error_model="numpy")
def quaternion_gradient(unit, length, G):  # type: ignore[no-untyped-def]
    """Gradient by a quaternion of any length, from that by the nine numbers of its rotation matrix."""
    w, x, y, z = unit
    g = (
        2.0 * (x * (G[7] - G[5]) + y * (G[2] - G[6]) + z * (G[3] - G[1])),
        2.0 * (w * (G[7] - G[5]) + y * (G[1] + G[3]) + z * (G[2] + G[6]) - 2.0 * x * (G[4] + G[8])),
        2.0 * (w * (G[2] - G[6]) + x * (G[1] + G[3]) + z * (G[5] + G[7]) - 2.0 * y * (G[0] + G[8])),
        2.0 * (w * (G[3] - G[1]) + x * (G[2] + G[6]) + y * (G[5] + G[7]) - 2.0 * z * (G[0] + G[4])),
    )
    along = g[0] * w + g[1] * x + g[2] * y + g[3] * z
    return (
        (g[0] - along * w) / length,
        (g[1] - along * x) / length,
        (g[2] - along * y) / length,
        (g[3] - along * z) / length,
    )


@njit(cache=True, error_model="numpy")
def spread_gradient(U, moments):  # type: ignore[no-untyped-def]
    """Gradient by U (six numbers) with Sigma = U U^T + blur, and by the centre.

    With C the inverse of Sigma, d = pixel - centre and s = d^T C d / 2, the gradient by Sigma is
    C M C / 2 for M the sum of t d d^T, so by U it is C M C U; by the centre it is C times the sum of t d.
    """
    a, b, c = covariance(U)
    determinant = max((a - b * b / c) * c, 1e-300)
    A, B, D = c / determinant, -b / determinant, a / determinant
    x, y, xx, xy, yy = moments
    p, q = A * xx + B * xy, A * xy + B * yy
    r, s = B * xx + D * xy, B * xy + D * yy
    e, f, g = p * A + q * B, p * B + q * D, r * B + s * D
    by_U = (
        e * U[0] + f * U[3],
        e * U[1] + f * U[4],
        e * U[2] + f * U[5],
        f * U[0] + g * U[3],
        f * U[1] + g * U[4],
        f * U[2] + g * U[5],
    )
    return by_U, A * x + B * y, B * x + D * y


@njit(cache=True, error_model="numpy")
def point_gradient(point, T, lens, by_W, by_u, by_v, by_depth):  # type: ignore[no-untyped-def]
    """Gradient by camera coordinates, from those by W (six numbers), the centre and the depth."""
    x, y, z = point
    tx, ty = min(max(x / z, lens[4]), lens[5]), min(max(y / z, lens[6]), lens[7])
    by_ax = by_W[0] * T[0, 0] + by_W[1] * T[0, 1] + by_W[2] * T[0, 2]
    by_ay = by_W[3] * T[1, 0] + by_W[4] * T[1, 1] + by_W[5] * T[1, 2]
    by_zx = by_W[0] * T[2, 0] + by_W[1] * T[2, 1] + by_W[2] * T[2, 2]
    by_zy = by_W[3] * T[2, 0] + by_W[4] * T[2, 1] + by_W[5] * T[2, 2]
    ax, ay = lens[0] / z, lens[1] / z
    by_x, by_y = by_u * ax, by_v * ay
    by_z = by_depth - (by_x * x + by_y * y) / z
    by_z -= (ax * (by_ax - tx * by_zx) + ay * (by_ay - ty * by_zy)) / z
    if lens[4] < x / z < lens[5]:
        by_x -= ax * by_zx / z
        by_z += ax * by_zx * tx / z
    if lens[6] < y / z < lens[7]:
        by_y -= ay * by_zy / z
        by_z += ay * by_zy * ty / z
    return by_x, by_y, by_z


@njit(cache=True, parallel=True, error_model="numpy")
def chain(
    means,
    quaternions,
    scales,
    T,
    lens,
    screen,
    firsts,
    pairs,
    by_mean,
    by_q,
    by_scale,
    by_logit,
    by_colour,
):  # type: ignore[no-untyped-def]
    """Sum every Gaussian's rows of `pairs` in a fixed order and carry them back to its parameters.

    Args:
        means, quaternions, scales, T, lens, screen: as for `splat_projection.project`.
        firsts: (N + 1,) rows firsts[i] to firsts[i + 1] of `pairs` are Gaussian i's.
        pairs: (P, 10) as `splat_backward.differentiate` left them.
        by_mean, by_q, by_scale, by_logit, by_colour: written, float64, shapes of the arrays of `Gaussians`.
    """
    for i in prange(len(means)):
        x = y = xx = xy = yy = peak = red = green = blue = depth = 0.0
        for p in range(firsts[i], firsts[i + 1]):
            x, y, xx, xy, yy = (
                x + pairs[p, 0],
                y + pairs[p, 1],
                xx + pairs[p, 2],
                xy + pairs[p, 3],
                yy + pairs[p, 4],
            )
            peak, depth = peak + pairs[p, 5], depth + pairs[p, 9]
            red, green, blue = red + pairs[p, 6], green + pairs[p, 7], blue + pairs[p, 8]
        if firsts[i] == firsts[i + 1]:
            by_mean[i], by_q[i], by_scale[i], by_colour[i], by_logit[i] = 0.0, 0.0, 0.0, 0.0, 0.0
            continue
        by_colour[i, 0], by_colour[i, 1], by_colour[i, 2] = red, green, blue
        by_logit[i] = peak * (1.0 - screen[i, 11])
        point = camera_point(means[i], T)
        Q, unit, length = rotation(quaternions[i])
        s = scales[i]
        W, U = spread(point, T, lens, Q, s)
        by_U, by_u, by_v = spread_gradient(U, (x, y, xx, xy, yy))
        for k in range(3):
            by_scale[i, k] = by_U[k] * U[k] + by_U[3 + k] * U[3 + k]
        E = (by_U[0] * s[0], by_U[1] * s[1], by_U[2] * s[2])
        F = (by_U[3] * s[0], by_U[4] * s[1], by_U[5] * s[2])
        by_Q = (
            W[0] * E[0] + W[3] * F[0], W[0] * E[1] + W[3] * F[1], W[0] * E[2] + W[3] * F[2],
            W[1] * E[0] + W[4] * F[0], W[1] * E[1] + W[4] * F[1], W[1] * E[2] + W[4] * F[2],
            W[2] * E[0] + W[5] * F[0], W[2] * E[1] + W[5] * F[1], W[2] * E[2] + W[5] * F[2],
        )  # fmt: skip
        q = quaternion_gradient(unit, length, by_Q)
        by_q[i, 0], by_q[i, 1], by_q[i, 2], by_q[i, 3] = q[0], q[1], q[2], q[3]
        by_W = (
            E[0] * Q[0] + E[1] * Q[1] + E[2] * Q[2],
            E[0] * Q[3] + E[1] * Q[4] + E[2] * Q[5],
            E[0] * Q[6] + E[1] * Q[7] + E[2] * Q[8],
            F[0] * Q[0] + F[1] * Q[1] + F[2] * Q[2],
            F[0] * Q[3] + F[1] * Q[4] + F[2] * Q[5],
            F[0] * Q[6] + F[1] * Q[7] + F[2] * Q[8],
        )
        px, py, pz = point_gradient(point, T, lens, by_W, by_u, by_v, depth)
        for k in range(3):
            by_mean[i, k] = px * T[0, k] + py * T[1, k] + pz * T[2, k]
