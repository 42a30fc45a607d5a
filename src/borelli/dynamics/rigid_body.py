"""Newton-Euler equations of a person over a whole clip, with analytic derivatives.

What the surroundings must do to a moving body: the wrench (moment about a point, force) that carries it
through its motion, and the torques of its joints. Spatial algebra in world axes about one point per frame
(Featherstone 2008, chapter 5); derivatives after Singh, Russell & Wensing 2022 (IEEE RA-L 7:1776), equations
for the partial derivatives of inverse dynamics in the ground frame.

Row layout of loads (T, 49), as the coordinates: rows of the pelvis rotations hold the moment (x, y, z) about
the pelvis joint, rows of the pelvis translations the force (x, y, z), all others the torque of their joint.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from borelli.body.inertia import Inertia
from borelli.body.kinematics import Pose
from borelli.body.skeleton import Skeleton

GRAVITY = 9.81
MOMENT, FORCE = slice(0, 3), slice(46, 49)
"""Rows of the wrench."""
HINGES = slice(3, 46)
"""Rows of the joint torques."""


@dataclass(frozen=True)
class Kinematics:
    """A clip's velocity and acceleration by central differences on its own, maybe uneven, times.

    v_t and a_t are linear in the three frames around t; the first and the last frame have none.
    """

    velocity_weights: np.ndarray
    """(3, T-2) 1/s: factors on frames t-1, t, t+1."""
    acceleration_weights: np.ndarray
    """(3, T-2) 1/s^2."""

    @staticmethod
    def of(times: np.ndarray) -> "Kinematics":
        """Weights for frames at `times` (T,) seconds."""
        before, after = np.diff(times)[:-1], np.diff(times)[1:]
        middle = (before + after) / 2
        velocity = np.stack([-0.5 / before, 0.5 / before - 0.5 / after, 0.5 / after])
        a, c = 1 / (before * middle), 1 / (after * middle)
        return Kinematics(velocity, np.stack([a, -(a + c), c]))

    def at(self, frames: np.ndarray) -> "Kinematics":
        """The same for some of the T-2 frames."""
        return Kinematics(self.velocity_weights[:, frames], self.acceleration_weights[:, frames])

    def velocity(self, q: np.ndarray) -> np.ndarray:
        """(T-2, C) of coordinates (T, C)."""
        return _around(self.velocity_weights, q)

    def acceleration(self, q: np.ndarray) -> np.ndarray:
        """(T-2, C) of coordinates (T, C)."""
        return _around(self.acceleration_weights, q)


def _around(weights: np.ndarray, q: np.ndarray) -> np.ndarray:
    w = weights[..., None]
    return w[0] * q[:-2] + w[1] * q[1:-1] + w[2] * q[2:]


@dataclass(frozen=True)
class Loads:
    """Loads and, where asked for, their derivatives by coordinates, velocities and accelerations."""

    values: np.ndarray
    """(T, 49) N m and N, see the module."""
    by_q: np.ndarray
    by_v: np.ndarray
    by_a: np.ndarray
    """(T, R, 49): R = 6 (moment, force) or 49 rows; R = 0 when not asked for."""


def inverse_dynamics(
    table: Skeleton, inertia: Inertia, pose: Pose, v: np.ndarray, a: np.ndarray, derivatives: str = "none"
) -> Loads:
    """Loads that carry a body through a motion under gravity (0, -9.81, 0).

    Args:
        table: topology.
        inertia: masses, centres and tensors of the segments.
        pose: of T frames.
        v, a: (T, 49) first and second time derivatives of the coordinates.
        derivatives: "none", "wrench" (rows moment and force only) or "all".
    """
    chain, start = table.chains
    frames, size = v.shape
    rows = {"none": 0, "wrench": 6, "all": size}[derivatives]
    values = np.zeros((frames, size))
    by = np.zeros((3, frames, rows, size))
    _loads_kernel(
        pose.hinge_axes,
        pose.joints,
        pose.rotations,
        np.ascontiguousarray(v),
        np.ascontiguousarray(a),
        table.parents,
        chain,
        start,
        inertia.masses,
        inertia.centres,
        inertia.tensors,
        values,
        by[0],
        by[1],
        by[2],
    )
    return Loads(values, *by)


@njit(cache=True, inline="always")
def _cross(out, a, b):  # type: ignore[no-untyped-def]
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]


@njit(cache=True)
def _motion_cross(out, v, m):  # type: ignore[no-untyped-def]
    """v x m of motion vectors (angular, linear)."""
    out[0] = v[1] * m[2] - v[2] * m[1]
    out[1] = v[2] * m[0] - v[0] * m[2]
    out[2] = v[0] * m[1] - v[1] * m[0]
    out[3] = v[1] * m[5] - v[2] * m[4] + v[4] * m[2] - v[5] * m[1]
    out[4] = v[2] * m[3] - v[0] * m[5] + v[5] * m[0] - v[3] * m[2]
    out[5] = v[0] * m[4] - v[1] * m[3] + v[3] * m[1] - v[4] * m[0]


@njit(cache=True)
def _force_cross(out, v, f):  # type: ignore[no-untyped-def]
    """v x* f of a motion vector and a force vector (moment, force)."""
    out[0] = v[1] * f[2] - v[2] * f[1] + v[4] * f[5] - v[5] * f[4]
    out[1] = v[2] * f[0] - v[0] * f[2] + v[5] * f[3] - v[3] * f[5]
    out[2] = v[0] * f[1] - v[1] * f[0] + v[3] * f[4] - v[4] * f[3]
    out[3] = v[1] * f[5] - v[2] * f[4]
    out[4] = v[2] * f[3] - v[0] * f[5]
    out[5] = v[0] * f[4] - v[1] * f[3]


@njit(cache=True)
def _spatial_inertia(G, m, c, tensor):  # type: ignore[no-untyped-def]
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
def _bias_matrix(B, G, v, momentum, column, image):  # type: ignore[no-untyped-def]
    """2 B = (v x*) G - G (v x) + (G v) x-bar*, column by column; scratch (6,) and (6,)."""
    unit = np.zeros(6)
    for k in range(6):
        unit[:] = 0.0
        unit[k] = 1.0
        _force_cross(image, v, G[k])  # G is symmetric: row k is column k
        for i in range(6):
            B[i, k] = image[i]
        _motion_cross(column, v, unit)
        for i in range(6):
            total = 0.0
            for j in range(6):
                total += G[i, j] * column[j]
            B[i, k] -= total
        _force_cross(image, unit, momentum)
        for i in range(6):
            B[i, k] += image[i]


@njit(cache=True)
def _product(out, A, x):  # type: ignore[no-untyped-def]
    for i in range(6):
        total = 0.0
        for j in range(6):
            total += A[i, j] * x[j]
        out[i] = total


@njit(cache=True)
def _dot(a, b):  # type: ignore[no-untyped-def]
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] + a[4] * b[4] + a[5] * b[5]


@njit(cache=True)
def _loads_kernel(  # type: ignore[no-untyped-def]
    axes, joints, rotations, v, a, parents, chain, start, masses, centres, tensors, values, by_q, by_v, by_a
):
    frames, size = v.shape
    segments = len(parents)
    rows = by_q.shape[1]
    order = np.empty(size, np.int64)  # degrees of freedom from the ground outwards
    above = np.empty(size, np.int64)  # place in `order` of the one before
    last = np.empty(segments, np.int64)
    owner = np.empty(size, np.int64)
    count = 3
    for k in range(3):
        order[k], above[k], owner[k] = size - 3 + k, k - 1, 0
    for j in range(segments):
        before = 2 if parents[j] < 0 else last[parents[j]]
        for k in range(start[j], start[j + 1]):
            order[count], above[count], owner[count] = chain[k], before, j
            before = count
            count += 1
        last[j] = before
    S, psi, psi2, S1 = np.empty((size, 6)), np.empty((size, 6)), np.empty((size, 6)), np.empty((size, 6))
    vel, acc = np.empty((size, 6)), np.empty((size, 6))
    G, B, f = np.empty((segments, 6, 6)), np.empty((segments, 6, 6)), np.empty((segments, 6))
    world, centre, tensor, half = np.empty(3), np.empty(3), np.empty((3, 3)), np.empty((3, 3))
    x, y, w, zero = np.empty(6), np.empty(6), np.empty(6), np.zeros(6)
    ground = np.zeros(6)
    ground[4] = GRAVITY  # gravity as an upward acceleration of the ground
    for t in range(frames):
        origin = joints[t, 0]
        for i in range(size):
            c = order[i]
            if i < 3:
                S[i] = 0.0
                S[i, 3 + i] = 1.0
            else:
                for k in range(3):
                    S[i, k] = axes[t, c, k]
                    world[k] = joints[t, owner[i], k] - origin[k]
                _cross(S[i, 3:], world, S[i, :3])
            v0 = zero if i == 0 else vel[above[i]]
            a0 = ground if i == 0 else acc[above[i]]
            _motion_cross(psi[i], v0, S[i])
            _motion_cross(psi2[i], a0, S[i])
            _motion_cross(x, v0, psi[i])
            for k in range(6):
                psi2[i, k] += x[k]
                vel[i, k] = v0[k] + S[i, k] * v[t, c]
                acc[i, k] = a0[k] + S[i, k] * a[t, c] + psi[i, k] * v[t, c]
            _motion_cross(S1[i], vel[i], S[i])
        for j in range(segments):
            R = rotations[t, j]
            for k in range(3):
                centre[k] = joints[t, j, k] - origin[k]
                for n in range(3):
                    centre[k] += R[k, n] * centres[j, n]
                    half[k, n] = (
                        R[k, 0] * tensors[j, 0, n] + R[k, 1] * tensors[j, 1, n] + R[k, 2] * tensors[j, 2, n]
                    )
            for k in range(3):
                for n in range(3):
                    tensor[k, n] = half[k, 0] * R[n, 0] + half[k, 1] * R[n, 1] + half[k, 2] * R[n, 2]
            _spatial_inertia(G[j], masses[j], centre, tensor)
            _product(x, G[j], vel[last[j]])
            _force_cross(y, vel[last[j]], x)
            _product(f[j], G[j], acc[last[j]])
            for k in range(6):
                f[j, k] += y[k]
            if rows:
                _bias_matrix(B[j], G[j], vel[last[j]], x, y, w)
        for j in range(segments - 1, 0, -1):
            p = parents[j]
            for k in range(6):
                f[p, k] += f[j, k]
                if rows:
                    for n in range(6):
                        G[p, k, n] += G[j, k, n]
                        B[p, k, n] += B[j, k, n]
        for k in range(3):
            values[t, k] = f[0, k]
            values[t, size - 3 + k] = f[0, 3 + k]
        for i in range(6, size):
            values[t, order[i]] = _dot(S[i], f[owner[i]])
        if rows == 0:
            continue
        for i in range(size):
            _derivatives(
                t, i, order, above, S, psi, psi2, S1, G[owner[i]], B[owner[i]], f[owner[i]], by_q, by_v, by_a
            )


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
    _product(by_acc, G, S[i])
    _product(x, B, psi[i])
    _product(y, G, psi2[i])
    _force_cross(z, S[i], f)
    for k in range(6):
        by_pos[k] = x[k] + y[k] + z[k]
        z[k] = psi[i, k] + S1[i, k]
    _product(x, B, S[i])
    _product(y, G, z)
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
            by_q[t, d, c], by_v[t, d, c] = _dot(S[j], by_pos), _dot(S[j], by_vel)
            by_a[t, d, c] = _dot(S[j], by_acc)
        if i >= 6:
            for k in range(6):
                z[k] = psi[j, k] + S1[j, k]
            by_q[t, c, d] = _dot(x, psi[j]) + _dot(by_acc, psi2[j])
            by_v[t, c, d] = _dot(x, S[j]) + _dot(by_acc, z)
            by_a[t, c, d] = _dot(by_acc, S[j])
        j = above[j]
