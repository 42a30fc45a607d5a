"""Measured 3D positions of body points: markers, motion-capture joints, 3D keypoint hints."""

from dataclasses import dataclass

import numpy as np

from borelli.fitting.normal import Normal
from borelli.fitting.state import View


@dataclass(frozen=True)
class Positions:
    """Difference to measured world positions; unit: standard deviations."""

    points: np.ndarray
    """(M,) body points."""
    targets: np.ndarray
    """(T, M, 3) metres, world; anything where the weight is zero."""
    weight: np.ndarray
    """(T, M): 1 / sd; zero where missing."""
    robust: float | None = None

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of distance to the measured points."""
        w = self.weight[..., None]
        residual = (view.world[:, self.points] - self.targets) * w
        normal.add_rows(
            residual,
            lambda: view.world_jacobian[:, self.points] * w[..., None],
            self.robust,
        )
