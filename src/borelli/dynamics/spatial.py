"""Spatial algebra on vectors of six numbers, compiled (Featherstone 2008, chapter 2).

Motion vectors are (angular, linear), force vectors (moment, force), both in world axes about one point.
Results are written into the first argument.
"""

import numpy as np
from numba import njit


@njit(cache=True, inline="always")
def cross(out, a, b):  # type: ignore[no-untyped-def]
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]


@njit(cache=True)
def motion_cross(out, v, m):  # type: ignore[no-untyped-def]
    """v x m of motion vectors (angular, linear)."""
    out[0] = v[1] * m[2] - v[2] * m[1]
    out[1] = v[2] * m[0] - v[0] * m[2]
    out[2] = v[0] * m[1] - v[1] * m[0]
    out[3] = v[1] * m[5] - v[2] * m[4] + v[4] * m[2] - v[5] * m[1]
    out[4] = v[2] * m[3] - v[0] * m[5] + v[5] * m[0] - v[3] * m[2]
    out[5] = v[0] * m[4] - v[1] * m[3] + v[3] * m[1] - v[4] * m[0]


@njit(cache=True)
def force_cross(out, v, f):  # type: ignore[no-untyped-def]
    """v x* f of a motion vector and a force vector (moment, force)."""
    out[0] = v[1] * f[2] - v[2] * f[1] + v[4] * f[5] - v[5] * f[4]
    out[1] = v[2] * f[0] - v[0] * f[2] + v[5] * f[3] - v[3] * f[5]
    out[2] = v[0] * f[1] - v[1] * f[0] + v[3] * f[4] - v[4] * f[3]
    out[3] = v[1] * f[5] - v[2] * f[4]
    out[4] = v[2] * f[3] - v[0] * f[5]
    out[5] = v[0] * f[4] - v[1] * f[3]


@njit(cache=True)
def spatial_inertia(G, m, c, tensor):  # type: ignore[no-untyped-def]
    """6 x 6 inertia about the origin, from mass, centre and world tensor about the centre."""
    square = c[0] * c[0] + c[1] * c[1] + c[2] * c[2]
    for i in range(3):
        for j in range(3):
            G[i, j] = tensor[i, j] - m * c[i] * c[j]
            G[i + 3, j + 3] = 0.0
        G[i, i] += m * square
        G[i + 3, i + 3] = m
    G[0, 3], G[0, 4], G[0, 5] = 0.0, -m * c[2], m * c[1]
    G[1, 3], G[1, 4], G[1, 5] = m * c[2], 0.0, -m * c[0]
    G[2, 3], G[2, 4], G[2, 5] = -m * c[1], m * c[0], 0.0
    for i in range(3):
        for j in range(3):
            G[j + 3, i] = G[i, j + 3]


@njit(cache=True)
def bias_matrix(B, G, v, momentum, column, image):  # type: ignore[no-untyped-def]
    """2 B = (v x*) G - G (v x) + (G v) x-bar*, column by column; scratch (6,) and (6,)."""
    unit = np.zeros(6)
    for k in range(6):
        unit[:] = 0.0
        unit[k] = 1.0
        force_cross(image, v, G[k])  # G is symmetric: row k is column k
        for i in range(6):
            B[i, k] = image[i]
        motion_cross(column, v, unit)
        for i in range(6):
            total = 0.0
            for j in range(6):
                total += G[i, j] * column[j]
            B[i, k] -= total
        force_cross(image, unit, momentum)
        for i in range(6):
            B[i, k] += image[i]


@njit(cache=True)
def product(out, A, x):  # type: ignore[no-untyped-def]
    for i in range(6):
        total = 0.0
        for j in range(6):
            total += A[i, j] * x[j]
        out[i] = total


@njit(cache=True)
def dot(a, b):  # type: ignore[no-untyped-def]
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] + a[4] * b[4] + a[5] * b[5]
