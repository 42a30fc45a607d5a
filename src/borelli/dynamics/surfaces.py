"""Nothing sinks into what carries it: a term of the solver."""

from dataclasses import dataclass

import numpy as np

from borelli.fitting.normal import Normal
from borelli.fitting.state import View


@dataclass(frozen=True)
class Surfaces:
    """Depth of points below the surface under them; unit: standard deviations."""

    points: np.ndarray
    """(P,) which points of the view."""
    support: np.ndarray
    """(T, P) metres: height of the surface under each point."""
    sd: float
    """Metres."""
    deepest: float = 0.25
    """Metres: a point deeper than this is beside the surface, not in it."""

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of sinking."""
        depth = view.world[:, self.points, 1] - self.support
        weight = ((depth < 0) & (depth > -self.deepest)) / self.sd
        normal.add_rows(
            (depth * weight)[..., None],
            lambda: view.world_jacobian[:, self.points, 1:2] * weight[..., None, None],
        )
