"""What the 3D view of the report page shows of one person: skin bound to bones, skeleton, where they are.

T frames of the page, V vertices, B bones (segments), J joints and tips. World, metres.
"""

from typing import Any

import numpy as np

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person
from borelli.body.skin import bind_joints, bind_pose, skin
from borelli.geometry.rotations import quaternion_from_matrix, unflip_quaternions
from borelli.motion.motion import Motion
from borelli.report.figure import TIPS, bones
from borelli.report.page_arrays import ArrayStream
from borelli.report.page_mesh import page_mesh
from borelli.report.page_time import PageTime

MILLIMETRE = 1e-3
POSITION_STEP, QUATERNION_STEP, SIGMA_STEP = 0.2 * MILLIMETRE, 1.0 / 32000, 0.5 * MILLIMETRE
WEIGHT_UNITS = 255


def body_entry(stream: ArrayStream, model: BodyModel) -> dict[str, Any]:
    """The topology that all people share."""
    return {
        "faces": stream.plain(page_mesh().faces, "u2"),
        "bones": list(model.skeleton.segment_names),
        "parents": model.skeleton.parents.tolist(),
    }


def skeleton_entries(model: BodyModel) -> dict[str, Any]:
    """Names of the drawn points, and the lines between them with their side."""
    pairs, sides = bones(model.skeleton)
    index = {segment: j for j, segment in enumerate(model.skeleton.segment_names)}
    tips = [tip for _, tip in TIPS]
    index |= {tip: len(model.skeleton.segment_names) + i for i, tip in enumerate(tips)}
    return {
        "joints": [*model.skeleton.joint_names, *tips],
        "limbs": [
            [index[start], index[end], "c" if side == "m" else side]
            for (start, end), side in zip(pairs, sides, strict=True)
        ],
    }


def figure_entries(stream: ArrayStream, model: BodyModel, motion: Motion, time: PageTime) -> dict[str, Any]:
    """Skin, bones and joints of one person."""
    person = Person(motion.shape, motion.log_lengths, motion.scale)
    q = time.held(motion.time, motion.coordinates)
    pose = forward(model, person, q)
    quaternions = unflip_quaternions(quaternion_from_matrix(pose.rotations))
    shown = page_mesh().vertices
    weights = whole_weights(model.skin_weights[shown])
    sigma = time.held(motion.time, _sigma(model, motion))
    return {
        "vertices": stream.stepped(skin(model, person, bind_pose(model, person), shown)[0], 0.1 * MILLIMETRE),
        "bone_index": stream.plain(np.where(weights > 0, model.skin_segments[shown], 0), "u1"),
        "bone_weight": stream.plain(weights, "u1"),
        "bone_rest_quaternion": stream.plain(quaternion_from_matrix(model.bind_rotations), "f4"),
        "bone_rest_position": stream.plain(bind_joints(model, person), "f4"),
        "bone_quaternion": stream.stepped(quaternions, QUATERNION_STEP),
        "bone_position": stream.stepped(pose.joints, POSITION_STEP),
        "joint_position": stream.stepped(time.held(motion.time, _points(motion)), POSITION_STEP),
        "joint_sigma": stream.stepped(sigma, SIGMA_STEP) if np.isfinite(sigma).any() else None,
    }


def whole_weights(weights: np.ndarray) -> np.ndarray:
    """Weights (N, 4) as whole numbers that sum to 255; what rounding lost goes to the heaviest."""
    shares = weights / weights.sum(axis=1, keepdims=True)
    units = np.floor(shares * WEIGHT_UNITS).astype(np.int64)
    units[np.arange(len(units)), shares.argmax(axis=1)] += WEIGHT_UNITS - units.sum(axis=1)
    return units


def _points(motion: Motion) -> np.ndarray:
    """(t, J, 3) joint centres, then tips."""
    tips = motion.landmarks[:, [motion.landmark_names.index(tip) for _, tip in TIPS]]
    return np.concatenate([motion.joints, tips], axis=1)


def _sigma(model: BodyModel, motion: Motion) -> np.ndarray:
    """(t, J) metres; a tip is as uncertain as the joint that carries it."""
    carriers = [model.skeleton.segment(segment) for segment, _ in TIPS]
    return np.concatenate([motion.joint_sigma, motion.joint_sigma[:, carriers]], axis=1)
