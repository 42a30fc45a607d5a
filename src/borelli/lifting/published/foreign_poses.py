"""Poses of SKEL and SMPL in our coordinates, joined at the T-pose, where their segments lie as ours do."""

from dataclasses import dataclass

import numpy as np

from borelli.body.blend import chain
from borelli.body.model import body_model
from borelli.body.skel import skel_table
from borelli.body.skel_forward import SkelPose, SkelRest, skel_pose, skel_rest
from borelli.body.skel_joints import SCAPULA_L, SCAPULA_R, THORAX
from borelli.body.skeleton import skeleton
from borelli.body.smpl import SMPL_JOINTS
from borelli.lifting.codes import hinge_rotations
from borelli.lifting.published.orientations import Orientations, coordinates_of
from borelli.lifting.published.skel_constants import SkelBones
from borelli.lifting.published.t_pose import R_SMPL_BODY, t_pose

ARM_SEGMENTS = slice(14, 24)
"""Shoulder girdles to hands among the 24 segments, which SKEL and we order alike."""
GIRDLE_WEIGHT = 0.2
"""Of the shoulder girdles beside 1 of all else: they give way where an arm would else miss its direction."""
SEGMENT_OF_JOINT = {
    "pelvis": "pelvis", "spine1": "lumbar_body", "spine3": "thorax", "head": "head",
    "hip": "femur", "knee": "tibia", "ankle": "calcn", "foot": "toes",
    "collar": "scapula", "shoulder": "humerus", "elbow": "radius", "wrist": "hand",
}  # fmt: skip
"""Our segment that lies as the body part behind a joint of SMPL; SMPL's forearm is one piece, our radius."""
SMPL_PARENTS = np.array([-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21])


@dataclass(frozen=True)
class ForeignPose:
    """A pose in our coordinates, and how its segments really lie."""

    coordinates: np.ndarray
    """(T, 46) radians inside our limits; the pelvis turns in the frame below."""
    R_frame_pelvis: np.ndarray
    """(T, 3, 3) before our joints and limits changed anything; frame: axes of the other model's root."""
    known: np.ndarray
    """(J,) bool: segments whose place the other model tells."""


def from_skel(angles: np.ndarray, bones: SkelBones, betas: np.ndarray) -> ForeignPose:
    """Our coordinates for SKEL's angles (T, 46) of a person of shape `betas` (10,).

    Angles of joints with one or two hinges mean the same as ours; joints of three are solved for, so that the
    bones keep their directions. Arms stay at rest where nobody knows how SKEL turns them.
    """
    table = skeleton()
    rest = skel_rest(bones.model, betas)
    pose = skel_pose(bones.model, rest, angles, np.zeros((len(angles), 3)))
    turned = pose.T_world_joint[..., :3, :3] @ R_SMPL_BODY @ t_pose().rotations[0]
    for scapula in (SCAPULA_R, SCAPULA_L):
        turned[:, scapula] = _girdle(pose, rest, scapula)
    known = np.ones(len(table.parents), dtype=bool)
    known[ARM_SEGMENTS] = bones.arms
    free = np.bincount(skel_table().segments) == 3
    held = (known & ~free)[skel_table().segments]
    wanted = _weighted(turned, known & free)
    coordinates = coordinates_of(table, wanted, np.where(held, angles, np.nan))
    return ForeignPose(coordinates, turned[:, 0], known)


def from_smpl(rotations: np.ndarray) -> ForeignPose:
    """Our coordinates for rotations (T, 24, 3, 3) of SMPL's joints in their parents."""
    table = skeleton()
    whole = chain(SMPL_PARENTS, rotations, np.zeros(rotations.shape[:-1]))[..., :3, :3]
    rest = t_pose().rotations[0]
    known = np.zeros(len(rest), dtype=bool)
    turned = np.tile(np.eye(3), (len(rotations), len(rest), 1, 1))
    for joint, name in enumerate(SMPL_JOINTS):
        side, part = {"left": "_l", "right": "_r"}.get(name.partition("_")[0], ""), name.rpartition("_")[2]
        if part in SEGMENT_OF_JOINT:
            segment = table.segment(SEGMENT_OF_JOINT[part] + side)
            turned[:, segment] = whole[:, joint] @ R_SMPL_BODY @ rest[segment]
            known[segment] = True
    free = np.full((len(rotations), len(table.axes)), np.nan)
    return ForeignPose(coordinates_of(table, _weighted(turned, known), free), turned[:, 0], known)


def _weighted(rotations: np.ndarray, known: np.ndarray) -> Orientations:
    weights = known.astype(np.float64)
    weights[[SCAPULA_R, SCAPULA_L]] *= GIRDLE_WEIGHT
    return Orientations(rotations, weights)


def _girdle(pose: SkelPose, rest: SkelRest, scapula: int) -> np.ndarray:
    """Orientation (T, 3, 3) of our shoulder girdle that takes the shoulder where SKEL has it.

    SKEL's scapula slides on the rib cage, ours swings with the collar bone; what they share is the shoulder.
    The bone is lifted about the x axis, then turned about the y axis, like our elevation and abduction.
    """
    R_thorax, shoulder = pose.T_world_joint[:, THORAX, :3, :3], scapula + 1
    reach = pose.joints[:, shoulder] - pose.joints[:, THORAX]
    rested = rest.joints[shoulder] - rest.joints[THORAX]
    moved = (reach[:, None] @ R_thorax)[:, 0] - rested
    bone = body_model().joint_offsets[shoulder]
    target = bone + moved @ R_SMPL_BODY
    target *= np.linalg.norm(bone) / np.linalg.norm(target, axis=1, keepdims=True)
    height, side = np.hypot(bone[1], bone[2]), np.sign(bone[2])
    lift = side * np.arccos(np.clip(target[:, 1] / height, -1, 1)) - np.arctan2(bone[2], bone[1])
    outwards = bone[1] * np.sin(lift) + bone[2] * np.cos(lift)
    turn = np.arctan2(target[:, 0], target[:, 2]) - np.arctan2(bone[0], outwards)
    x, y = np.eye(3)[:1], np.eye(3)[1:2]
    swing = hinge_rotations(y, turn[:, None])[:, 0] @ hinge_rotations(x, lift[:, None])[:, 0]
    return R_thorax @ R_SMPL_BODY @ swing
