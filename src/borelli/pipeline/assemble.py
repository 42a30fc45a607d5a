"""From estimates to the result type: one world, points recomputed from the coordinates, gaps flagged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward, joint_points, landmark_points, place
from borelli.body.model import BodyModel, Person
from borelli.body.stature import stature
from borelli.body.trajectories import trajectories
from borelli.fitting.estimator import CONTACT_LANDMARKS, Estimate
from borelli.geometry.camera import Camera
from borelli.motion.motion import Motion
from borelli.motion.observations import Observations, Track
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.people import evident
from borelli.pipeline.world import World, lowest_level, world_of

SEGMENT_ENDS = (
    ("pelvis", "joint:femur_l", "joint:femur_r"),
    ("trunk", "joint:pelvis", "joint:head"),
    ("head", "joint:head", "vertex"),
    ("shoulders", "joint:humerus_l", "joint:humerus_r"),
    ("upper_arm", "joint:humerus_r", "joint:ulna_r"),
    ("forearm", "joint:ulna_r", "joint:hand_r"),
    ("hand", "joint:hand_r", "fingertip_r"),
    ("thigh", "joint:femur_r", "joint:tibia_r"),
    ("shank", "joint:tibia_r", "joint:talus_r"),
    ("foot", "heel_r", "big_toe_r"),
)
"""Lengths that the result states, between joint centres and landmarks; left and right are alike."""


@dataclass(frozen=True)
class Clip:
    """What all people of a video share."""

    video: str
    observations: Observations
    camera: Camera


def span(track: Track) -> slice:
    """Frames from the first to the last evidence of a person."""
    index = np.flatnonzero(evident(track))
    return slice(int(index[0]), int(index[-1]) + 1)


def world_for(model: BodyModel, camera: Camera, estimates: Sequence[Estimate]) -> World:
    """The world of a result: where the first person stands at first, on the floor of the lowest.

    `camera` is as known before estimation: a given pose has the floor in it.
    """
    first = estimates[0].state
    pose = forward(model, first.person, first.coordinates[:1])
    heading = first.coordinates[0, model.skeleton.coordinate("pelvis_rotation")]
    known = camera.T_camera_world is not None
    floor = 0.0 if known else lowest_level([_standing_heights(model, estimate) for estimate in estimates])
    return world_of(pose.joints[0, 0], pose.rotations[0, 0], float(heading), floor)


def motions(
    model: BodyModel, clip: Clip, tracks: Sequence[Track], estimates: Sequence[Estimate], world: World
) -> list[Motion]:
    """Results of all people in one world.

    Args:
        model: the body.
        clip: video, observations and the camera as given to the estimator.
        tracks: of the people estimated, over all frames of the clip.
        estimates: of the same people, over `span` of their tracks.
        world: from the world of the estimates to that of the result.
    """
    return [_motion(model, clip, t, e, world) for t, e in zip(tracks, estimates, strict=True)]


def _motion(model: BodyModel, clip: Clip, track: Track, estimate: Estimate, world: World) -> Motion:
    table, state, seen = model.skeleton, estimate.state, span(track)
    coordinates = world.coordinates(state.coordinates, table)
    T_camera_world = world.camera(state.camera.T_camera_world())
    joints = trajectories(model, state.person, coordinates, joint_points(model))
    joints_camera = joints @ T_camera_world[:3, :3].T + T_camera_world[:3, 3]
    names, lengths = segment_lengths(model, state.person)
    return Motion(
        person=track.person,
        video=clip.video,
        width=clip.observations.width,
        height=clip.observations.height,
        time=clip.observations.times[seen],
        coordinate_names=table.coordinate_names,
        coordinates=coordinates,
        joint_names=table.joint_names,
        joints=joints,
        # single precision: 0.1 micrometre at a metre, and half the memory of a clip of hours
        joints_camera=joints_camera.astype(np.float32),
        joint_sigma=estimate.joint_sigma,
        landmark_names=model.landmark_names,
        landmarks=trajectories(model, state.person, coordinates, landmark_points(model), np.float32),
        shape=state.person.shape,
        log_lengths=state.person.log_lengths,
        scale=state.person.scale,
        segment_names=names,
        segment_lengths=lengths,
        stature=stature(model, state.person),
        mass=float(inertia(model, state.person).masses.sum()),
        K=zoomed(clip.camera.K, float(np.exp(state.camera.unknowns[0]))),
        distortion=clip.camera.distortion,
        T_camera_world=np.broadcast_to(T_camera_world, (len(coordinates), 4, 4)),
        keypoint_names=keypoint_set(clip.observations.keypoint_set).keypoints,
        keypoints=track.keypoints[seen],
        contact_names=CONTACT_LANDMARKS,
        contacts=estimate.contacts,
        valid=evident(track)[seen],
    )


def _standing_heights(model: BodyModel, estimate: Estimate) -> np.ndarray:
    """(N,) heights of foot points in all frames in which they stand, in the estimator's world."""
    soles = landmark_points(model, CONTACT_LANDMARKS)
    feet = trajectories(model, estimate.state.person, estimate.state.coordinates, soles)
    return feet[..., 1][estimate.contacts > 0.5]


def zoomed(K: np.ndarray, factor: float) -> np.ndarray:
    """Intrinsics (3, 3) with the focal length multiplied."""
    return K @ np.diag([factor, factor, 1.0])


def segment_lengths(model: BodyModel, person: Person) -> tuple[tuple[str, ...], np.ndarray]:
    """Names and lengths in metres of the segments in SEGMENT_ENDS."""
    pose = forward(model, person, np.zeros((1, len(model.skeleton.coordinate_names))))
    marks = place(pose, landmark_points(model), model, person)[0]

    def position(point: str) -> np.ndarray:
        kind, _, segment = point.partition("joint:")
        return pose.joints[0, model.skeleton.segment(segment)] if segment else marks[model.landmark(kind)]

    lengths = [float(np.linalg.norm(position(a) - position(b))) for _, a, b in SEGMENT_ENDS]
    return tuple(name for name, _, _ in SEGMENT_ENDS), np.array(lengths)
