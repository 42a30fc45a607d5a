"""The world of a result: +X is where the first person faces at first, origin below its pelvis there."""

from dataclasses import dataclass

import numpy as np

from borelli.body.skeleton import Skeleton
from borelli.geometry.frames import invert_transform, make_transform

UPRIGHT = 0.1
"""Below this horizontal share of the pelvis' forward axis (lying, bent over) the heading angle decides."""


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


def world_of(pelvis_position: np.ndarray, R_old_pelvis: np.ndarray, heading: float) -> World:
    """The world in which this pelvis is over the origin and faces +X.

    Args:
        pelvis_position: (3,) in the estimator's world.
        R_old_pelvis: (3, 3) of the pelvis there.
        heading: its pelvis_rotation, radians, used when the pelvis faces up or down.
    """
    x, _, z = R_old_pelvis[:, 0]
    yaw = -(np.arctan2(-z, x) if np.hypot(x, z) > UPRIGHT else heading)
    c, s = np.cos(yaw), np.sin(yaw)
    R = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    below = pelvis_position * [1.0, 0.0, 1.0]
    return World(float(yaw), make_transform(R, -R @ below))
