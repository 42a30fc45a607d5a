"""The unknown part of a static camera: focal length, tilt and height over the floor, with derivatives."""

from dataclasses import dataclass

import numpy as np

CAMERA_UNKNOWNS = ("log_focal", "pitch", "roll", "height")

LEVEL = np.diag([1.0, -1.0, -1.0, 1.0])
"""T_camera_world of a level camera at the origin that looks along -Z of the Y-up world."""


@dataclass(frozen=True)
class CameraState:
    """Xc = Rz(roll) Rx(pitch) (R_base (X - height e_y) + t_base); image = exp(log_focal) Xc[:2] / Xc[2].

    Image coordinates are those of the nominal camera at depth 1, undistorted.
    """

    T_base: np.ndarray
    """(4, 4) the given pose, or LEVEL."""
    unknowns: np.ndarray
    """(4,) log focal factor, pitch and roll in radians, height in metres."""

    def T_camera_world(self) -> np.ndarray:
        """(4, 4) pose of the camera."""
        T = np.eye(4)
        T[:3, :3] = self._tilt() @ self.T_base[:3, :3]
        T[:3, 3] = self._tilt() @ (self.T_base[:3, 3] - self.unknowns[3] * self.T_base[:3, 1])
        return T

    def to_camera(self, points_world: np.ndarray) -> np.ndarray:
        """World points (..., 3) to camera points (..., 3)."""
        T = self.T_camera_world()
        return points_world @ T[:3, :3].T + T[:3, 3]

    def pose_derivatives(self, points_camera: np.ndarray) -> np.ndarray:
        """d camera point / d (log focal, pitch, roll, height), (..., 3, 4); the first column is zero."""
        pitch_axis = self._tilt()[:, 0]
        result = np.zeros((*points_camera.shape, 4))
        result[..., 1] = np.cross(pitch_axis, points_camera)
        result[..., 2] = np.cross([0.0, 0.0, 1.0], points_camera)
        result[..., 3] = -self.T_camera_world()[:3, 1]
        return result

    def image(self, points_camera: np.ndarray) -> np.ndarray:
        """Camera points (..., 3) to undistorted image coordinates (..., 2) of the nominal camera."""
        depth = np.maximum(points_camera[..., 2:], MIN_DEPTH)
        return np.exp(self.unknowns[0]) * points_camera[..., :2] / depth

    def image_derivatives(self, points_camera: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """d image / d camera point (..., 2, 3) and d image / d log focal (..., 2)."""
        z = np.maximum(points_camera[..., 2], MIN_DEPTH)
        focal = np.exp(self.unknowns[0])
        A = np.zeros((*points_camera.shape[:-1], 2, 3))
        A[..., 0, 0] = A[..., 1, 1] = focal / z
        A[..., :, 2] = (
            -focal * points_camera[..., :2] / (z * z)[..., None] * (points_camera[..., 2:] > MIN_DEPTH)
        )
        return A, focal * points_camera[..., :2] / z[..., None]

    def _tilt(self) -> np.ndarray:
        cp, sp = np.cos(self.unknowns[1]), np.sin(self.unknowns[1])
        cr, sr = np.cos(self.unknowns[2]), np.sin(self.unknowns[2])
        return np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1.0]]) @ np.array(
            [[1.0, 0, 0], [0, cp, -sp], [0, sp, cp]]
        )


MIN_DEPTH = 0.2
"""Metres: nearer points are treated as if at this depth, so that a bad start cannot divide by zero."""
