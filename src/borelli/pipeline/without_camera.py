"""Results that come from a recording instead of a video: the same files, without a camera.

The recording's own world is kept (Y up, metres), so that force plates and other instruments still fit.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.body.inertia import inertia
from borelli.body.kinematics import Pose, forward, joint_points, landmark_points, place
from borelli.body.model import BodyModel, Person
from borelli.body.stature import stature
from borelli.fitting.contacts import ContactModel, contact_probability, height_over_ground
from borelli.fitting.estimator import CONTACT_LANDMARKS
from borelli.motion.motion import Motion, save_motion
from borelli.pipeline.assemble import segment_lengths
from borelli.pipeline.files import write_person


@dataclass(frozen=True)
class Recorded:
    """One person of a recording on our skeleton."""

    source: str
    """File name of the recording, without folders."""
    times: np.ndarray
    """(T,) seconds."""
    person: Person
    coordinates: np.ndarray
    """(T, 49) radians and metres, in the recording's world turned to Y up."""
    joint_sigma: np.ndarray
    """(T, J) metres, one standard deviation along each axis."""
    valid: np.ndarray
    """(T,) bool: frames with enough evidence."""


def motion_without_camera(model: BodyModel, recorded: Recorded, number: int = 0) -> Motion:
    """The result type for a recording: no frame size, K, T_camera_world and joints_camera NaN, no keypoints.

    Args:
        model: the body.
        recorded: the person.
        number: identity within the recording.
    """
    frames, person = len(recorded.times), recorded.person
    pose = forward(model, person, recorded.coordinates)
    joints = place(pose, joint_points(model), model, person)
    names, lengths = segment_lengths(model, person)
    return Motion(
        person=number,
        video=recorded.source,
        width=0,
        height=0,
        time=recorded.times,
        coordinate_names=model.skeleton.coordinate_names,
        coordinates=recorded.coordinates,
        joint_names=model.skeleton.joint_names,
        joints=joints,
        joints_camera=np.full_like(joints, np.nan),
        joint_sigma=recorded.joint_sigma,
        landmark_names=model.landmark_names,
        landmarks=place(pose, landmark_points(model), model, person),
        shape=person.shape,
        log_lengths=person.log_lengths,
        scale=person.scale,
        segment_names=names,
        segment_lengths=lengths,
        stature=stature(model, person),
        mass=float(inertia(model, person).masses.sum()),
        K=np.full((3, 3), np.nan),
        distortion=np.zeros(0),
        T_camera_world=np.full((frames, 4, 4), np.nan),
        keypoint_names=(),
        keypoints=np.zeros((frames, 0, 3)),
        contact_names=CONTACT_LANDMARKS,
        contacts=_contacts(model, pose, recorded),
        valid=recorded.valid,
    )


def write_motion_files(folder: Path, motion: Motion) -> list[Path]:
    """Write one person into a folder: motion.npz, motion.mot, markers.trc, model.osim and the tables."""
    save_motion(folder / "motion.npz", motion)
    return [folder / "motion.npz", *write_person(folder, motion)]


def _contacts(model: BodyModel, pose: Pose, recorded: Recorded) -> np.ndarray:
    """(T, 4) probability that heel and ball of each foot stand, from their speed and height."""
    if len(recorded.times) < 3:
        return np.zeros((len(recorded.times), len(CONTACT_LANDMARKS)))
    feet = place(pose, landmark_points(model, CONTACT_LANDMARKS), model, recorded.person)
    speed = np.linalg.norm(np.gradient(feet, recorded.times, axis=0), axis=-1)
    height = height_over_ground(feet[..., 1], recorded.times)
    return contact_probability(speed, height, recorded.times, np.ones(speed.shape), ContactModel())
