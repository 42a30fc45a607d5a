"""Directions of bones in camera axes, with covariance: the slot of every 3D cue (hints, lifter)."""

from dataclasses import dataclass

import numpy as np

from borelli.fitting.normal import Normal
from borelli.fitting.state import View


@dataclass(frozen=True)
class Directions:
    """Whitened difference of unit vectors from point a to point b; unit: standard deviations."""

    starts: np.ndarray
    """(M,) index of the body point where the bone starts."""
    ends: np.ndarray
    """(M,)."""
    directions: np.ndarray
    """(T, M, 3) unit vectors in camera axes; anything where there is no information."""
    sqrt_information: np.ndarray
    """(T, M, 3, 3) inverse square root of the covariance (radians); zero where unknown."""
    robust: float = 2.0
    """Scale of the Geman-McClure loss, in standard deviations."""

    def residual(self, view: View) -> np.ndarray:
        """(T, M, 3)."""
        unit, _ = self._bones(view)
        return np.einsum("tmij,tmj->tmi", self.sqrt_information, unit - self.directions)

    def jacobian(self, view: View) -> np.ndarray:
        """(T, M, 3, N)."""
        unit, length = self._bones(view)
        A = (np.eye(3) - unit[..., :, None] * unit[..., None, :]) / length[..., None]
        A = self.sqrt_information @ A
        return view.through_camera(A, self.ends, self.starts)

    def add_to(self, normal: Normal, view: View) -> None:
        """Add robust direction cost."""
        normal.add_rows(self.residual(view), lambda: self.jacobian(view), self.robust)

    def _bones(self, view: View) -> tuple[np.ndarray, np.ndarray]:
        bones = view.camera[:, self.ends] - view.camera[:, self.starts]
        length = np.linalg.norm(bones, axis=-1, keepdims=True)
        return bones / np.maximum(length, 1e-6), np.maximum(length, 1e-6)
