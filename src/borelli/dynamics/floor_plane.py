"""The floor as a plane: its height and its slight tilt, from where the feet stand."""

from dataclasses import dataclass

import numpy as np

TILT_SD = 0.01
"""Radians: tilt of a floor that was meant to be level, before anything is seen."""
ITERATIONS = 20
"""Of the reweighted fit; it settles in about ten."""
STEEP = 0.1
"""Radians beyond which it is a ramp or an error, not a floor that was meant to be level."""


@dataclass(frozen=True)
class FloorPlane:
    """y = level + slope_x x + slope_z z, metres, world."""

    level: float
    slope_x: float
    slope_z: float
    tilt_sd: float
    """Radians: uncertainty of the tilt along the direction that is known worst."""

    @property
    def tilt(self) -> float:
        """Radians between the floor's normal and the vertical."""
        return float(np.arctan(np.hypot(self.slope_x, self.slope_z)))

    def height(self, positions: np.ndarray) -> np.ndarray:
        """Metres under each of the positions (..., 3)."""
        return self.level + self.slope_x * positions[..., 0] + self.slope_z * positions[..., 2]


LEVEL = FloorPlane(0.0, 0.0, 0.0, 0.0)
"""The floor of a perfect world."""


def floor_plane(positions: np.ndarray, contacts: np.ndarray, level: float, spread: float) -> FloorPlane:
    """The plane on which most of the stances are.

    Robust (Geman-McClure), so that a step or a beam does not tilt it; a short walk says little about tilt,
    which then stays near zero. A plane steeper than 0.1 rad is not believed: it is `level`.

    Args:
        positions: (T, P, 3) of the soles, metres.
        contacts: (T, P) bool.
        level: metres, the height around which the floor is sought.
        spread: metres: standard deviation of the height of a standing point over a whole stance.
    """
    stances = positions[contacts]
    if not len(stances):
        return FloorPlane(level, 0.0, 0.0, TILT_SD)
    middle = stances.mean(axis=0)
    design = np.column_stack([np.ones(len(stances)), stances[:, [0, 2]] - middle[[0, 2]]])
    # neighbouring frames repeat each other: a stance counts as one look, not as hundreds
    looks = max(1.0, len(np.unique(np.round(stances[:, [0, 2]] / 0.1), axis=0)))
    prior = np.diag([0.0, (spread / TILT_SD) ** 2, (spread / TILT_SD) ** 2]) * len(stances) / looks
    plane = np.array([level, 0.0, 0.0])
    normal = np.eye(3)
    for _ in range(ITERATIONS):
        off = stances[:, 1] - design @ plane
        weight = 1 / (1 + (off / (2 * spread)) ** 2) ** 2
        normal = design.T @ (weight[:, None] * design) + prior
        plane = np.linalg.solve(normal, design.T @ (weight * stances[:, 1]))
    tilt_sd = spread * np.sqrt(np.linalg.eigvalsh(np.linalg.inv(normal)[1:, 1:])[-1] * len(stances) / looks)
    slope_x, slope_z = plane[1:]
    if np.hypot(slope_x, slope_z) > STEEP:
        return FloorPlane(level, 0.0, 0.0, float(tilt_sd))
    away = float(plane[0] - slope_x * middle[0] - slope_z * middle[2])
    return FloorPlane(away, float(slope_x), float(slope_z), float(tilt_sd))
