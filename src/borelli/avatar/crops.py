"""Square views of one person, cut out of frames, with the lens's distortion removed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.ndimage import map_coordinates

from borelli.avatar.gaussians import View
from borelli.geometry.camera import Camera

MARGIN = 0.16
"""Share of the body's extent left free on each side: poses and garments reach beyond the joints."""
MOST_SAMPLES = 4
"""Per side of a crop's pixel, where the crop shrinks the picture."""


@dataclass(frozen=True)
class Crop:
    """A square of N x N pixels of an undistorted picture."""

    view: View
    """What the crop sees."""
    corner: np.ndarray
    """(2,) undistorted picture pixels of the centre of the crop's first pixel."""
    step: float
    """Picture pixels per crop pixel."""

    @property
    def pixels(self) -> np.ndarray:
        """(N, N, 2) undistorted picture pixels (x, y) of the crop's pixel centres."""
        rows, columns = np.mgrid[: self.view.height, : self.view.width]
        return self.corner + self.step * np.stack([columns, rows], axis=-1)


def crop_around(points_world: np.ndarray, camera: Camera, size: int) -> Crop:
    """The square crop that holds points with a margin.

    Args:
        points_world: (P, 3) of one frame, in front of the camera.
        camera: with its pose.
        size: pixels per side of the crop.
    """
    T = camera.T_camera_world
    assert T is not None
    seen = points_world @ T[:3, :3].T + T[:3, 3]
    seen = seen[:, :2] / np.maximum(seen[:, 2:], 0.1)
    pixels = seen @ camera.K[:2, :2].T + camera.K[:2, 2]
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    side = float((high - low).max()) * (1 + 2 * MARGIN)
    step = max(side, 8.0) / size
    corner = (low + high) / 2 - step * (size - 1) / 2
    K = camera.K / step
    K[:2, 2] = (camera.K[:2, 2] - corner) / step
    K[2] = (0.0, 0.0, 1.0)
    return Crop(View(K, T, size, size), corner, step)


def cut_out(image: np.ndarray, crop: Crop, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Colours (N, N, 3) float32 in [0, 1] of a frame (H, W, 3) uint8, and which pixels (N, N) it holds."""
    samples = int(np.clip(round(crop.step), 1, MOST_SAMPLES))
    colours = np.zeros((*crop.pixels.shape[:2], 3), dtype=np.float32)
    offsets = ((np.arange(samples) + 0.5) / samples - 0.5) * crop.step
    for dx in offsets:
        for dy in offsets:
            colours += sample(image, distorted(crop.pixels + np.array([dx, dy]), camera), order=1)
    centres = distorted(crop.pixels, camera)
    height, width = image.shape[:2]
    x, y = centres[..., 0], centres[..., 1]
    inside = (x > -0.5) & (y > -0.5) & (x < width - 0.5) & (y < height - 0.5)
    return colours / np.float32(255 * samples**2), inside


def distorted(pixels: np.ndarray, camera: Camera) -> np.ndarray:
    """Undistorted pixels (..., 2) as the lens shows them."""
    if not np.any(camera.distortion):
        return pixels
    ideal = (pixels - camera.K[:2, 2]) @ np.linalg.inv(camera.K[:2, :2]).T
    return camera.project(np.concatenate([ideal, np.ones_like(ideal[..., :1])], axis=-1))


def sample(
    values: np.ndarray,
    pixels: np.ndarray,
    order: Literal[0, 1],
    outside: Literal["nearest", "constant"] = "nearest",
) -> np.ndarray:
    """Values (H, W) or (H, W, C) at pixels (N, M, 2) of (x, y), float32.

    Args:
        values: a picture.
        pixels: where to look.
        order: 0 for the nearest pixel, 1 for bilinear.
        outside: "nearest" repeats the border, "constant" is zero beyond it.
    """
    where = [pixels[..., 1], pixels[..., 0]]
    if values.ndim == 2:
        return map_coordinates(values, where, np.float32, order=order, mode=outside)
    planes = [
        map_coordinates(values[..., c], where, np.float32, order=order, mode=outside)
        for c in range(values.shape[2])
    ]
    return np.stack(planes, axis=-1)
