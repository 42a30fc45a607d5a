"""A person who stands in front of a camera, as the clip of a policy; everything is known exactly."""

from dataclasses import replace
from functools import cache

import numpy as np
from exported_motion import first_frames, motion_of
from standing_person import MASS, MODEL, PERSON, standing

from borelli.body.kinematics import forward, place
from borelli.dynamics.performance import Performance
from borelli.dynamics.policy.clips import Clip
from borelli.dynamics.policy.from_motion import clip_of_motion
from borelli.dynamics.policy.library import Library, library
from borelli.geometry.frames import make_transform, transform_points
from borelli.motion.motion import Motion
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.physics import motion_with_forces

K = np.array([[800.0, 0, 320], [0, 800.0, 240], [0, 0, 1]])
CENTRE = np.array([4.0, 1.2, 0.5])
_BACK = CENTRE / np.linalg.norm(CENTRE * (1, 0, 1)) * (1, 0, 1)
R_CAMERA_WORLD = np.stack([np.cross([0, 1.0, 0], _BACK), [0, -1.0, 0], -_BACK])
T_CAMERA_WORLD = make_transform(R_CAMERA_WORLD, -R_CAMERA_WORLD @ CENTRE)


def film(performance: Performance) -> Motion:
    """A performance seen by the camera, with forces."""
    times, q = performance.times, performance.coordinates
    motion = motion_of(PERSON, np.arange(40) / 50, np.zeros((40, 49)))
    spare = len(times) - 40
    assert spare <= 0
    detected = keypoint_set("blazepose33")
    used, points = detected.on_body(MODEL)
    body = place(forward(MODEL, PERSON, q), points, MODEL, PERSON)
    seen = transform_points(T_CAMERA_WORLD, body) @ K.T
    keypoints = np.zeros((len(times), 33, 3))
    keypoints[:, used, :2], keypoints[:, used, 2] = seen[..., :2] / seen[..., 2:], 0.9
    motion = replace(
        first_frames(motion, len(times)),
        time=times,
        coordinates=q,
        keypoints=keypoints,
        K=K,
        T_camera_world=np.tile(T_CAMERA_WORLD, (len(times), 1, 1)),
        mass=MASS,
    )
    return motion_with_forces(motion, performance)


@cache
def standing_clip(frames: int = 31) -> Clip:
    """About a second of standing at 30 frames per second; the truth is what is seen."""
    performance = standing(np.arange(frames) / 30)
    clip = clip_of_motion(MODEL, film(performance), performance, "standing")
    return replace(clip, reference=clip.nominal)


@cache
def standing_library(clips: int = 2) -> Library:
    """The clip several times over."""
    return library(MODEL, [standing_clip()] * clips)
