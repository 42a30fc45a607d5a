"""Motions that no camera saw: markers, motion capture, body-model files. One person, one clip, our world."""

from dataclasses import dataclass

import numpy as np

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward, joint_points, landmark_points, place
from borelli.body.model import BodyModel, Person
from borelli.body.stature import stature
from borelli.fitting.contacts import ContactModel, contact_probability, height_over_ground
from borelli.fitting.estimator import CONTACT_LANDMARKS
from borelli.motion.motion import Motion
from borelli.pipeline.assemble import segment_lengths
from borelli.pipeline.world import World, world_of


@dataclass(frozen=True)
class BodyMotion:
    """Coordinates of one person over a clip, in any Y-up world in metres whose floor is y = 0."""

    source: str
    """Name of the file it came from."""
    times: np.ndarray
    """(T,) seconds."""
    person: Person
    coordinates: np.ndarray
    """(T, 49)."""
    valid: np.ndarray
    """(T,) bool."""
    joint_sigma: np.ndarray | None = None
    """(T, J) metres; None when nothing is known about the error, which the result states as NaN."""


def world_of_body(model: BodyModel, body: BodyMotion) -> World:
    """The world of a result: the first valid frame faces +X over the origin; the floor stays."""
    first = body.coordinates[int(np.argmax(body.valid))]
    pose = forward(model, body.person, first[None])
    heading = float(first[model.skeleton.coordinate("pelvis_rotation")])
    return world_of(pose.joints[0, 0], pose.rotations[0, 0], heading)


def motion_without_camera(model: BodyModel, body: BodyMotion, world: World) -> Motion:
    """The result type for a motion that no camera saw.

    What belongs to a camera (its matrices, joints in its axes) is NaN, the frame size is 0 and there are
    no keypoints. Contacts come from speed and height of the feet alone.
    """
    table, person = model.skeleton, body.person
    coordinates = world.coordinates(body.coordinates, table)
    pose = forward(model, person, coordinates)
    joints = place(pose, joint_points(model), model, person)
    names, lengths = segment_lengths(model, person)
    unknown = np.full(joints.shape[:2], np.nan)
    return Motion(
        person=0,
        video=body.source,
        width=0,
        height=0,
        time=body.times,
        coordinate_names=table.coordinate_names,
        coordinates=coordinates,
        joint_names=table.joint_names,
        joints=joints,
        joints_camera=np.full_like(joints, np.nan),
        joint_sigma=unknown if body.joint_sigma is None else body.joint_sigma,
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
        T_camera_world=np.full((len(coordinates), 4, 4), np.nan),
        keypoint_names=(),
        keypoints=np.zeros((len(coordinates), 0, 3)),
        contact_names=CONTACT_LANDMARKS,
        contacts=_contacts(model, body, coordinates),
        valid=body.valid,
    )


def _contacts(model: BodyModel, body: BodyMotion, coordinates: np.ndarray) -> np.ndarray:
    """Probability (T, P) that each foot point stands."""
    pose = forward(model, body.person, coordinates)
    feet = place(pose, landmark_points(model, CONTACT_LANDMARKS), model, body.person)
    if len(feet) < 3:
        return np.zeros(feet.shape[:2])
    speed = np.linalg.norm(np.gradient(feet, body.times, axis=0), axis=-1)
    seen = np.repeat(body.valid[:, None].astype(float), feet.shape[1], axis=1)
    height = height_over_ground(feet[..., 1], body.times)
    return contact_probability(speed, height, body.times, seen, ContactModel())
