"""Shape numbers of another body whose joints lie where ours do."""

import numpy as np

JOINT_SD = 0.01
"""Metres: how well joints of the two bodies can agree; their definitions differ by about as much."""


def nearest_shape(joints: np.ndarray, directions: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Shape (S,) in standard deviations, the most likely one given joint positions.

    Args:
        joints: (N, 3) joints of the mean body at rest, metres; where the body stands does not matter.
        directions: (N, 3, S) their derivatives by shape.
        wanted: (N, 3) where they should lie, in the same pose and axes.
    """
    size = directions.shape[2]
    A = (directions - directions.mean(axis=0)).reshape(-1, size) / JOINT_SD
    difference = wanted - joints
    b = (difference - difference.mean(axis=0)).reshape(-1) / JOINT_SD
    return np.linalg.solve(A.T @ A + np.eye(size), A.T @ b)
