"""Evidence about single coordinates: limits, a relaxed pose, smoothness over time."""

from dataclasses import dataclass

import numpy as np

from borelli.fitting.normal import Normal
from borelli.fitting.state import View


@dataclass(frozen=True)
class Limits:
    """Squared hinge outside [lower, upper]; unit: excess / `sd` (radians)."""

    lower: np.ndarray
    """(49,)."""
    upper: np.ndarray
    sd: float = 0.03

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of excursions beyond the limits."""
        q = view.state.coordinates
        excess = np.minimum(q - self.lower, 0.0) + np.maximum(q - self.upper, 0.0)
        normal.add_coordinates(excess / self.sd, (excess != 0) / self.sd)


@dataclass(frozen=True)
class Rest:
    """Weak Gaussian around a relaxed pose; unit: standard deviations."""

    mean: np.ndarray
    """(49,) or (T, 49)."""
    precision: np.ndarray
    """(49,) or (T, 49): 1 / sd, zero where the coordinate is free."""

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of leaving the relaxed pose."""
        q = view.state.coordinates
        slope = np.broadcast_to(self.precision, q.shape)
        normal.add_coordinates((q - self.mean) * slope, slope)


@dataclass(frozen=True)
class Smoothness:
    """Accelerations of coordinates on the clip's own, maybe uneven, time grid; unit: standard deviations."""

    times: np.ndarray
    """(T,) seconds, increasing."""
    acceleration_sd: np.ndarray
    """(49,) rad/s2 or m/s2."""

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of acceleration: divided differences over three frames."""
        if len(self.times) < 3:
            return
        before, after = np.diff(self.times)[:-1], np.diff(self.times)[1:]
        span = (before + after) / 2
        a, c = 1 / (before * span), 1 / (after * span)
        slopes = np.stack([a, -(a + c), c])[..., None] / self.acceleration_sd
        q = view.state.coordinates
        residual = slopes[0] * q[:-2] + slopes[1] * q[1:-1] + slopes[2] * q[2:]
        normal.add_second_differences(residual, slopes)
