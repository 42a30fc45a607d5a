"""Feet that stand: they rest on the floor and do not slide; nothing sinks into the floor."""

from dataclasses import dataclass

import numpy as np

from borelli.fitting.normal import Normal
from borelli.fitting.state import View


@dataclass(frozen=True)
class NoSlip:
    """Velocity of standing points; unit: standard deviations."""

    points: np.ndarray
    """(M,) contact points."""
    probability: np.ndarray
    """(T, M) that the point carries weight."""
    times: np.ndarray
    speed_sd: float
    """m/s."""
    robust: float = 5.0

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of slip between neighbouring frames."""
        held = np.sqrt(self.probability[:-1] * self.probability[1:])
        weight = held / (self.speed_sd * np.diff(self.times)[:, None])
        residual = np.diff(view.world[:, self.points], axis=0) * weight[..., None]

        def side(frames: slice, sign: float) -> np.ndarray:
            return sign * weight[..., None, None] * view.world_jacobian[frames][:, self.points]

        normal.add_pairs(
            residual, lambda: side(slice(None, -1), -1.0), lambda: side(slice(1, None), 1.0), self.robust
        )


@dataclass(frozen=True)
class Floor:
    """Standing points lie on their support, and no point lies just below it; unit: standard deviations."""

    points: np.ndarray
    """(M,)."""
    probability: np.ndarray
    """(T, M) of standing on this support; 0 for stances on something else."""
    level: float
    """Metres: height of the support, 0 for the floor."""
    depth: float
    """Metres: points deeper than this below the support are beside it, not in it."""
    sd: float = 0.01
    """Metres, for standing points."""
    sinking_sd: float = 0.01
    """Metres, for points in the support."""
    robust: float = 5.0

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of floating stances and of sinking."""
        height = view.world[:, self.points, 1] - self.level
        inside = (height < 0) & (height > -self.depth)
        weight = np.sqrt(self.probability / self.sd**2 + inside * (1 - self.probability) / self.sinking_sd**2)
        normal.add_rows(
            (height * weight)[..., None],
            lambda: view.world_jacobian[:, self.points, 1:2] * weight[..., None, None],
            self.robust,
        )
