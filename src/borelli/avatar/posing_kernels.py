"""Compiled loops of posing: vertices with the segments, Gaussians with the triangles, and both backwards.

One thread on purpose: ten thousand Gaussians take about a millisecond, and sums keep their order.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def move_vertices(rest, segments, weights, linear, moved):  # type: ignore[no-untyped-def]
    """Linear blend skinning of vertices (U, 3) by x -> linear (J, 3, 3) x + moved (J, 3)."""
    result = np.empty_like(rest)
    for v in range(len(rest)):
        x, y, z = rest[v, 0], rest[v, 1], rest[v, 2]
        r0, r1, r2 = 0.0, 0.0, 0.0
        for k in range(segments.shape[1]):
            w = weights[v, k]
            if w > 0.0:
                j = segments[v, k]
                A, b = linear[j], moved[j]
                r0 += w * (A[0, 0] * x + A[0, 1] * y + A[0, 2] * z + b[0])
                r1 += w * (A[1, 0] * x + A[1, 1] * y + A[1, 2] * z + b[1])
                r2 += w * (A[2, 0] * x + A[2, 1] * y + A[2, 2] * z + b[2])
        result[v, 0], result[v, 1], result[v, 2] = r0, r1, r2
    return result


@njit(cache=True, nogil=True)
def carry(vertices, corners, barycentric, offsets, quaternions):  # type: ignore[no-untyped-def]
    """Gaussians on posed triangles.

    Returns:
        means (N, 3), quaternions (N, 4) R_world_gaussian, R_world_triangle (N, 3, 3), and the same rotation
        as unit quaternions (N, 4). Triangles without area have the world's axes.
    """
    count = len(corners)
    means, turned = np.empty((count, 3)), np.empty((count, 4))
    frames, frame_quaternions = np.empty((count, 3, 3)), np.empty((count, 4))
    for n in range(count):
        R, q, p = frames[n], frame_quaternions[n], quaternions[n]
        i, j, k = corners[n, 0], corners[n, 1], corners[n, 2]
        _frame(vertices[i], vertices[j], vertices[k], R)
        _quaternion(R, q)
        u, v, w = barycentric[n, 0], barycentric[n, 1], barycentric[n, 2]
        for a in range(3):
            flat = u * vertices[i, a] + v * vertices[j, a] + w * vertices[k, a]
            means[n, a] = flat + offsets[n] * R[a, 2]
        turned[n, 0] = q[0] * p[0] - q[1] * p[1] - q[2] * p[2] - q[3] * p[3]
        turned[n, 1] = q[0] * p[1] + q[1] * p[0] + q[2] * p[3] - q[3] * p[2]
        turned[n, 2] = q[0] * p[2] - q[1] * p[3] + q[2] * p[0] + q[3] * p[1]
        turned[n, 3] = q[0] * p[3] + q[1] * p[2] - q[2] * p[1] + q[3] * p[0]
    return means, turned, frames, frame_quaternions


@njit(cache=True, nogil=True)
def carry_backward(vertices, corners, barycentric, offsets, posed, d_means, d_turned):  # type: ignore[no-untyped-def]
    """Derivatives by vertices (U, 3), offsets (N,) and quaternions (N, 4), given what `carry` returned.

    With t, b, n the axes of a triangle's frame, e = b - a its first edge, (p, q) its second in (t, b) and A
    twice its area, a motion of the edges turns the axes by
    dt.b = de.b / |e|, dt.n = de.n / |e|, dn.b = (p de.n - |e| df.n) / A.
    """
    _, turned, frames, frame_quaternions = posed
    d_vertices = np.zeros_like(vertices)
    d_offsets, d_quaternions = np.empty(len(corners)), np.empty((len(corners), 4))
    for m in range(len(corners)):
        R, g, dq, s = frames[m], d_means[m], d_turned[m], turned[m]
        i, j, k = corners[m, 0], corners[m, 1], corners[m, 2]
        d_offsets[m] = g[0] * R[0, 2] + g[1] * R[1, 2] + g[2] * R[2, 2]
        _conjugate_times(frame_quaternions[m], dq, d_quaternions[m])
        for a in range(3):
            d_vertices[i, a] += barycentric[m, 0] * g[a]
            d_vertices[j, a] += barycentric[m, 1] * g[a]
            d_vertices[k, a] += barycentric[m, 2] * g[a]
        # derivative by a small rotation of the frame, world axes
        x = 0.5 * (-dq[0] * s[1] + dq[1] * s[0] - dq[2] * s[3] + dq[3] * s[2])
        y = 0.5 * (-dq[0] * s[2] + dq[1] * s[3] + dq[2] * s[0] - dq[3] * s[1])
        z = 0.5 * (-dq[0] * s[3] - dq[1] * s[2] + dq[2] * s[1] + dq[3] * s[0])
        about_t = x * R[0, 0] + y * R[1, 0] + z * R[2, 0]
        about_b = x * R[0, 1] + y * R[1, 1] + z * R[2, 1]
        about_n = x * R[0, 2] + y * R[1, 2] + z * R[2, 2]
        along_t = offsets[m] * (g[0] * R[0, 0] + g[1] * R[1, 0] + g[2] * R[2, 0])
        along_b = offsets[m] * (g[0] * R[0, 1] + g[1] * R[1, 1] + g[2] * R[2, 1])
        length, ahead, width = _edges(vertices[i], vertices[j], vertices[k], R)
        if length * width <= 0.0:
            continue
        tilt = (along_b - about_t) / (length * width)
        e_n = tilt * ahead - (along_t + about_b) / length
        e_b, f_n = about_n / length, -tilt * length
        for a in range(3):
            e = e_n * R[a, 2] + e_b * R[a, 1]
            f = f_n * R[a, 2]
            d_vertices[i, a] -= e + f
            d_vertices[j, a] += e
            d_vertices[k, a] += f
    return d_vertices, d_offsets, d_quaternions


@njit(cache=True, nogil=True)
def gather(rest, segments, weights, linear, moved, d_vertices):  # type: ignore[no-untyped-def]
    """Derivatives by vertices, summed over each segment as forces on a rigid body.

    Returns:
        forces (J, 3), moments (J, 3) about the world's origin, virials (J,) = sum of force . position, and
        the derivative by the rest vertices (U, 3).
    """
    count = len(linear)
    forces, moments, virials = np.zeros((count, 3)), np.zeros((count, 3)), np.zeros(count)
    d_rest = np.empty_like(rest)
    for v in range(len(rest)):
        x, y, z = rest[v, 0], rest[v, 1], rest[v, 2]
        d0, d1, d2 = 0.0, 0.0, 0.0
        for k in range(segments.shape[1]):
            w = weights[v, k]
            if w > 0.0:
                j = segments[v, k]
                A, b = linear[j], moved[j]
                f0, f1, f2 = w * d_vertices[v, 0], w * d_vertices[v, 1], w * d_vertices[v, 2]
                p0 = A[0, 0] * x + A[0, 1] * y + A[0, 2] * z + b[0]
                p1 = A[1, 0] * x + A[1, 1] * y + A[1, 2] * z + b[1]
                p2 = A[2, 0] * x + A[2, 1] * y + A[2, 2] * z + b[2]
                forces[j, 0] += f0
                forces[j, 1] += f1
                forces[j, 2] += f2
                moments[j, 0] += p1 * f2 - p2 * f1
                moments[j, 1] += p2 * f0 - p0 * f2
                moments[j, 2] += p0 * f1 - p1 * f0
                virials[j] += p0 * f0 + p1 * f1 + p2 * f2
                d0 += A[0, 0] * f0 + A[1, 0] * f1 + A[2, 0] * f2
                d1 += A[0, 1] * f0 + A[1, 1] * f1 + A[2, 1] * f2
                d2 += A[0, 2] * f0 + A[1, 2] * f1 + A[2, 2] * f2
        d_rest[v, 0], d_rest[v, 1], d_rest[v, 2] = d0, d1, d2
    return forces, moments, virials, d_rest


@njit(cache=True, nogil=True)
def _frame(a, b, c, R):  # type: ignore[no-untyped-def]
    """Write the axes of a triangle into the columns of R: along b - a, across, outward normal."""
    e0, e1, e2 = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    f0, f1, f2 = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    n0, n1, n2 = e1 * f2 - e2 * f1, e2 * f0 - e0 * f2, e0 * f1 - e1 * f0
    along, area = np.sqrt(e0 * e0 + e1 * e1 + e2 * e2), np.sqrt(n0 * n0 + n1 * n1 + n2 * n2)
    if not area > 0.0:
        R[:] = 0.0
        R[0, 0], R[1, 1], R[2, 2] = 1.0, 1.0, 1.0
        return
    R[0, 0], R[1, 0], R[2, 0] = e0 / along, e1 / along, e2 / along
    R[0, 2], R[1, 2], R[2, 2] = n0 / area, n1 / area, n2 / area
    R[0, 1] = R[1, 2] * R[2, 0] - R[2, 2] * R[1, 0]
    R[1, 1] = R[2, 2] * R[0, 0] - R[0, 2] * R[2, 0]
    R[2, 1] = R[0, 2] * R[1, 0] - R[1, 2] * R[0, 0]


@njit(cache=True, nogil=True)
def _edges(a, b, c, R):  # type: ignore[no-untyped-def]
    """Length of the first edge, and the second edge along the first two axes of the frame."""
    length, ahead, width = 0.0, 0.0, 0.0
    for x in range(3):
        length += (b[x] - a[x]) * R[x, 0]
        ahead += (c[x] - a[x]) * R[x, 0]
        width += (c[x] - a[x]) * R[x, 1]
    return length, ahead, width


@njit(cache=True, nogil=True)
def _quaternion(R, q):  # type: ignore[no-untyped-def]
    """Unit wxyz quaternion of a rotation matrix, from its largest component (Shepperd 1978)."""
    trace = R[0, 0] + R[1, 1] + R[2, 2]
    big = 0
    if trace > 0.0:
        q[0], q[1], q[2], q[3] = 1.0 + trace, R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]
    else:
        for a in range(1, 3):
            if R[a, a] > R[big, big]:
                big = a
        x, y = (big + 1) % 3, (big + 2) % 3
        q[0] = R[y, x] - R[x, y]
        q[1 + big] = 1.0 + R[big, big] - R[x, x] - R[y, y]
        q[1 + x] = R[x, big] + R[big, x]
        q[1 + y] = R[y, big] + R[big, y]
    length = np.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
    for a in range(4):
        q[a] /= length


@njit(cache=True, nogil=True)
def _conjugate_times(q, p, result):  # type: ignore[no-untyped-def]
    """Write conj(q) p, which is the transpose of multiplying by a unit q from the left."""
    result[0] = q[0] * p[0] + q[1] * p[1] + q[2] * p[2] + q[3] * p[3]
    result[1] = q[0] * p[1] - q[1] * p[0] - q[2] * p[3] + q[3] * p[2]
    result[2] = q[0] * p[2] + q[1] * p[3] - q[2] * p[0] - q[3] * p[1]
    result[3] = q[0] * p[3] - q[1] * p[2] + q[2] * p[1] - q[3] * p[0]
