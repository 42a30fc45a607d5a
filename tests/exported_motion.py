"""A person of uncommon shape who moves every joint, as a motion to export; some frames are not valid."""

from dataclasses import replace

import numpy as np

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import Person, body_model
from borelli.body.skeleton import TRANSLATIONS
from borelli.dynamics.contact_points import contact_points
from borelli.motion.motion import Motion
from borelli.perception.keypoint_sets import keypoint_set

MODEL = body_model()
RATE, FRAMES = 50.0, 40
GAP = slice(10, 13)
"""Frames that are not valid; so is the last one."""


def moving_person(**changes: object) -> Motion:
    """Frames at 50 per second, turning through more than pi, inside the joint limits."""
    table, rng = MODEL.skeleton, np.random.default_rng(4)
    person = Person(rng.normal(size=MODEL.shape_size) * 0.7, rng.normal(size=10) * 0.03, 1.05)
    times = np.arange(FRAMES) / RATE
    phase = rng.uniform(0, 2 * np.pi, 49) + 4 * times[:, None]
    low, high = np.maximum(table.lower, -1.5), np.minimum(table.upper, 1.5)
    q = (low + high) / 2 + 0.45 * (high - low) * np.sin(phase)
    q[:, :2] *= 0.3
    q[:, table.coordinate("pelvis_rotation")] = np.mod(2.5 + 3 * times + np.pi, 2 * np.pi) - np.pi
    for k, name in enumerate(TRANSLATIONS):
        q[:, table.coordinate(name)] = [0.0, 0.95, 0.0][k] + times * [1.2, 0.1, -0.3][k]
    return motion_of(person, times, q, **changes)


def motion_of(person: Person, times: np.ndarray, q: np.ndarray, **changes: object) -> Motion:
    """The motion with its joints, landmarks and keypoints; NaN where it is not valid."""
    valid = np.ones(len(times), dtype=bool)
    valid[GAP], valid[-1] = False, False
    q = np.where(valid[:, None], q, np.nan)
    pose = forward(MODEL, person, q)
    landmarks = place(pose, landmark_points(MODEL), MODEL, person)
    detected = keypoint_set("blazepose33").keypoints
    keypoints = np.random.default_rng(1).uniform(0.1, 0.9, (len(times), len(detected), 3))
    keypoints[..., :2] *= 400
    contact_names = contact_points(MODEL).names
    fields: dict[str, object] = {
        "person": 2, "video": "clip one.mp4", "width": 640, "height": 480, "time": times,
        "coordinate_names": MODEL.skeleton.coordinate_names, "coordinates": q,
        "joint_names": MODEL.skeleton.joint_names, "joints": pose.joints, "joints_camera": pose.joints,
        "joint_sigma": np.full(pose.joints.shape[:2], 0.01), "landmark_names": MODEL.landmark_names,
        "landmarks": landmarks, "shape": person.shape, "log_lengths": person.log_lengths,
        "scale": person.scale, "segment_names": (), "segment_lengths": np.zeros(0), "stature": 1.8,
        "mass": 70.0, "K": np.eye(3), "distortion": np.zeros(0),
        "T_camera_world": np.tile(np.eye(4), (len(times), 1, 1)), "keypoint_names": detected,
        "keypoints": keypoints, "contact_names": contact_names,
        "contacts": np.zeros((len(times), len(contact_names))), "valid": valid,
    }  # fmt: skip
    return Motion(**(fields | changes))  # type: ignore[arg-type]


PER_FRAME = (
    "time", "coordinates", "joints", "joints_camera", "joint_sigma", "landmarks", "T_camera_world",
    "keypoints", "contacts", "valid",
)  # fmt: skip


def first_frames(motion: Motion, count: int) -> Motion:
    """The beginning of a motion without forces."""
    return replace(motion, **{name: getattr(motion, name)[:count] for name in PER_FRAME})


def with_forces(motion: Motion) -> Motion:
    """The same with 300 N upwards and 20 N forwards under the first point of the right sole."""
    shape = (len(motion.time), len(motion.contact_names), 3)
    forces = np.zeros(shape)
    forces[:, motion.contact_names.index("heel_medial_r")] = [20.0, 300.0, 0.0]
    points = np.zeros(shape)
    points[:, motion.contact_names.index("heel_medial_r")] = [0.4, 0.0, 0.1]
    explained = np.ones(shape[0], dtype=bool)
    explained[20] = False
    return replace(
        motion,
        forces=forces,
        contact_points=points,
        support=np.zeros(shape[:2]),
        torques=np.zeros((shape[0], 49)),
        residual_wrench=np.zeros((shape[0], 6)),
        explained=explained,
    )
