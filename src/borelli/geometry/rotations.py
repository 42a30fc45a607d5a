"""Rotations as matrices, rotation vectors and wxyz quaternions; thin, shaped wrappers around scipy."""

import numpy as np
from scipy.spatial.transform import Rotation


def matrix_from_rotvec(rotvec: np.ndarray) -> np.ndarray:
    """Rotation vectors (..., 3), radians times axis, to matrices (..., 3, 3)."""
    flat = np.asarray(rotvec, dtype=np.float64)
    return Rotation.from_rotvec(flat.reshape(-1, 3)).as_matrix().reshape(*flat.shape[:-1], 3, 3)


def rotvec_from_matrix(R: np.ndarray) -> np.ndarray:
    """Rotation matrices (..., 3, 3) to rotation vectors (..., 3) of at most pi radians."""
    return Rotation.from_matrix(R.reshape(-1, 3, 3)).as_rotvec().reshape(*R.shape[:-2], 3)


def matrix_from_quaternion(wxyz: np.ndarray) -> np.ndarray:
    """Quaternions (..., 4) in the order w, x, y, z, of any length but zero, to matrices (..., 3, 3)."""
    flat = np.asarray(wxyz, dtype=np.float64).reshape(-1, 4)
    return Rotation.from_quat(flat, scalar_first=True).as_matrix().reshape(*np.shape(wxyz)[:-1], 3, 3)


def quaternion_from_matrix(R: np.ndarray) -> np.ndarray:
    """Matrices (..., 3, 3) to unit quaternions (..., 4) in the order w, x, y, z with w >= 0."""
    rotation = Rotation.from_matrix(R.reshape(-1, 3, 3))
    return rotation.as_quat(canonical=True, scalar_first=True).reshape(*R.shape[:-2], 4)


def unflip_quaternions(wxyz: np.ndarray) -> np.ndarray:
    """Same rotations (T, ..., 4) with signs chosen so that neighbours in time are close.

    Players that interpolate component by component would otherwise turn the long way round.
    """
    steps = np.sum(wxyz[1:] * wxyz[:-1], axis=-1, keepdims=True)
    signs = np.cumprod(np.where(steps < 0, -1.0, 1.0), axis=0)
    return np.concatenate([wxyz[:1], wxyz[1:] * signs])


def angle_between(R_a: np.ndarray, R_b: np.ndarray) -> np.ndarray:
    """Geodesic distance (...) in radians between matrices (..., 3, 3)."""
    return np.linalg.norm(rotvec_from_matrix(np.swapaxes(R_a, -1, -2) @ R_b), axis=-1)
