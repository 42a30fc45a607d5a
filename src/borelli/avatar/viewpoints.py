"""Where an avatar is looked at from: the video's own camera, fixed sides, or a turntable."""

from typing import Literal

import numpy as np

from borelli.avatar.gaussians import View
from borelli.geometry.frames import transform_points
from borelli.motion.motion import Motion

Viewpoint = Literal["turntable", "own", "front", "side", "back", "top"]
DISTANCE = 4.5
"""Metres from the person, for all but the own camera: perspective as for a photo of one person."""
ROOM = 0.1
"""Metres left free around joints and landmarks, for skin and clothes."""
NEAREST = 1.0
"""Metres: what comes nearer to the camera may leave the picture."""
STEADY = 0.5
"""Seconds over which the camera averages the way of the person it follows."""
AZIMUTH = {"front": 0.0, "side": 90.0, "back": 180.0}
"""Degrees about the vertical from where the person faces on the whole, towards the person's right."""
RAISED = 8.0
"""Degrees by which the turntable looks down."""


def views(motion: Motion, frames: np.ndarray, viewpoint: Viewpoint, size: int) -> list[View]:
    """One view for each of the frames.

    Args:
        motion: the person follows it; cameras other than `own` follow the person.
        frames: (F,) indices into the motion where the pose is known, in order of time; the turntable
            turns once over all of them.
        viewpoint: where from; `own` leaves the distortion of the lens away.
        size: pixels of the longer side for `own`, of both sides otherwise.
    """
    if viewpoint == "own":
        return _own_views(motion, frames, size)
    points = np.concatenate([motion.joints[frames], motion.landmarks[frames]], axis=1)
    targets = _followed(points, motion.frame_rate)
    headings = _heading(motion, frames) - np.radians(_azimuths(viewpoint, len(frames)))
    elevation = np.radians({"top": 90.0, "turntable": RAISED}.get(viewpoint, 0.0))
    cameras = np.array([_looking_at(*placed, elevation) for placed in zip(targets, headings, strict=True)])
    focal = 0.5 * size / _widest(transform_points(cameras, points))
    K = np.array([[focal, 0.0, 0.5 * size - 0.5], [0.0, focal, 0.5 * size - 0.5], [0.0, 0.0, 1.0]])
    return [View(K, camera, size, size) for camera in cameras]


def _widest(points: np.ndarray) -> float:
    """Largest tangent from the optical axis of anything on bodies with camera points (T, P, 3)."""
    across = np.abs(points[..., :2]).max(axis=-1) + ROOM
    return float(np.nanmax(across / np.maximum(points[..., 2], NEAREST)))


def _own_views(motion: Motion, frames: np.ndarray, size: int) -> list[View]:
    factor = size / max(motion.width, motion.height)
    # even sides, which video needs
    width, height = (max(2, 2 * round(0.5 * factor * side)) for side in (motion.width, motion.height))
    x, y = width / motion.width, height / motion.height
    K = np.array([[x, 0.0, 0.5 * x - 0.5], [0.0, y, 0.5 * y - 0.5], [0.0, 0.0, 1.0]]) @ motion.K
    return [View(K, motion.T_camera_world[t], width, height) for t in frames]


def _followed(points: np.ndarray, rate: float) -> np.ndarray:
    """(T, 3) middle of the person, smoothed over time."""
    middle = 0.5 * (np.nanmin(points, axis=1) + np.nanmax(points, axis=1))
    if len(middle) < 2:
        return middle
    # by hand, as the command line reads this file for its flags and must not wait for scipy
    half = int(np.ceil(3.0 * STEADY * rate))
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / (STEADY * rate)) ** 2)
    padded = np.pad(middle, ((half, half), (0, 0)), mode="reflect", reflect_type="odd")
    smooth = [np.convolve(column, weights / weights.sum(), mode="valid") for column in padded.T]
    return np.stack(smooth, axis=1)


def _heading(motion: Motion, frames: np.ndarray) -> float:
    """Angle about the vertical (radians, 0 along +X, towards -Z) that the person faces on the whole."""
    turned = motion.coordinate("pelvis_rotation")[frames]
    return float(np.arctan2(np.sin(turned).mean(), np.cos(turned).mean()))


def _azimuths(viewpoint: Viewpoint, count: int) -> np.ndarray:
    """(T,) degrees."""
    if viewpoint == "turntable":
        return 360.0 * np.arange(count) / count
    return np.full(count, AZIMUTH.get(viewpoint, 0.0))


def _looking_at(target: np.ndarray, heading: float, elevation: float) -> np.ndarray:
    """T_camera_world of a camera that stands where `heading` points and looks down by `elevation`."""
    towards = np.array([np.cos(heading), 0.0, -np.sin(heading)])
    right = np.array([-np.sin(heading), 0.0, -np.cos(heading)])
    forwards = -np.cos(elevation) * towards - np.array([0.0, np.sin(elevation), 0.0])
    down = np.cross(forwards, right)
    T = np.eye(4)
    T[:3, :3] = np.stack([right, down, forwards])
    T[:3, 3] = -T[:3, :3] @ (target - DISTANCE * forwards)
    return T
