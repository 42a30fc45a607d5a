"""The world of a result: +X is where the first person faces at first, origin below its pelvis there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from borelli.body.skeleton import Skeleton
from borelli.geometry.frames import invert_transform, make_transform

UPRIGHT = 0.1
"""Below this horizontal share of the pelvis' forward axis (lying, bent over) the heading angle decides."""


ANOTHER_LEVEL = 0.3
"""Metres: people who stand lower than this stand on the real floor, the others on a roof or stairs."""
BRIEFLY = 0.1
"""Share of somebody's standing frames that may be lower still, as errors."""


@dataclass(frozen=True)
class World:
    """A turn about the vertical and a shift along the floor, from the estimator's world to the result's."""

    yaw: float
    """Radians that are added to every heading."""
    T_world_old: np.ndarray
    """(4, 4)."""

    def coordinates(self, old: np.ndarray, table: Skeleton) -> np.ndarray:
        """Coordinates (T, 49) of a person in this world, the heading of the first frame within half a turn.

        Rotation is the outermost hinge of the pelvis, so that a turn of the world simply adds to it.
        """
        result = old.copy()
        heading = table.coordinate("pelvis_rotation")
        turned = old[:, heading] + self.yaw
        result[:, heading] = turned - 2 * np.pi * np.round(turned[0] / (2 * np.pi))
        result[:, -3:] = old[:, -3:] @ self.T_world_old[:3, :3].T + self.T_world_old[:3, 3]
        return result

    def camera(self, T_camera_old: np.ndarray) -> np.ndarray:
        """T_camera_world (4, 4) of this world."""
        return T_camera_old @ invert_transform(self.T_world_old)


def world_of(
    pelvis_position: np.ndarray, R_old_pelvis: np.ndarray, heading: float, floor: float = 0.0
) -> World:
    """The world in which this pelvis is over the origin and faces +X.

    Args:
        pelvis_position: (3,) in the estimator's world.
        R_old_pelvis: (3, 3) of the pelvis there.
        heading: its pelvis_rotation, radians, used when the pelvis faces up or down.
        floor: metres; height in the estimator's world that becomes y = 0.
    """
    x, _, z = R_old_pelvis[:, 0]
    yaw = -(np.arctan2(-z, x) if np.hypot(x, z) > UPRIGHT else heading)
    c, s = np.cos(yaw), np.sin(yaw)
    R = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    below = np.array([pelvis_position[0], floor, pelvis_position[2]])
    return World(float(yaw), make_transform(R, -R @ below))


def lowest_level(heights: Sequence[np.ndarray]) -> float:
    """Height of the floor in the estimator's world, given the heights at which each person stands.

    0, where the estimator put it, unless somebody stands well below.
    """
    lowest = min((float(np.quantile(h, BRIEFLY)) for h in heights if len(h)), default=0.0)
    return lowest if lowest < -ANOTHER_LEVEL else 0.0
