"""What posing an avatar needs of the body: the vertices under its Gaussians, and nothing of the rest."""

from dataclasses import dataclass

import numpy as np

from borelli.body.model import BodyModel


@dataclass(frozen=True, eq=False)
class Binding:
    """The part of a body's surface that carries Gaussians. N Gaussians, U vertices, S shape components."""

    model: BodyModel
    corners: np.ndarray
    """(N, 3) the triangle's vertices, as rows of the arrays below."""
    vertices: np.ndarray
    """(U, 3) bind pose, mean shape."""
    vertices_shape: np.ndarray
    """(3 U, S) derivative of the vertices by shape."""
    skin_segments: np.ndarray
    """(U, 4)."""
    skin_weights: np.ndarray
    """(U, 4) sum 1."""
    bind_joints: np.ndarray
    """(J, 3) joint centres of the mean shape in the bind pose."""
    bind_joints_shape: np.ndarray
    """(J, 3, S) their derivative by shape."""


def bind(faces: np.ndarray, model: BodyModel) -> Binding:
    """Gather what the triangles `faces` (N,) need; the same for all people and poses.

    Raises:
        IndexError: the body has fewer triangles.
    """
    used, corners = np.unique(model.faces[faces], return_inverse=True)
    centres, by_shape = _bind_joints(model)
    weights = model.skin_weights[used].astype(np.float64)
    return Binding(
        model=model,
        corners=corners.reshape(-1, 3).astype(np.int32),
        vertices=model.vertices[used],
        vertices_shape=np.ascontiguousarray(model.vertices_shape[used].reshape(-1, model.shape_size)),
        skin_segments=model.skin_segments[used].astype(np.int32),
        skin_weights=weights / weights.sum(axis=1, keepdims=True),
        bind_joints=centres,
        bind_joints_shape=by_shape,
    )


def _bind_joints(model: BodyModel) -> tuple[np.ndarray, np.ndarray]:
    """Joint centres (J, 3) in the bind pose at mean shape, and their derivative (J, 3, S) by shape."""
    count = len(model.joint_offsets)
    centres, by_shape = np.zeros((count, 3)), np.zeros((count, 3, model.shape_size))
    for j, parent in enumerate(model.skeleton.parents):
        if parent >= 0:
            centres[j] = centres[parent] + model.bind_rotations[parent] @ model.joint_offsets[j]
            turned = np.einsum("ab,bs->as", model.bind_rotations[parent], model.joint_offsets_shape[j])
            by_shape[j] = by_shape[parent] + turned
    return centres, by_shape
