"""One training sample: what the lifter sees of a window, and what it should answer."""

from dataclasses import dataclass, fields

import numpy as np

from borelli.body.kinematics import Points, forward, joint_points, landmark_points, place
from borelli.body.model import BodyModel
from borelli.lifting.bones import BONES, bone_points
from borelli.lifting.codes import encode, six, slots
from borelli.lifting.layout import HINGES
from borelli.lifting.rays import to_slots, window
from borelli.training.motions import Motion, MotionConfig, Source, draw_motion
from borelli.training.views import NEAREST, View, ViewConfig, see

MARKS = (
    "heel_r", "heel_l", "big_toe_r", "big_toe_l", "nose", "ear_r", "ear_l", "vertex",
    "knuckle_index_r", "knuckle_index_l",
)  # fmt: skip
"""Landmarks whose positions are scored beside the joint centres."""


@dataclass(frozen=True)
class Sample:
    """Arrays of one window (T frames), or of a batch of them with one axis more; float32.

    Axes V are those of the virtual camera (see lifting/rays.py); lengths are for a person of scale 1.
    """

    features: np.ndarray
    """(T, FEATURES)."""
    code: np.ndarray
    """(T, 88) joint code, the pelvis' in V."""
    hinges: np.ndarray
    """(T, 46) radians; the pelvis' three mean nothing to the camera."""
    points: np.ndarray
    """(T, P, 3) joints and MARKS relative to the pelvis, V, metres."""
    bones: np.ndarray
    """(T, B, 3) unit directions of BONES, V."""
    root: np.ndarray
    """(T, 3) pelvis: offset from the middle of the person in sizes (2), log of depth times size."""
    velocity: np.ndarray
    """(T, 3) of the pelvis, V, m/s."""
    up: np.ndarray
    """(T, 3) against gravity, V."""
    contacts: np.ndarray
    """(T, 4)."""
    contacts_known: np.ndarray
    """(T, 1) 0 or 1."""
    body: np.ndarray
    """(26,) log lengths and shape."""


def scored_points(model: BodyModel) -> Points:
    """Joint centres, then MARKS."""
    joints, marks = joint_points(model), landmark_points(model, MARKS)
    return Points(
        np.r_[joints.segments, marks.segments],
        np.r_[joints.offsets, marks.offsets],
        np.r_[joints.offsets_shape, marks.offsets_shape],
    )


def draw_sample(
    source: Source, frames: int, motions: MotionConfig, views: ViewConfig, rng: np.random.Generator
) -> Sample:
    """A random motion seen by a random camera and detector."""
    while True:
        motion = draw_motion(source, frames, motions, rng)
        sample = make_sample(source.model, motion, see(source.model, motion, views, rng))
        if sample is not None:
            return sample


def make_sample(model: BodyModel, motion: Motion, view: View) -> Sample | None:
    """Features and targets of one motion in one view; None when nothing was detected."""
    seen = window(to_slots(view.names), view.image, view.confidence, view.sd, view.up_camera, motion.step)
    if seen is None:
        return None
    R = seen.R_virtual_camera @ view.R_camera_world
    pose = forward(model, motion.person, motion.coordinates)
    points = place(pose, scored_points(model), model, motion.person)
    bones = place(pose, bone_points(model), model, motion.person)
    root = (pose.joints[:, 0] - view.camera_centre) @ R.T
    root[:, 2] = np.maximum(root[:, 2], NEAREST)
    offset = (root[:, :2] / root[:, 2:] - seen.centre) / seen.size
    code = encode(model.skeleton, motion.coordinates)
    code[:, slots()[0].columns] = six(R @ pose.rotations[:, 0])
    vectors = (bones[:, BONE_ENDS[:, 1]] - bones[:, BONE_ENDS[:, 0]]) @ R.T
    frames = len(code)
    arrays = dict(
        features=seen.features,
        code=code,
        hinges=motion.coordinates[:, :HINGES],
        points=(points - points[:, :1]) @ R.T,
        bones=vectors / np.linalg.norm(vectors, axis=-1, keepdims=True),
        root=np.concatenate([np.clip(offset, -3, 3), np.log(root[:, 2:] * seen.size)], axis=1),
        velocity=np.gradient(root, motion.step, axis=0),
        up=np.tile(R[:, 1], (frames, 1)),
        contacts=motion.contacts,
        contacts_known=np.full((frames, 1), motion.contacts_known),
        body=np.r_[motion.person.log_lengths, motion.person.shape],
    )
    return Sample(**{name: value.astype(np.float32) for name, value in arrays.items()})


BONE_ENDS = np.array([(2 * i, 2 * i + 1) for i in range(len(BONES))])


def stack(samples: list[Sample]) -> Sample:
    """A batch of samples."""
    names = [field.name for field in fields(Sample)]
    return Sample(**{name: np.stack([getattr(s, name) for s in samples]) for name in names})
