"""The 144 numbers that HSMR, SKEL-CF and HMR2.0 regress, and the angles and rotations they stand for.

Sources: Xia et al. 2025 (HSMR), Goel et al. 2023 (HMR2.0), Zhou et al. 2019 (6D). Each of 24 joints has six
numbers. SKEL's joints with three angles hold the first two ROWS of their matrix, those with one angle its
cosine and minus its sine, the wrists their two angles; SMPL's joints hold the first two COLUMNS, interleaved.
"""

import numpy as np

from borelli.body.skel import SkelTable, skel_table
from borelli.body.skel_joints import joint_rotations
from borelli.lifting.codes import intrinsic_angles

JOINTS, NUMBERS = 24, 6


def skel_angles(code: np.ndarray) -> np.ndarray:
    """SKEL's angles (T, 46) in radians from codes (T, 144); the middle one of three is at most pi/2."""
    table = skel_table()
    parts = code.reshape(-1, JOINTS, NUMBERS)
    angles = np.empty((len(parts), len(table.segments)))
    for joint in range(JOINTS):
        own = np.flatnonzero(table.segments == joint)
        part = parts[:, joint]
        if len(own) == 3:
            angles[:, own] = _three_angles(table, own, rotation_of_rows(part))
        elif len(own) == 1:
            angles[:, own[0]] = np.arctan2(-part[:, 1], part[:, 0])
        else:
            angles[:, own] = part[:, :2]
    return angles


def skel_code(angles: np.ndarray) -> np.ndarray:
    """Codes (T, 144) of SKEL's angles (T, 46); unused numbers are zero."""
    table = skel_table()
    rotations = joint_rotations(table, angles)
    parts = np.zeros((len(angles), JOINTS, NUMBERS))
    for joint in range(JOINTS):
        own = np.flatnonzero(table.segments == joint)
        if len(own) == 3:
            parts[:, joint] = rotations[:, joint, :2].reshape(-1, NUMBERS)
        elif len(own) == 1:
            parts[:, joint, 0], parts[:, joint, 1] = np.cos(angles[:, own[0]]), -np.sin(angles[:, own[0]])
        else:
            parts[:, joint, :2] = angles[:, own]
    return parts.reshape(len(angles), -1)


def smpl_rotations(code: np.ndarray) -> np.ndarray:
    """Rotations (T, 24, 3, 3) of SMPL's joints in their parents from HMR2.0's codes (T, 144)."""
    columns = code.reshape(-1, JOINTS, 3, 2).swapaxes(-1, -2)
    return rotation_of_rows(columns.reshape(-1, JOINTS, NUMBERS)).swapaxes(-1, -2)


def smpl_code(rotations: np.ndarray) -> np.ndarray:
    """HMR2.0's codes (T, 144) of rotations (T, 24, 3, 3)."""
    return rotations[..., :2].reshape(len(rotations), -1)


def rotation_of_rows(code: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) from their first two rows (..., 6), which need be neither unit nor orthogonal."""
    first, second = code[..., :3], code[..., 3:]
    x = first / np.maximum(np.linalg.norm(first, axis=-1, keepdims=True), 1e-9)
    y = second - np.sum(x * second, axis=-1, keepdims=True) * x
    y = y / np.maximum(np.linalg.norm(y, axis=-1, keepdims=True), 1e-9)
    return np.stack([x, y, np.cross(x, y)], axis=-2)


def _three_angles(table: SkelTable, own: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """Angles (T, 3) of rotations R = R3 R2 R1 about signed coordinate axes."""
    axes = table.axes[own[::-1]]
    which = np.argmax(np.abs(axes), axis=1)
    return (intrinsic_angles(rotations, *which) * np.sign(axes[np.arange(3), which]))[:, ::-1]
