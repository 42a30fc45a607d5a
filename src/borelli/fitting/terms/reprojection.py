"""Keypoints seen in the image pull body points onto their rays."""

from dataclasses import dataclass

import numpy as np

from borelli.fitting.normal import Normal
from borelli.fitting.state import View


@dataclass(frozen=True)
class Reprojection:
    """Whitened difference between projected points and keypoints; unit: standard deviations."""

    points: np.ndarray
    """(M,) index of the body point of each keypoint."""
    image: np.ndarray
    """(T, M, 2) undistorted image coordinates; anything where there is no information."""
    sqrt_information: np.ndarray
    """(T, M, 2, 2) inverse square root of the covariance; zero where there is no keypoint."""
    robust: float = 3.0
    """Scale of the Geman-McClure loss, in standard deviations."""

    def residual(self, view: View) -> np.ndarray:
        """(T, M, 2)."""
        seen = view.state.camera.image(view.camera[:, self.points])
        return np.einsum("tmij,tmj->tmi", self.sqrt_information, seen - self.image)

    def jacobian(self, view: View) -> np.ndarray:
        """(T, M, 2, N)."""
        A, by_focal = view.state.camera.image_derivatives(view.camera[:, self.points])
        result = view.through_camera(self.sqrt_information @ A, self.points)
        focal = view.column("log_focal")
        if focal is not None:
            result[..., focal] += np.einsum("tmij,tmj->tmi", self.sqrt_information, by_focal)
        return result

    def add_to(self, normal: Normal, view: View) -> None:
        """Add robust reprojection cost."""
        normal.add_rows(self.residual(view), lambda: self.jacobian(view), self.robust)
