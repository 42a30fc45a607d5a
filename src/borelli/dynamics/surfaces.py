"""What stands rests on its surface, and nothing sinks into one: a term of the solver."""

from dataclasses import dataclass

import numpy as np

from borelli.fitting.normal import Normal
from borelli.fitting.state import View


@dataclass(frozen=True)
class Surfaces:
    """Height of standing points over the surface under them, depth of all others; unit: deviations."""

    points: np.ndarray
    """(P,) which points of the view."""
    support: np.ndarray
    """(T, P) metres: height of the surface under each point."""
    hold: np.ndarray
    """(T, P) 0 to 1: how firmly the point stands."""
    sd: float
    """Metres."""
    deepest: float = 0.25
    """Metres: a point that does not stand and is deeper than this is beside the surface, not in it."""

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of floating stances and of sinking."""
        height = view.world[:, self.points, 1] - self.support
        sinking = (height < 0) & (height > -self.deepest)
        weight = np.where(sinking, 1.0, self.hold) / self.sd
        normal.add_rows(
            (height * weight)[..., None],
            lambda: view.world_jacobian[:, self.points, 1:2] * weight[..., None, None],
        )
