"""A motion whose poses or body changed after it was estimated."""

from dataclasses import replace

import numpy as np

from borelli.body.kinematics import forward, joint_points, landmark_points, place
from borelli.body.model import Person, body_model
from borelli.body.stature import stature
from borelli.motion.motion import Motion
from borelli.pipeline.assemble import segment_lengths


def with_pose(motion: Motion, person: Person, coordinates: np.ndarray) -> Motion:
    """The motion with other coordinates (T, 49) and another body, without the forces of the old one."""
    model = body_model()
    pose = forward(model, person, coordinates)
    joints, T = place(pose, joint_points(model), model, person), motion.T_camera_world
    names, lengths = segment_lengths(model, person)
    return replace(
        motion,
        coordinates=coordinates,
        joints=joints,
        joints_camera=np.einsum("tij,tkj->tki", T[:, :3, :3], joints) + T[:, None, :3, 3],
        landmarks=place(pose, landmark_points(model), model, person),
        shape=person.shape,
        log_lengths=person.log_lengths,
        scale=person.scale,
        segment_names=names,
        segment_lengths=lengths,
        stature=stature(model, person),
        forces=None,
        torques=None,
        residual_wrench=None,
        explained=None,
    )
