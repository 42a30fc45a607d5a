"""A learned first guess of a person's motion, each part with its uncertainty."""

from dataclasses import dataclass, fields, replace

import numpy as np


@dataclass(frozen=True)
class Guess:
    """One person over T frames; standard deviations are of single frames, errors last over many.

    Lengths are for a body of scale 1: distances and speeds grow with the true scale.
    """

    coordinates: np.ndarray
    """(T, 46) radians, inside the limits; the pelvis' three are zero, see R_camera_pelvis."""
    coordinate_sd: np.ndarray
    """(T, 46) radians; inf for the pelvis."""
    R_camera_pelvis: np.ndarray
    """(T, 3, 3)."""
    bone_sd: np.ndarray
    """(T, B, 2) radians, of the directions of `bones.BONES` across the view and along it."""
    pelvis_camera: np.ndarray
    """(T, 3) metres at scale 1."""
    log_depth_sd: np.ndarray
    """(T,)."""
    velocity_camera: np.ndarray
    """(T, 3) of the pelvis, m/s at scale 1."""
    velocity_sd: np.ndarray
    """(T,) m/s per axis."""
    contacts: np.ndarray
    """(T, 4) probability that heel and ball of the right, then of the left foot stand."""
    up_camera: np.ndarray
    """(T, 3) unit vectors against gravity."""
    up_sd: np.ndarray
    """(T,) radians."""
    log_lengths: np.ndarray
    """(10,) of segments, for LENGTH_GROUPS."""
    log_lengths_sd: np.ndarray
    """(10,)."""
    shape: np.ndarray
    """(16,) components; keypoints hardly tell them."""

    def cut(self, frames: slice) -> "Guess":
        """The guess of some frames only."""
        over_time = {
            field.name: getattr(self, field.name)[frames]
            for field in fields(self)
            if field.name not in ("log_lengths", "log_lengths_sd", "shape")
        }
        return replace(self, **over_time)
