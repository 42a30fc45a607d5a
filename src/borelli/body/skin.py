"""Linear blend skinning: the surface that follows the skeleton, frame by frame, and its normals.

Everything bound to segment j is scaled by the person's factor of that segment about its joint centre, then
turned and moved with the segment. Shapes: T frames, V vertices, J segments, F faces. World frame, metres.
"""

import numpy as np
from numba import njit, prange

from borelli.body.kinematics import Pose
from borelli.body.model import BodyModel, Person


def skin(model: BodyModel, person: Person, pose: Pose, vertex_subset: np.ndarray | None = None) -> np.ndarray:
    """Surface points (T, V, 3) float32, or (T, N, 3) for the vertex indices `vertex_subset` (N,).

    Needs no memory beyond the result: long clips can be skinned a few frames at a time.
    """
    index = slice(None) if vertex_subset is None else vertex_subset
    rest = model.vertices[index] + model.vertices_shape[index] @ person.shape
    scales = person.segment_scales(model.skeleton.groups)
    linear = np.einsum("tjab,jcb->tjac", pose.rotations, model.bind_rotations * scales[:, None, None])
    centres = bind_joints(model, Person(person.shape))
    moved = pose.joints - np.einsum("tjab,jb->tja", linear, centres)
    return _blend(
        rest.astype(np.float32),
        model.skin_segments[index],
        model.skin_weights[index].astype(np.float32),
        linear.astype(np.float32),
        moved.astype(np.float32),
    )


def bind_joints(model: BodyModel, person: Person) -> np.ndarray:
    """Joint centres (J, 3) in the bind pose, pelvis at the origin."""
    table = model.skeleton
    scales = person.segment_scales(table.groups)
    offsets = model.joint_offsets + model.joint_offsets_shape @ person.shape
    centres = np.zeros_like(offsets)
    for j, parent in enumerate(table.parents):
        if parent >= 0:
            centres[j] = centres[parent] + scales[parent] * model.bind_rotations[parent] @ offsets[j]
    return centres


def bind_pose(model: BodyModel, person: Person) -> Pose:
    """One frame in the bind pose (arms half raised); its hinge axes are undefined (NaN)."""
    axes = np.full((1, len(model.skeleton.axes), 3), np.nan)
    return Pose(model.bind_rotations[None], bind_joints(model, person)[None], axes)


def normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Outward unit normals (T, V, 3) float32 of vertices (T, V, 3), faces (F, 3) weighted by area."""
    return _normals(np.ascontiguousarray(vertices, dtype=np.float32), faces)


@njit(parallel=True, cache=True)
def _blend(rest, segments, weights, linear, moved):  # type: ignore[no-untyped-def]
    frames, count = len(linear), len(rest)
    result = np.empty((frames, count, 3), dtype=np.float32)
    for t in prange(frames):
        for v in range(count):
            x, y, z = rest[v]
            for a in range(3):
                total = np.float32(0.0)
                for k in range(segments.shape[1]):
                    w = weights[v, k]
                    if w > 0.0:
                        j = segments[v, k]
                        m = linear[t, j, a]
                        total += w * (m[0] * x + m[1] * y + m[2] * z + moved[t, j, a])
                result[t, v, a] = total
    return result


@njit(parallel=True, cache=True)
def _normals(vertices, faces):  # type: ignore[no-untyped-def]
    frames, count = vertices.shape[:2]
    result = np.zeros((frames, count, 3), dtype=np.float32)
    for t in prange(frames):
        for f in range(len(faces)):
            i, j, k = faces[f]
            a = vertices[t, j] - vertices[t, i]
            b = vertices[t, k] - vertices[t, i]
            n0 = a[1] * b[2] - a[2] * b[1]
            n1 = a[2] * b[0] - a[0] * b[2]
            n2 = a[0] * b[1] - a[1] * b[0]
            for c in (i, j, k):
                result[t, c, 0] += n0
                result[t, c, 1] += n1
                result[t, c, 2] += n2
        for v in range(count):
            length = np.sqrt(np.sum(result[t, v] ** 2))
            if length > 0.0:
                result[t, v] /= length
    return result
