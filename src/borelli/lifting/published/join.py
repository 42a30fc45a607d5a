"""A published network's posture inside our own lifter's guess, which knows place, gravity and contacts."""

from dataclasses import replace

import numpy as np

from borelli.body.model import body_model
from borelli.lifting.bones import bone_points
from borelli.lifting.guess import Guess
from borelli.lifting.published.guess import CrudeGuess


def with_posture(own: Guess, posture: CrudeGuess) -> Guess:
    """Our guess with another network's posture in the frames and for the segments that it knows.

    Angles, orientation of the pelvis and directions of bones are taken over with that network's deviations.
    Where a bone's end is on a segment that it does not know, the angles stay ours; they now hang on its
    trunk, so that the deviations of both add up.

    Args:
        own: of our lifter, over T frames.
        posture: over the same T frames.
    """
    model = body_model()
    sigma, seen_frames = posture.sigma, posture.seen.reshape(-1, 1, 1)
    known = np.isfinite(sigma)
    hinges = seen_frames[..., 0] & known[model.skeleton.hinge_segment]
    # an angle is between two segments, each with its own error
    angle_sd = np.sqrt(2) * sigma[model.skeleton.hinge_segment]
    angle_sd = np.where(model.skeleton.hinge_segment == 0, np.inf, angle_sd)
    ends = bone_points(model).segments.reshape(-1, 2)
    trunk = np.min(sigma)
    bone_sd = np.where(
        np.all(known[ends], axis=1, keepdims=True),
        np.max(sigma[ends], axis=1, keepdims=True),
        np.hypot(own.bone_sd, trunk),
    )
    return replace(
        own,
        coordinates=np.where(hinges, posture.coordinates, own.coordinates),
        coordinate_sd=np.where(hinges, angle_sd, own.coordinate_sd),
        R_camera_pelvis=np.where(seen_frames, posture.R_camera_pelvis, own.R_camera_pelvis),
        bone_sd=np.where(seen_frames, bone_sd, own.bone_sd),
    )
