"""Crops of people as the published networks were trained on, and what their place in the picture tells.

The box is grown to 192:256, made square and scaled to 256 x 256 pixels; the backbone sees the middle 192
columns (Goel et al. 2023; Xia et al. 2025).
"""

from dataclasses import dataclass

import numpy as np

from borelli.geometry.camera import Camera
from borelli.geometry.rotations import matrix_from_rotvec
from borelli.perception import warp

SIDE, COLUMNS = 256, 192
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
"""ImageNet, RGB in [0, 1]."""
KEYPOINT_BOX_GROWTH = 1.2
"""A box around keypoints lacks the top of the head and the outlines; the factor of SPIN's crops
(Kolotouros et al. 2019)."""


@dataclass(frozen=True)
class CropBoxes:
    """Squares around a person in T frames; NaN where the person has no box."""

    centres: np.ndarray
    """(T, 2) pixels."""
    sides: np.ndarray
    """(T,) pixels."""

    @property
    def seen(self) -> np.ndarray:
        """(T,) bool."""
        return np.isfinite(self.sides)


def crop_boxes(boxes: np.ndarray) -> CropBoxes:
    """Squares from boxes around keypoints (T, 4): x0, y0, x1, y1 in pixels, NaN where not seen."""
    size = KEYPOINT_BOX_GROWTH * (boxes[:, 2:] - boxes[:, :2])
    sides = np.maximum(size[:, 1], size[:, 0] * SIDE / COLUMNS)
    sides = np.where(sides > 1.0, sides, np.nan)
    return CropBoxes((boxes[:, 2:] + boxes[:, :2]) / 2, sides)


def crop(image: np.ndarray, centre: np.ndarray, side: float) -> np.ndarray:
    """The part of a picture (H, W, 3) uint8 that the backbone sees: (3, 256, 192) float32, normalised."""
    T_image_crop = warp.square(centre, side, 0.0, SIDE)
    T_image_crop[:, 2] += T_image_crop[:, 0] * (SIDE - COLUMNS) / 2
    part = warp.crop(image, T_image_crop, (COLUMNS, SIDE), 1 / 255, 0.0)
    return ((part - MEAN) / DEVIATION).astype(np.float32).transpose(2, 0, 1)


def box_features(boxes: CropBoxes, camera: Camera) -> np.ndarray:
    """(T, 3) shift of the crop's centre from the principal point and its side, in focal lengths.

    Source: Li et al. 2022, CLIFF.
    """
    focal = camera.K[0, 0]
    return np.column_stack([boxes.centres - camera.K[:2, 2], boxes.sides]) / focal


def crop_turns(boxes: CropBoxes, camera: Camera) -> np.ndarray:
    """R_camera_crop (T, 3, 3): the smallest turns that take the optical axis to the crops' rays.

    A network that only sees the crop takes every person to be on the optical axis.
    """
    seen = boxes.seen
    middle = np.where(seen[:, None], boxes.centres, camera.K[:2, 2])
    rays = np.column_stack([camera.normalise(middle), np.ones(len(middle))])
    across = np.cross([0.0, 0.0, 1.0], rays)
    sine = np.linalg.norm(across, axis=1, keepdims=True)
    angle = np.arctan2(sine, rays[:, 2:])
    return matrix_from_rotvec(across / np.maximum(sine, 1e-12) * angle)
