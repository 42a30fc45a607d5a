"""How a Gaussian fades to nothing: opacity at the distance s = (squared Mahalanobis distance) / 2.

`smooth`: alpha = opacity (exp(-s) - exp(-4.5)) / (1 - exp(-4.5)), nothing beyond three standard deviations.
It is continuous at its edge, so gradients are those that finite differences find.
`3dgs`: alpha = opacity exp(-s), nothing below 1/255: a jump, kept to agree with other rasterisers.
Source: Kerbl et al. 2023, 3D Gaussian Splatting, section 6 and its reference rasteriser.
"""

import math
from dataclasses import dataclass

from borelli.errors import choices

OPAQUE = 1e-4
"""A pixel takes no further Gaussians once less light than this share passes."""
ALPHA_MAX = 0.999
"""No Gaussian blocks more than this share of the light; beyond, its gradient is zero."""
BLUR = 0.3
"""Pixels squared added to the projected covariance: the low-pass filter of 3D Gaussian splatting."""
NEAR = 0.05
"""Metres: Gaussians with centres nearer than this to the camera plane are left out."""
SMALLEST_ALPHA = 1.0 / 255.0


@dataclass(frozen=True)
class Window:
    """alpha = opacity gain (exp(-s) - floor) up to s = reach (smooth) or to alpha = 1/255 (reach is inf)."""

    floor: float
    gain: float
    reach: float


def window_named(name: str) -> Window:
    """The window `smooth` or `3dgs`. Raises BorelliError for another name."""
    if name == "smooth":
        floor = math.exp(-4.5)
        return Window(floor, 1.0 / (1.0 - floor), 4.5)
    if name == "3dgs":
        return Window(0.0, 1.0, math.inf)
    raise choices("window", name, ["smooth", "3dgs"])
