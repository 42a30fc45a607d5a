"""Linear blend skinning with full weight matrices, as SMPL and SKEL define it."""

import numpy as np

FRAMES_AT_ONCE = 64
"""Bounds memory: whole sequences of whole meshes do not fit."""


def blend(weights: np.ndarray, T_world_rest: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points moved by the weighted mean of transforms.

    Args:
        weights: (V, J), rows sum to 1.
        T_world_rest: (T, J, 4, 4) from rest to world, metres.
        points: (T, V, 3) rest positions.

    Returns:
        (T, V, 3) world positions.
    """
    result = np.empty_like(points)
    for first in range(0, len(points), FRAMES_AT_ONCE):
        run = slice(first, first + FRAMES_AT_ONCE)
        mixed = np.einsum("vj,tjab->tvab", weights, T_world_rest[run, :, :3], optimize=True)
        result[run] = np.einsum("tvab,tvb->tva", mixed[..., :3], points[run]) + mixed[..., 3]
    return result


def from_rest(T_world_joint: np.ndarray, rest_joints: np.ndarray) -> np.ndarray:
    """T_world_rest (..., J, 4, 4) of joint frames (..., J, 4, 4) whose rest origins are (J, 3), unrotated."""
    result = T_world_joint.copy()
    result[..., :3, 3] -= (T_world_joint[..., :3, :3] @ rest_joints[..., None])[..., 0]
    return result


def chain(parents: np.ndarray, rotations: np.ndarray, translations: np.ndarray) -> np.ndarray:
    """Frames of a kinematic tree, T_world_joint (T, J, 4, 4).

    Args:
        parents: (J,) parents before children, -1 for the root.
        rotations: (T, J, 3, 3) of each joint in its parent's frame.
        translations: (T, J, 3) of each joint in its parent's frame, metres.
    """
    result = np.zeros((*rotations.shape[:2], 4, 4))
    result[..., 3, 3] = 1.0
    for j, parent in enumerate(parents):
        if parent < 0:
            result[:, j, :3, :3], result[:, j, :3, 3] = rotations[:, j], translations[:, j]
            continue
        R, t = result[:, parent, :3, :3], result[:, parent, :3, 3]
        result[:, j, :3, :3] = R @ rotations[:, j]
        result[:, j, :3, 3] = (R @ translations[:, j, :, None])[..., 0] + t
    return result
