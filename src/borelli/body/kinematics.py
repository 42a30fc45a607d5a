"""Forward kinematics over whole clips, with analytic derivatives by coordinates, scale, lengths and shape.

Shapes: T frames, J segments, P points, C = 49 coordinates, U = 1 + 10 + S body unknowns in the order
log scale, log lengths, shape. Frames: world, metres, radians.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import LENGTH_GROUPS


@dataclass(frozen=True)
class Pose:
    """Segments of a person in every frame."""

    rotations: np.ndarray
    """(T, J, 3, 3) R_world_segment."""
    joints: np.ndarray
    """(T, J, 3) joint centres."""
    hinge_axes: np.ndarray
    """(T, 46, 3) unit axis of each hinge."""

    def at(self, frames: np.ndarray | slice) -> "Pose":
        """The same segments in some frames only."""
        return Pose(self.rotations[frames], self.joints[frames], self.hinge_axes[frames])


@dataclass(frozen=True)
class Points:
    """Points fixed to segments, as linear functions of shape."""

    segments: np.ndarray
    """(P,)."""
    offsets: np.ndarray
    """(P, 3) in the segment frame, metres at stature 1.70 m."""
    offsets_shape: np.ndarray
    """(P, 3, S)."""

    def at(self, index: np.ndarray) -> "Points":
        """Some of the points."""
        return Points(self.segments[index], self.offsets[index], self.offsets_shape[index])

    def and_then(self, more: "Points") -> "Points":
        """These points, then others."""
        return Points(
            np.r_[self.segments, more.segments],
            np.r_[self.offsets, more.offsets],
            np.r_[self.offsets_shape, more.offsets_shape],
        )


def joint_points(model: BodyModel) -> Points:
    """The joint centres themselves."""
    count = len(model.skeleton.segment_names)
    return Points(np.arange(count), np.zeros((count, 3)), np.zeros((count, 3, model.shape_size)))


def landmark_points(model: BodyModel, names: tuple[str, ...] | None = None) -> Points:
    """Landmarks by name, all of them by default."""
    index = [model.landmark(name) for name in names] if names is not None else slice(None)
    return Points(
        model.landmark_segments[index], model.landmark_offsets[index], model.landmark_offsets_shape[index]
    )


def forward(model: BodyModel, person: Person, coordinates: np.ndarray) -> Pose:
    """Pose of every segment from coordinates (T, 49)."""
    table = model.skeleton
    scales = person.segment_scales(table.groups)
    offsets = (model.joint_offsets + model.joint_offsets_shape @ person.shape) * scales[table.parents][
        :, None
    ]
    chain, start = table.chains
    q = np.ascontiguousarray(coordinates, dtype=np.float64)
    return Pose(*forward_kernel(q, table.axes, table.parents, chain, start, offsets))


def place(pose: Pose, points: Points, model: BodyModel, person: Person) -> np.ndarray:
    """World positions (T, P, 3) of body-fixed points."""
    local = points.offsets + points.offsets_shape @ person.shape
    local = local * person.segment_scales(model.skeleton.groups)[points.segments][:, None]
    turned = np.einsum("tpij,pj->tpi", pose.rotations[:, points.segments], local, optimize=True)
    return pose.joints[:, points.segments] + turned


def coordinate_jacobian(
    pose: Pose, positions: np.ndarray, points: Points, model: BodyModel, spare: int = 0
) -> np.ndarray:
    """d position / d coordinates, (T, P, 3, 49): axis x lever for hinges, identity for the translations.

    `spare` zero columns are left behind the 49 for other unknowns.
    """
    table = model.skeleton
    moves = table.moves()[table.hinge_segment][:, points.segments]
    return _coordinate_jacobian(pose.hinge_axes, pose.joints[:, table.hinge_segment], positions, moves, spare)


def body_jacobian(
    pose: Pose, points: Points, model: BodyModel, person: Person, with_shape: bool = True
) -> np.ndarray:
    """d position / d (log scale, log lengths, shape), (T, P, 3, U); without shape (T, P, 3, 11)."""
    table = model.skeleton
    scales = person.segment_scales(table.groups)
    groups = len(LENGTH_GROUPS)
    size = 1 + groups + model.shape_size * with_shape
    joints = np.zeros((*pose.joints.shape, size))
    for j, parent in enumerate(table.parents):
        if parent >= 0:
            joints[:, j] = joints[:, parent]
            rotation = pose.rotations[:, parent] * scales[parent]
            _add_local(
                joints[:, j],
                rotation,
                model.joint_offsets[j],
                model.joint_offsets_shape[j],
                person,
                int(table.groups[parent]),
                groups,
            )
    result = joints[:, points.segments]
    for p, segment in enumerate(points.segments):
        rotation = pose.rotations[:, segment] * scales[segment]
        _add_local(
            result[:, p],
            rotation,
            points.offsets[p],
            points.offsets_shape[p],
            person,
            int(table.groups[segment]),
            groups,
        )
    return result


def _add_local(
    target: np.ndarray,
    rotation: np.ndarray,
    offset: np.ndarray,
    by_shape: np.ndarray,
    person: Person,
    group: int,
    groups: int,
) -> None:
    """Add the derivative of one scaled, shaped, rotated local vector to (T, 3, U)."""
    turned = rotation @ (offset + by_shape @ person.shape)
    target[:, :, 0] += turned
    target[:, :, 1 + group] += turned
    if target.shape[2] > 1 + groups:
        target[:, :, 1 + groups :] += rotation @ by_shape


@njit(cache=True)
def forward_kernel(q, axes, parents, chain, start, offsets):  # type: ignore[no-untyped-def]
    """Scalar code on purpose: 3 x 3 products through BLAS cost ten times the arithmetic."""
    frames, segments, hinges = len(q), len(parents), len(axes)
    rotations = np.empty((frames, segments, 3, 3))
    joints = np.empty((frames, segments, 3))
    hinge_axes = np.empty((frames, hinges, 3))
    row = np.empty(3)
    for t in range(frames):
        for j in range(segments):
            parent = parents[j]
            R = rotations[t, j]
            for i in range(3):
                if parent < 0:
                    joints[t, j, i] = q[t, hinges + i] + offsets[j, i]
                    R[i, 0], R[i, 1], R[i, 2] = 0.0, 0.0, 0.0
                    R[i, i] = 1.0
                else:
                    P = rotations[t, parent]
                    joints[t, j, i] = joints[t, parent, i] + (
                        P[i, 0] * offsets[j, 0] + P[i, 1] * offsets[j, 1] + P[i, 2] * offsets[j, 2]
                    )
                    R[i, 0], R[i, 1], R[i, 2] = P[i, 0], P[i, 1], P[i, 2]
            for k in range(start[j], start[j + 1]):
                h = chain[k]
                x, y, z = axes[h, 0], axes[h, 1], axes[h, 2]
                s, c = np.sin(q[t, h]), np.cos(q[t, h])
                d = 1.0 - c
                for i in range(3):
                    row[0], row[1], row[2] = R[i, 0], R[i, 1], R[i, 2]
                    along = row[0] * x + row[1] * y + row[2] * z
                    hinge_axes[t, h, i] = along
                    # Rodrigues for a row vector: r c + (r . a) a (1 - c) + (r x a) s
                    R[i, 0] = row[0] * c + along * x * d + (row[1] * z - row[2] * y) * s
                    R[i, 1] = row[1] * c + along * y * d + (row[2] * x - row[0] * z) * s
                    R[i, 2] = row[2] * c + along * z * d + (row[0] * y - row[1] * x) * s
    return rotations, joints, hinge_axes


@njit(cache=True)
def _coordinate_jacobian(hinge_axes, origins, positions, moves, spare):  # type: ignore[no-untyped-def]
    frames, count = positions.shape[:2]
    hinges = hinge_axes.shape[1]
    result = np.zeros((frames, count, 3, hinges + 3 + spare))
    for t in range(frames):
        for p in range(count):
            for k in range(3):
                result[t, p, k, hinges + k] = 1.0
            for h in range(hinges):
                if moves[h, p]:
                    a0, a1, a2 = hinge_axes[t, h]
                    d0 = positions[t, p, 0] - origins[t, h, 0]
                    d1 = positions[t, p, 1] - origins[t, h, 1]
                    d2 = positions[t, p, 2] - origins[t, h, 2]
                    result[t, p, 0, h] = a1 * d2 - a2 * d1
                    result[t, p, 1, h] = a2 * d0 - a0 * d2
                    result[t, p, 2, h] = a0 * d1 - a1 * d0
    return result
