"""Inverse kinematics frame after frame: each starts where the one before ended. One compiled loop.

Per frame the cost is that of the estimator's terms: robust squared distances to the markers, squared hinges
at the joint limits, a weak pull to a relaxed pose; and a weaker one to the frame before, which decides where
no marker speaks. Levenberg-Marquardt on 49 unknowns; a marker's Jacobian has only the columns of the hinges
between its segment and the ground.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit

from borelli.body.kinematics import Points, forward_kernel
from borelli.body.model import BodyModel, Person
from borelli.fitting.terms.coordinates import Limits, Rest

FASTEST = 30.0
"""Radians (and metres) per second: what the pull to the frame before allows within one sd."""


@dataclass(frozen=True)
class Rig:
    """A person with markers on, ready for the compiled loop."""

    offsets: np.ndarray
    """(J, 3) joint centres in their parents' frames, metres of this person."""
    local: np.ndarray
    """(M, 3) markers in the frames of their segments, metres of this person."""
    segments: np.ndarray
    """(M,)."""
    columns: np.ndarray
    """(M, longest) hinges that move each marker, -1 behind the last."""
    axes: np.ndarray
    parents: np.ndarray
    chain: np.ndarray
    start: np.ndarray
    origins: np.ndarray
    """(46,) segment that each hinge moves."""
    lower: np.ndarray
    upper: np.ndarray
    limit_precision: float
    rest: np.ndarray
    rest_precision: np.ndarray
    """(49,)."""


@dataclass(frozen=True)
class Stretch:
    """Frames to be solved one after the other."""

    frames: np.ndarray
    """(F,) indices in the order of solution."""
    start: np.ndarray
    """(49,) coordinates to begin with."""


def make_rig(model: BodyModel, person: Person, points: Points, limits: Limits, rest: Rest) -> Rig:
    """Scale the body and find which hinges move which marker."""
    table = model.skeleton
    scales = person.segment_scales(table.groups)
    offsets = (model.joint_offsets + model.joint_offsets_shape @ person.shape) * scales[table.parents][
        :, None
    ]
    local = (points.offsets + points.offsets_shape @ person.shape) * scales[points.segments][:, None]
    moves = table.moves()[table.hinge_segment][:, points.segments]
    columns = np.full((len(points.segments), max(int(moves.sum(axis=0).max(initial=0)), 1)), -1)
    for m in range(len(points.segments)):
        own = np.flatnonzero(moves[:, m])
        columns[m, : len(own)] = own
    chain, start = table.chains
    return Rig(
        offsets=offsets,
        local=local,
        segments=points.segments,
        columns=columns,
        axes=table.axes,
        parents=table.parents,
        chain=chain,
        start=start,
        origins=table.hinge_segment,
        lower=limits.lower,
        upper=limits.upper,
        limit_precision=1 / limits.sd,
        rest=np.asarray(rest.mean, dtype=np.float64),
        rest_precision=np.asarray(rest.precision, dtype=np.float64),
    )


def solve_stretches(
    rig: Rig,
    targets: np.ndarray,
    weight: np.ndarray,
    stretches: Sequence[Stretch],
    interval: float,
    robust: float,
    threads: int,
    iterations: int = 15,
) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates (T, 49) and final costs (T,) of all frames named in the stretches.

    Args:
        rig: the person with markers on.
        targets: (T, M, 3) metres; anything where the weight is zero.
        weight: (T, M) 1 / sd, zero where missing.
        stretches: solved independently of each other, so that threads do not change the result.
        interval: seconds between frames; sets the pull to the frame before. Infinite: none.
        robust: scale of the Geman-McClure loss in sd.
        threads: how many stretches at a time.
        iterations: at most, per frame.
    """
    coordinates = np.zeros((len(targets), len(rig.lower)))
    cost = np.zeros(len(targets))
    hold = 1 / (FASTEST * interval)
    fixed = (rig.offsets, rig.local, rig.segments, rig.columns, rig.axes, rig.parents, rig.chain, rig.start)
    prior = (rig.origins, rig.lower, rig.upper, rig.limit_precision, rig.rest, rig.rest_precision)

    def work(stretch: Stretch) -> None:
        _solve(
            stretch.frames, stretch.start, targets, weight, hold, robust, iterations, *fixed, *prior,
            coordinates, cost,
        )  # fmt: skip

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        list(pool.map(work, stretches))
    return coordinates, cost


@njit(cache=True, nogil=True)
def _solve(  # type: ignore[no-untyped-def]
    frames, first, targets, weight, hold, robust, iterations,
    offsets, local, segments, columns, axes, parents, chain, start,
    origins, lower, upper, limit_precision, rest, rest_precision, coordinates, cost,
):  # fmt: skip
    n = len(lower)
    q, before, trial = first.copy(), first.copy(), np.empty(n)
    H, L, g, step = np.zeros((n, n)), np.zeros((n, n)), np.zeros(n), np.zeros(n)
    for t in frames:
        before[:] = q
        damping = 1e-6
        best = _linearise(
            q, before, targets[t], weight[t], hold, robust, offsets, local, segments, columns, axes, parents,
            chain, start, origins, lower, upper, limit_precision, rest, rest_precision, True, H, g,
        )  # fmt: skip
        for _ in range(iterations):
            if not _cholesky(H, damping, L):
                damping = damping * 10 + 1e-6
                continue
            _back_substitute(L, g, step)
            largest = 0.0
            for i in range(n - 3):
                largest = max(largest, abs(step[i]))
            # a hinge that turns by more than half a radian has left what the linearisation knows
            shrink = min(1.0, 0.5 / max(largest, 1e-12))
            for i in range(n):
                trial[i] = q[i] - shrink * step[i]
            found = _linearise(
                trial, before, targets[t], weight[t], hold, robust, offsets, local, segments, columns, axes,
                parents, chain, start, origins, lower, upper, limit_precision, rest, rest_precision, False,
                H, g,
            )  # fmt: skip
            if found < best:
                q[:] = trial
                settled = best - found < 1e-5 * best + 1e-9 or largest < 1e-4
                best = found
                damping = damping * 0.2
                if settled:
                    break
                _linearise(
                    q, before, targets[t], weight[t], hold, robust, offsets, local, segments, columns, axes,
                    parents, chain, start, origins, lower, upper, limit_precision, rest, rest_precision, True,
                    H, g,
                )  # fmt: skip
            else:
                if largest < 1e-5:
                    break
                damping = max(damping, 1e-4) * 10
        coordinates[t] = q
        cost[t] = best


@njit(cache=True, nogil=True)
def _linearise(  # type: ignore[no-untyped-def]
    q, before, targets, weight, hold, robust, offsets, local, segments, columns, axes, parents, chain, start,
    origins, lower, upper, limit_precision, rest, rest_precision, with_derivatives, H, g,
):  # fmt: skip
    """Cost at q; on request the lower triangle of the normal matrix H and the gradient g."""
    n = len(q)
    hinges = n - 3
    rotations, joints, hinge_axes = forward_kernel(q.reshape(1, n), axes, parents, chain, start, offsets)
    if with_derivatives:
        H[:] = 0.0
        g[:] = 0.0
    cost = 0.0
    for i in range(n):
        a = (q[i] - rest[i]) * rest_precision[i]
        b = (q[i] - before[i]) * hold
        cost += a * a + b * b
        slope = 0.0
        excess = min(q[i] - lower[i], 0.0) + max(q[i] - upper[i], 0.0)
        if excess != 0.0:
            slope = limit_precision
            cost += (excess * slope) ** 2
        if with_derivatives:
            H[i, i] = rest_precision[i] ** 2 + hold * hold + slope * slope
            g[i] = a * rest_precision[i] + b * hold + excess * slope * slope
    J = np.empty((columns.shape[1] + 3, 3))
    index = np.empty(columns.shape[1] + 3, dtype=np.int64)
    c2 = robust * robust
    for m in range(len(segments)):
        if weight[m] == 0.0:
            continue
        R, origin = rotations[0, segments[m]], joints[0, segments[m]]
        l0, l1, l2 = local[m]
        x = origin[0] + R[0, 0] * l0 + R[0, 1] * l1 + R[0, 2] * l2
        y = origin[1] + R[1, 0] * l0 + R[1, 1] * l1 + R[1, 2] * l2
        z = origin[2] + R[2, 0] * l0 + R[2, 1] * l1 + R[2, 2] * l2
        r0, r1, r2 = x - targets[m, 0], y - targets[m, 1], z - targets[m, 2]
        squared = (r0 * r0 + r1 * r1 + r2 * r2) * weight[m] ** 2
        cost += c2 * squared / (c2 + squared)
        if not with_derivatives:
            continue
        w = (weight[m] * c2 / (c2 + squared)) ** 2
        count = 0
        for k in range(columns.shape[1]):
            h = columns[m, k]
            if h < 0:
                break
            o = joints[0, origins[h]]
            d0, d1, d2 = x - o[0], y - o[1], z - o[2]
            a0, a1, a2 = hinge_axes[0, h]
            J[count, 0] = a1 * d2 - a2 * d1
            J[count, 1] = a2 * d0 - a0 * d2
            J[count, 2] = a0 * d1 - a1 * d0
            index[count] = h
            count += 1
        for k in range(3):
            J[count] = 0.0
            J[count, k] = 1.0
            index[count] = hinges + k
            count += 1
        for i in range(count):
            j0, j1, j2 = w * J[i, 0], w * J[i, 1], w * J[i, 2]
            row = index[i]
            g[row] += j0 * r0 + j1 * r1 + j2 * r2
            for j in range(i + 1):
                H[row, index[j]] += j0 * J[j, 0] + j1 * J[j, 1] + j2 * J[j, 2]
    return cost


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _cholesky(H, damping, L):  # type: ignore[no-untyped-def]
    """L L^T = H + damping diag(H) from the lower triangle; False when not positive definite."""
    n = len(H)
    for i in range(n):
        for j in range(i + 1):
            total = H[i, j] * (1.0 + damping) + 1e-12 if i == j else H[i, j]
            for k in range(j):
                total -= L[i, k] * L[j, k]
            if i == j:
                if total <= 0.0:
                    return False
                L[i, i] = np.sqrt(total)
            else:
                L[i, j] = total / L[j, j]
    return True


@njit(cache=True, nogil=True)
def _back_substitute(L, g, step):  # type: ignore[no-untyped-def]
    """step = (L L^T)^-1 g."""
    n = len(g)
    for i in range(n):
        total = g[i]
        for k in range(i):
            total -= L[i, k] * step[k]
        step[i] = total / L[i, i]
    for i in range(n - 1, -1, -1):
        total = step[i]
        for k in range(i + 1, n):
            total -= L[k, i] * step[k]
        step[i] = total / L[i, i]
