"""What is known beforehand about the person and the camera."""

from dataclasses import dataclass

import numpy as np

from borelli.fitting.normal import Normal
from borelli.fitting.state import View


@dataclass(frozen=True)
class BorderPrior:
    """Gaussian on the shared unknowns; unit: standard deviations."""

    mean: np.ndarray
    """(G,)."""
    precision: np.ndarray
    """(G,) 1 / sd."""

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of unlikely shapes, lengths, focal lengths and tilts."""
        normal.add_border((view.state.border() - self.mean) * self.precision, np.diag(self.precision))


@dataclass(frozen=True)
class Upright:
    """The trunk is upright on average: the only cue to gravity when the feet are hidden. Unit: sd."""

    lower: np.ndarray
    """(A,) body points whose mean is the lower end of the trunk."""
    upper: np.ndarray
    weight: np.ndarray
    """(T,) 1 / sd (radians)."""
    robust: float = 2.0

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of a leaning trunk."""
        trunk = view.world[:, self.upper].mean(axis=1) - view.world[:, self.lower].mean(axis=1)
        length = np.linalg.norm(trunk, axis=-1, keepdims=True)
        unit = trunk / length
        residual = (unit - [0.0, 1.0, 0.0]) * self.weight[:, None]

        def jacobian() -> np.ndarray:
            A = np.eye(3) - unit[:, :, None] * unit[:, None, :]
            A = A * (self.weight[:, None, None] / length[..., None])
            J = view.world_jacobian
            return (A @ (J[:, self.upper].mean(axis=1) - J[:, self.lower].mean(axis=1)))[:, None]

        normal.add_rows(residual[:, None], jacobian, self.robust)
