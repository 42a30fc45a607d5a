"""A rendered clip in the types of the pipeline: observations of its keypoints and masks, and its motions."""

import numpy as np

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import body_model
from borelli.body.stature import stature
from borelli.evaluation.rendered_clips import KEYPOINT_NOISE, KEYPOINT_SET, RefinementCase
from borelli.fitting.estimator import CONTACT_LANDMARKS
from borelli.geometry.frames import transform_points
from borelli.motion.motion import Motion
from borelli.motion.observations import Observations, Track
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.assemble import segment_lengths


def case_observations(case: RefinementCase) -> Observations:
    """What perception would hand to the estimator: one track without hints, masks of whole pictures."""
    points, camera = case.keypoints, case.camera
    frames, count = points.shape[:2]
    seen = np.where((points[..., 2] > 0)[..., None], points[..., :2], np.nan)
    covariance = np.tile((KEYPOINT_NOISE * camera.width) ** 2 * np.eye(2), (frames, count, 1, 1))
    boxes = np.concatenate([np.nanmin(seen, axis=1), np.nanmax(seen, axis=1)], axis=1)
    track = Track(
        person=0,
        keypoints=points,
        covariance=covariance,
        hints=None,
        boxes=boxes,
        swapped=np.zeros(frames, dtype=bool),
        masks=np.packbits(case.masks, axis=2),
        mask_to_image=np.tile(np.eye(2, 3), (frames, 1, 1)),
    )
    return Observations(case.clip.truth.times, camera.width, camera.height, KEYPOINT_SET, (track,))


def case_motion(case: RefinementCase, coordinates: np.ndarray | None = None) -> Motion:
    """A motion with the person and the camera of the case and coordinates (T, 49), its start by default."""
    model, person, camera = body_model(), case.person, case.camera
    assert camera.T_camera_world is not None
    q = case.start if coordinates is None else coordinates
    pose = forward(model, person, q)
    names, lengths = segment_lengths(model, person)
    frames, joints = pose.joints.shape[:2]
    return Motion(
        person=0,
        video="rendered.mp4",
        width=camera.width,
        height=camera.height,
        time=case.clip.truth.times,
        coordinate_names=model.skeleton.coordinate_names,
        coordinates=q,
        joint_names=model.skeleton.joint_names,
        joints=pose.joints,
        joints_camera=transform_points(camera.T_camera_world, pose.joints),
        joint_sigma=np.full((frames, joints), np.nan),
        landmark_names=model.landmark_names,
        landmarks=place(pose, landmark_points(model), model, person),
        shape=person.shape,
        log_lengths=person.log_lengths,
        scale=person.scale,
        segment_names=names,
        segment_lengths=lengths,
        stature=stature(model, person),
        mass=float(inertia(model, person).masses.sum()),
        K=camera.K,
        distortion=camera.distortion,
        T_camera_world=np.tile(camera.T_camera_world, (frames, 1, 1)),
        keypoint_names=keypoint_set(KEYPOINT_SET).keypoints,
        keypoints=case.keypoints,
        contact_names=CONTACT_LANDMARKS,
        contacts=np.zeros((frames, len(CONTACT_LANDMARKS))),
        valid=np.ones(frames, dtype=bool),
    )
