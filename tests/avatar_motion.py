"""A short walk of somebody seen by a camera, and an avatar of theirs, for tests of rendering."""

from dataclasses import replace

import numpy as np

from borelli.avatar.animate import standing
from borelli.avatar.files import SavedAvatar
from borelli.avatar.start import StartConfig, start_avatar
from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import Person, body_model
from borelli.motion.motion import Motion

MODEL = body_model()
PIXEL = 0.01


def walk(person: Person, frames: int = 6, rate: float = 25.0, heading: float = 0.0) -> Motion:
    """Small steps at 1.2 m/s towards `heading` (radians, 0 is +X), seen from 6 m along +X."""
    table, times = MODEL.skeleton, np.arange(frames) / rate
    q = np.tile(standing(MODEL, person), (frames, 1))
    q[:, table.coordinate("pelvis_rotation")] = heading
    for side, phase in (("r", 0.0), ("l", np.pi)):
        q[:, table.coordinate(f"hip_flexion_{side}")] += 0.4 * np.sin(2 * np.pi * times + phase)
    q[:, -3] += 1.2 * times * np.cos(heading)
    q[:, -1] -= 1.2 * times * np.sin(heading)
    pose = forward(MODEL, person, q)
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = [[0, 0, -1], [0, -1, 0], [-1, 0, 0]], [0.0, 1.0, 6.0]
    return Motion(
        person=0,
        video="walk.mp4",
        width=640,
        height=480,
        time=times,
        coordinate_names=table.coordinate_names,
        coordinates=q,
        joint_names=table.joint_names,
        joints=pose.joints,
        joints_camera=pose.joints @ T[:3, :3].T + T[:3, 3],
        joint_sigma=np.full(pose.joints.shape[:2], 0.02),
        landmark_names=MODEL.landmark_names,
        landmarks=place(pose, landmark_points(MODEL), MODEL, person),
        shape=person.shape,
        log_lengths=person.log_lengths,
        scale=person.scale,
        segment_names=(),
        segment_lengths=np.zeros(0),
        stature=1.7,
        mass=65.0,
        K=np.array([[600.0, 0, 319.5], [0, 600, 239.5], [0, 0, 1]]),
        distortion=np.zeros(0),
        T_camera_world=np.tile(T, (frames, 1, 1)),
        keypoint_names=(),
        keypoints=np.zeros((frames, 0, 3)),
        contact_names=(),
        contacts=np.zeros((frames, 0)),
        valid=np.ones(frames, dtype=bool),
    )


def dressed(person: Person, count: int = 1500) -> SavedAvatar:
    """Red in front (towards +X), blue behind."""
    avatar = start_avatar(MODEL, person, StartConfig(count=count, pixel_size=PIXEL))
    corners = MODEL.vertices[MODEL.faces[avatar.faces]]
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    colours = np.where(outward[:, :1] > 0.0, [1.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    return SavedAvatar(replace(avatar, colours=colours), person, PIXEL, MODEL.version)
