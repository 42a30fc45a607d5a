"""One person as drawable geometry in pixels: surface, bones and standing feet, a few frames at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import Skeleton
from borelli.body.skin import normals, skin
from borelli.geometry.camera import Camera
from borelli.geometry.frames import transform_points
from borelli.motion.motion import Motion

FRAMES_AT_ONCE = 16
TOWARDS_LIGHT = np.array([-0.35, -0.6, -0.72])
"""Camera axes: the light stands above, to the left of and behind the camera."""
TOWARDS_LIGHT = TOWARDS_LIGHT / np.linalg.norm(TOWARDS_LIGHT)
AMBIENT = 0.5
TIPS = (
    ("head", "vertex"),
    ("hand_r", "fingertip_r"),
    ("hand_l", "fingertip_l"),
    ("toes_r", "big_toe_r"),
    ("toes_l", "big_toe_l"),
    ("calcn_r", "heel_r"),
    ("calcn_l", "heel_l"),
)
"""Bones from a joint to a landmark that ends the chain."""


@dataclass(frozen=True)
class Figure:
    """One person in one frame of the picture."""

    pixels: np.ndarray
    """(V, 2) float32."""
    depth: np.ndarray
    """(V,) float32 metres."""
    light: np.ndarray
    """(V,) float32."""
    ends: np.ndarray
    """(B, 2, 2) pixels of the bones' ends; NaN behind the camera."""
    bone_width: float
    """Pixels."""
    standing: np.ndarray
    """(C, 2) pixels of foot points that stand."""
    top: np.ndarray
    """(2,) pixel of the crown of the head."""
    valid: bool


def bones(table: Skeleton) -> tuple[list[tuple[str, str]], list[str]]:
    """Ends of the drawn bones, as joints of segments or landmarks, and the side of each: r, l or m."""
    names = table.segment_names
    pairs = [(names[p], names[j]) for j, p in enumerate(table.parents) if p >= 0] + list(TIPS)
    return pairs, [end[-1] if end.endswith(("_r", "_l")) else "m" for _, end in pairs]


def figures(motion: Motion, model: BodyModel, K: np.ndarray) -> Iterator[Figure]:
    """The frames of a motion in order, with intrinsics (3, 3) of the picture that is drawn on."""
    person = Person(motion.shape, motion.log_lengths, motion.scale)
    camera = Camera(K, motion.distortion, motion.width, motion.height)
    pairs, _ = bones(model.skeleton)
    soles = motion.contact_places
    for first in range(0, len(motion.time), FRAMES_AT_ONCE):
        part = slice(first, first + FRAMES_AT_ONCE)
        pose = forward(model, person, motion.coordinates[part])
        surface = skin(model, person, pose)
        outward = normals(surface, model.faces)
        T = motion.T_camera_world[part]
        points = transform_points(T, surface)
        facing = outward @ (np.swapaxes(T[:, :3, :3], 1, 2) @ TOWARDS_LIGHT)[..., None]
        light = AMBIENT + (1 - AMBIENT) * np.clip(facing[..., 0], 0.0, 1.0)
        ends = np.stack(
            [_ends(motion, model, [pair[side] for pair in pairs], part) for side in (0, 1)], axis=2
        )
        for t in range(len(points)):
            standing = soles[first + t, motion.contacts[first + t] > 0.5]
            yield _figure(motion, first + t, points[t], light[t], ends[t], standing, camera)


def _ends(motion: Motion, model: BodyModel, names: list[str], part: slice) -> np.ndarray:
    """(t, B, 3) camera points of joints (by segment) or landmarks."""
    T, segments = motion.T_camera_world[part], model.skeleton.segment_names
    places = [
        motion.joints[part, segments.index(name)]
        if name in segments
        else motion.landmarks[part, motion.landmark_names.index(name)]
        for name in names
    ]
    return transform_points(T, np.stack(places, axis=1))


def _figure(
    motion: Motion,
    frame: int,
    points: np.ndarray,
    light: np.ndarray,
    ends: np.ndarray,
    standing: np.ndarray,
    camera: Camera,
) -> Figure:
    T = motion.T_camera_world[frame]
    crown = motion.landmarks[frame, [motion.landmark_names.index("vertex")]]
    distance = max(float(np.median(points[:, 2])), 0.3)
    return Figure(
        pixels=_project(camera, points).astype(np.float32),
        depth=points[:, 2].astype(np.float32),
        light=light.astype(np.float32),
        ends=_project(camera, ends),
        bone_width=float(np.clip(0.015 * camera.K[0, 0] / distance, 1.2, 6.0)),
        standing=_project(camera, transform_points(T, standing)),
        top=_project(camera, transform_points(T, crown))[0],
        valid=bool(motion.valid[frame]),
    )


def _project(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Pixels (..., 2) of camera points (..., 3); NaN at and behind the camera."""
    ahead = points[..., 2:] > 0.05
    return np.where(ahead, camera.project(np.where(ahead, points, 1.0)), np.nan)
