"""A calibrated camera: OpenCV axes (x right, y down, z forward), OpenCV distortion, pixels as displayed."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """Intrinsics of one static camera and, when known, its pose.

    Source of the distortion model: OpenCV, calib3d (k1, k2, p1, p2[, k3[, k4, k5, k6]]).
    """

    K: np.ndarray
    """(3, 3) pixels."""
    distortion: np.ndarray
    """(0, 4, 5 or 8) coefficients in OpenCV's order."""
    width: int
    height: int
    T_camera_world: np.ndarray | None = None
    """(4, 4) or None: maps points of a gravity-aligned world (Y up, floor y = 0, metres) to camera points."""
    source: str = "given"
    """Where the intrinsics come from, for the report: a file, EXIF, field of view, or the prior."""
    focal_sd: float = 0.0
    """Relative standard deviation of the focal length; 0 when it is known."""

    def project(self, points_camera: np.ndarray) -> np.ndarray:
        """Camera points (..., 3) metres to pixels (..., 2)."""
        normalised = points_camera[..., :2] / points_camera[..., 2:]
        return distort(normalised, self.distortion) @ self.K[:2, :2].T + self.K[:2, 2]

    def normalise(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) to undistorted image coordinates (..., 2) at depth 1."""
        return undistort((pixels - self.K[:2, 2]) @ np.linalg.inv(self.K[:2, :2]).T, self.distortion)


def distort(xy: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Ideal image coordinates (..., 2) at depth 1 to distorted ones."""
    if not np.any(coefficients):
        return xy
    k = np.zeros(8)
    k[: len(coefficients)] = coefficients
    k1, k2, p1, p2, k3, k4, k5, k6 = k
    x, y = xy[..., 0], xy[..., 1]
    r2 = x * x + y * y
    radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
    dx = 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    dy = p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    return np.stack([x * radial + dx, y * radial + dy], axis=-1)


def undistort(xy: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Inverse of `distort` by fixed-point iteration (converges for the distortions of ordinary lenses)."""
    ideal = xy
    for _ in range(20 if np.any(coefficients) else 0):
        ideal = ideal + (xy - distort(ideal, coefficients))
    return ideal
