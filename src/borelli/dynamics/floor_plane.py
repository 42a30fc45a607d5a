"""The floor as a plane: its height and its slight tilt, from where the feet stand."""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.centre_of_mass import runs

TILT_SD = 0.02
"""Radians: tilt of a floor that was meant to be level, before anything is seen."""
ITERATIONS = 20
"""Of the reweighted fit; it settles in about ten."""
SMALLEST_SD = 0.004
"""Metres: heights of stances are never better known."""
POINT_SD = 0.01
"""Metres: how a point stands over or under the others, because skeleton and recording differ."""
ALIKE = 6
"""Points of a sole, whose errors are alike."""
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
    """The plane on which most of the stances are, but for a constant of every point of the sole.

    Robust (Geman-McClure), so that a step or a beam does not tilt it; a short walk says little about tilt,
    which then stays near zero. A plane steeper than 0.1 rad is not believed: it is `level`.

    Args:
        positions: (T, P, 3) of the soles, metres.
        contacts: (T, P) bool.
        level: metres, the height around which the floor is sought.
        spread: metres: standard deviation of the height of a standing point in one frame; what is farther
            than three from `level` is not the floor.
    """
    marks, owner = _stance_marks(positions, contacts)
    near = np.abs(marks[:, 1] - level) < 3 * spread
    marks, owner = marks[near], owner[near]
    if not len(marks):
        return FloorPlane(level, 0.0, 0.0, TILT_SD)
    middle = marks.mean(axis=0)
    of_point = (owner[:, None] == np.arange(positions.shape[1])).astype(np.float64)
    design = np.column_stack([np.ones(len(marks)), marks[:, [0, 2]] - middle[[0, 2]], of_point])
    prior = np.diag([0.0, *[TILT_SD**-2] * 2, *[POINT_SD**-2] * positions.shape[1]])
    plane, normal = np.r_[level, np.zeros(design.shape[1] - 1)], prior
    for _ in range(ITERATIONS):
        off = marks[:, 1] - design @ plane
        sd = max(SMALLEST_SD, 1.5 * float(np.median(np.abs(off))))
        weight = 1 / (1 + (off / (2 * sd)) ** 2) ** 2 / (ALIKE * sd**2)
        normal = design.T @ (weight[:, None] * design) + prior
        plane = np.linalg.solve(normal, design.T @ (weight * marks[:, 1]))
    tilt_sd = float(np.sqrt(np.linalg.eigvalsh(np.linalg.inv(normal)[1:3, 1:3])[-1]))
    if np.hypot(plane[1], plane[2]) > STEEP:
        return FloorPlane(level, 0.0, 0.0, tilt_sd)
    at_origin = float(plane[0] - plane[1] * middle[0] - plane[2] * middle[2])
    return FloorPlane(at_origin, float(plane[1]), float(plane[2]), tilt_sd)


def _stance_marks(positions: np.ndarray, contacts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middles (N, 3) of all stances and their points (N,): a stance is one look, however long it lasts."""
    found = [
        (np.median(positions[first:last, p], axis=0), p)
        for p in range(positions.shape[1])
        for first, last in runs(contacts[:, p])
    ]
    return np.array([mark for mark, _ in found]).reshape(-1, 3), np.array([p for _, p in found], dtype=int)
