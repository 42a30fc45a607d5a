"""Homogeneous transforms and the change between our Y-up world and the Z-up world of MuJoCo and Blender.

Y up: x forward, y up, z right. Z up: x forward, y left, z up. Characters of animation tools (glTF, Mixamo)
have Y up too but face +Z: x left, y up, z forward. All right-handed, metres.
"""

import numpy as np

R_ZUP_YUP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Maps Y-up vectors to Z-up vectors: (x, y, z) to (x, -z, y)."""
R_ZFRONT_XFRONT = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""Maps vectors of the Y-up world that faces +X to the one that faces +Z: (x, y, z) to (-z, y, x)."""


def z_up_from_y_up(vectors: np.ndarray) -> np.ndarray:
    """Points or vectors (..., 3) of the Y-up world in the Z-up world."""
    return vectors @ R_ZUP_YUP.T


def y_up_from_z_up(vectors: np.ndarray) -> np.ndarray:
    """Points or vectors (..., 3) of the Z-up world in the Y-up world."""
    return vectors @ R_ZUP_YUP


def make_transform(R: np.ndarray, t: np.ndarray) -> np.ndarray:
    """T_a_b (..., 4, 4) from R_a_b (..., 3, 3) and t (..., 3), the origin of b seen in a."""
    lead = np.broadcast_shapes(R.shape[:-2], t.shape[:-1])
    T = np.zeros((*lead, 4, 4))
    T[..., :3, :3] = R
    T[..., :3, 3] = t
    T[..., 3, 3] = 1.0
    return T


def invert_transform(T_a_b: np.ndarray) -> np.ndarray:
    """T_b_a (..., 4, 4) of a rigid transform."""
    R = np.swapaxes(T_a_b[..., :3, :3], -1, -2)
    return make_transform(R, -(R @ T_a_b[..., :3, 3:])[..., 0])


def transform_points(T_a_b: np.ndarray, points_b: np.ndarray) -> np.ndarray:
    """Points (..., N, 3) of frame b in frame a; T (..., 4, 4), for instance T_camera_world (T, 4, 4)."""
    return points_b @ np.swapaxes(T_a_b[..., :3, :3], -1, -2) + T_a_b[..., None, :3, 3]


def camera_centre(T_camera_world: np.ndarray) -> np.ndarray:
    """Position (..., 3) of the camera in the world."""
    return invert_transform(T_camera_world)[..., :3, 3]
