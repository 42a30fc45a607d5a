"""What the lifter sees: keypoints as rays in a virtual camera that looks at the person, without focal length.

The virtual camera V looks along the mean ray of a window of frames; its y axis points down along gravity if
that is known, else along the real camera's y axis. Keypoints stand in named slots, so that any registered
keypoint set can be lifted; slots without a keypoint are empty (zeros).
"""

from dataclasses import dataclass

import numpy as np

SLOTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "mouth_left", "mouth_right", "head", "neck",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb",
    "hip", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index", "left_big_toe", "right_big_toe",
    "left_small_toe", "right_small_toe",
)  # fmt: skip
TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
LIMBS = (
    *TRUNK, "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
_TRUNK, _LIMBS = (np.array([SLOTS.index(name) for name in names]) for names in (TRUNK, LIMBS))
VAGUE = 0.05
"""Keypoint uncertainty, in sizes of the person, that halves its confidence."""
FEATURES = 3 * len(SLOTS) + 9
"""Per frame: x, y, confidence per slot; centre (2), size, up (3), up known, time step, trunk seen."""


@dataclass(frozen=True)
class Window:
    """What a network gets about one window, and how to read its answer."""

    features: np.ndarray
    """(T, FEATURES) float32."""
    R_virtual_camera: np.ndarray
    """(3, 3)."""
    centre: np.ndarray
    """(T, 2) middle of the person in the virtual camera, image coordinates at depth 1."""
    size: float
    """Of the person in the virtual camera, image coordinates at depth 1."""


def to_slots(names: tuple[str, ...]) -> np.ndarray:
    """(M,) slot of every keypoint name."""
    return np.array([SLOTS.index(name) for name in names])


def window(
    slots: np.ndarray,
    image: np.ndarray,
    confidence: np.ndarray,
    sd: np.ndarray,
    up_camera: np.ndarray | None,
    step: float,
) -> Window | None:
    """Features of T frames; None when nothing is seen.

    Args:
        slots: (M,) slot of every keypoint.
        image: (T, M, 2) undistorted image coordinates at depth 1.
        confidence: (T, M) in [0, 1], 0 where not seen.
        sd: (T, M) of the keypoints, image coordinates.
        up_camera: (3,) the direction against gravity in camera axes, None if unknown.
        step: seconds between frames.
    """
    if not np.any(confidence > 0):
        return None
    rays = np.concatenate([image, np.ones((*image.shape[:-1], 1))], axis=-1)
    weight = np.where(confidence > 0, confidence, 0.0)
    R = _look_at((weight[..., None] * rays).sum(axis=(0, 1)), up_camera)
    turned = rays @ R.T
    plane = turned[..., :2] / np.maximum(turned[..., 2:], 0.05)
    slotted = np.zeros((len(image), len(SLOTS), 3))
    slotted[:, slots, :2] = plane
    slotted[:, slots, 2] = weight
    centre, trunk = _centre(slotted)
    offset = slotted[..., :2] - centre[:, None]
    size = _size(offset, slotted[..., 2])
    fuzzy = np.zeros(slotted.shape[:2])
    fuzzy[:, slots] = sd / size / VAGUE
    slotted[..., 2] /= 1 + fuzzy**2
    slotted[..., :2] = np.clip(offset / size, -4, 4) * (slotted[..., 2:] > 0)
    up = np.zeros(3) if up_camera is None else R @ up_camera
    constant = np.r_[np.log(size), up, up_camera is not None, np.log(15 * step)]
    features = np.concatenate(
        [
            slotted.reshape(len(image), -1),
            np.clip(centre / size, -6, 6),
            np.tile(constant, (len(image), 1)),
            trunk[:, None],
        ],
        axis=1,
    )
    return Window(features.astype(np.float32), R, centre, size)


def _look_at(ray: np.ndarray, up_camera: np.ndarray | None) -> np.ndarray:
    """R_virtual_camera whose z axis is the ray and whose y axis points down as far as it can."""
    z = ray / np.linalg.norm(ray)
    down = np.array([0.0, 1.0, 0.0]) if up_camera is None else -up_camera
    x = np.cross(down, z)
    if np.linalg.norm(x) < 1e-3:
        x = np.array([1.0, 0.0, 0.0])
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])


def _centre(slotted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middle of the trunk (T, 2), bridged over frames that do not show it, and whether they do (T,)."""
    weight = slotted[:, _TRUNK, 2]
    known = weight.sum(axis=1) > 0.1
    if not known.any():
        weight, trunk = slotted[..., 2], slotted[..., :2]
        known = weight.sum(axis=1) > 0
    else:
        trunk = slotted[:, _TRUNK, :2]
    middle = (weight[..., None] * trunk).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-6)[:, None]
    frames = np.arange(len(slotted))
    bridged = np.stack([np.interp(frames, frames[known], middle[known, k]) for k in range(2)], axis=1)
    return bridged, known.astype(np.float64)


def _size(offset: np.ndarray, weight: np.ndarray) -> float:
    """Root mean square distance of limb joints from the middle of the trunk over the window."""
    squared = np.sum(offset**2, axis=-1)
    if np.any(weight[:, _LIMBS] > 0):
        squared, weight = squared[:, _LIMBS], weight[:, _LIMBS]
    return float(max(np.sqrt(np.sum(weight * squared) / max(np.sum(weight), 1e-6)), 1e-4))
