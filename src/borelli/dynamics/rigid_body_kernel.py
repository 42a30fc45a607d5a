"""The recursions of inverse dynamics and its derivatives, compiled; `rigid_body` says what they mean."""

import numpy as np
from numba import njit

from borelli.dynamics.spatial import (
    bias_matrix,
    cross,
    dot,
    force_cross,
    motion_cross,
    product,
    spatial_inertia,
)

GRAVITY = 9.81


@njit(cache=True)
def loads_kernel(  # type: ignore[no-untyped-def]
    axes, joints, rotations, v, a, parents, chain, start, masses, centres, tensors, values, by_q, by_v, by_a
):
    """Fill values (T, 49) and, where they have rows, by_q, by_v and by_a (T, R, 49)."""
    frames, size = v.shape
    segments, rows = len(parents), by_q.shape[1]
    order, above, owner, last = _degrees_of_freedom(size, parents, chain, start)
    S, psi, psi2, S1 = np.empty((size, 6)), np.empty((size, 6)), np.empty((size, 6)), np.empty((size, 6))
    vel, acc = np.empty((size, 6)), np.empty((size, 6))
    G, B, f = np.empty((segments, 6, 6)), np.empty((segments, 6, 6)), np.empty((segments, 6))
    for t in range(frames):
        _spread(t, axes, joints, v, a, order, above, owner, S, psi, psi2, S1, vel, acc)
        _segment_forces(t, rows > 0, joints, rotations, masses, centres, tensors, last, vel, acc, G, B, f)
        _collect(rows > 0, parents, G, B, f)
        for k in range(3):
            values[t, k] = f[0, k]
            values[t, size - 3 + k] = f[0, 3 + k]
        for i in range(6, size):
            values[t, order[i]] = dot(S[i], f[owner[i]])
        if rows == 0:
            continue
        for i in range(size):
            j = owner[i]
            _derivatives(t, i, order, above, S, psi, psi2, S1, G[j], B[j], f[j], by_q, by_v, by_a)


@njit(cache=True)
def _degrees_of_freedom(size, parents, chain, start):  # type: ignore[no-untyped-def]
    """Coordinates from the ground outwards, the one before each, their segments; the last of each segment."""
    segments = len(parents)
    order, above, owner = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    last = np.empty(segments, np.int64)
    for k in range(3):
        order[k], above[k], owner[k] = size - 3 + k, k - 1, 0
    count = 3
    for j in range(segments):
        before = 2 if parents[j] < 0 else last[parents[j]]
        for k in range(start[j], start[j + 1]):
            order[count], above[count], owner[count] = chain[k], before, j
            before = count
            count += 1
        last[j] = before
    return order, above, owner, last


@njit(cache=True)
def _spread(t, axes, joints, v, a, order, above, owner, S, psi, psi2, S1, vel, acc):  # type: ignore[no-untyped-def]
    """Axes S, velocities and accelerations from the ground outwards, and the derivatives of the axes."""
    size, origin = len(order), joints[t, 0]
    lever, x, zero, ground = np.empty(3), np.empty(6), np.zeros(6), np.zeros(6)
    ground[4] = GRAVITY  # gravity as an upward acceleration of the ground
    for i in range(size):
        c = order[i]
        if i < 3:
            S[i] = 0.0
            S[i, 3 + i] = 1.0
        else:
            for k in range(3):
                S[i, k] = axes[t, c, k]
                lever[k] = joints[t, owner[i], k] - origin[k]
            cross(S[i, 3:], lever, S[i, :3])
        v0 = zero if i == 0 else vel[above[i]]
        a0 = ground if i == 0 else acc[above[i]]
        motion_cross(psi[i], v0, S[i])
        motion_cross(psi2[i], a0, S[i])
        motion_cross(x, v0, psi[i])
        for k in range(6):
            psi2[i, k] += x[k]
            vel[i, k] = v0[k] + S[i, k] * v[t, c]
            acc[i, k] = a0[k] + S[i, k] * a[t, c] + psi[i, k] * v[t, c]
        motion_cross(S1[i], vel[i], S[i])


@njit(cache=True)
def _segment_forces(  # type: ignore[no-untyped-def]
    t, biased, joints, rotations, masses, centres, tensors, last, vel, acc, G, B, f
):
    """Inertia, bias and force of every segment alone."""
    origin = joints[t, 0]
    centre, tensor, half = np.empty(3), np.empty((3, 3)), np.empty((3, 3))
    x, y, w = np.empty(6), np.empty(6), np.empty(6)
    for j in range(len(masses)):
        R, own = rotations[t, j], tensors[j]
        for k in range(3):
            centre[k] = joints[t, j, k] - origin[k]
            for n in range(3):
                centre[k] += R[k, n] * centres[j, n]
                half[k, n] = R[k, 0] * own[0, n] + R[k, 1] * own[1, n] + R[k, 2] * own[2, n]
        for k in range(3):
            for n in range(3):
                tensor[k, n] = half[k, 0] * R[n, 0] + half[k, 1] * R[n, 1] + half[k, 2] * R[n, 2]
        spatial_inertia(G[j], masses[j], centre, tensor)
        product(x, G[j], vel[last[j]])
        force_cross(y, vel[last[j]], x)
        product(f[j], G[j], acc[last[j]])
        for k in range(6):
            f[j, k] += y[k]
        if biased:
            bias_matrix(B[j], G[j], vel[last[j]], x, y, w)


@njit(cache=True)
def _collect(biased, parents, G, B, f):  # type: ignore[no-untyped-def]
    """Add every segment to the one that carries it, from the tips inwards."""
    for j in range(len(parents) - 1, 0, -1):
        p = parents[j]
        for k in range(6):
            f[p, k] += f[j, k]
            if biased:
                for n in range(6):
                    G[p, k, n] += G[j, k, n]
                    B[p, k, n] += B[j, k, n]


@njit(cache=True)
def _derivatives(t, i, order, above, S, psi, psi2, S1, G, B, f, by_q, by_v, by_a):  # type: ignore[no-untyped-def]
    """Column of degree of freedom i in the rows before it, and its row in the columns before it."""
    size, rows = len(order), by_q.shape[1]
    x, y, z, by_pos, by_vel, by_acc = (
        np.empty(6),
        np.empty(6),
        np.empty(6),
        np.empty(6),
        np.empty(6),
        np.empty(6),
    )
    c = order[i]
    product(by_acc, G, S[i])
    product(x, B, psi[i])
    product(y, G, psi2[i])
    force_cross(z, S[i], f)
    for k in range(6):
        by_pos[k] = x[k] + y[k] + z[k]
        z[k] = psi[i, k] + S1[i, k]
    product(x, B, S[i])
    product(y, G, z)
    for k in range(6):
        by_vel[k] = x[k] + y[k]
    for k in range(6):
        row = k if rows == 6 else (k if k < 3 else size - 6 + k)
        by_q[t, row, c], by_v[t, row, c], by_a[t, row, c] = by_pos[k], by_vel[k], by_acc[k]
    if rows == 6:
        return
    for k in range(6):
        total = 0.0
        for n in range(6):
            total += B[n, k] * S[i, n]
        x[k] = total
    j = i
    while j >= 0:
        d = order[j]
        if j >= 6:
            by_q[t, d, c], by_v[t, d, c] = dot(S[j], by_pos), dot(S[j], by_vel)
            by_a[t, d, c] = dot(S[j], by_acc)
        if i >= 6:
            for k in range(6):
                z[k] = psi[j, k] + S1[j, k]
            by_q[t, c, d] = dot(x, psi[j]) + dot(by_acc, psi2[j])
            by_v[t, c, d] = dot(x, S[j]) + dot(by_acc, z)
            by_a[t, c, d] = dot(by_acc, S[j])
        j = above[j]
