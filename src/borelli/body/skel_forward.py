"""SKEL's forward model: joints, bone orientations and skin from 46 angles.

Source: Keller et al. 2023 and the conventions of its files, version 1.1.1. Rest axes are SMPL's (x to the
body's left, y up, z forward); angles turn about the OpenSim axes of their bone (x forward, y up, z right).
"""

from dataclasses import dataclass

import numpy as np

from borelli.body.blend import blend, chain, from_rest
from borelli.body.skel import SHAPE_SIZE, SkelModel, SkelTable, skel_table
from borelli.body.skel_joints import joint_offsets, joint_rotations, rest_bones
from borelli.errors import BorelliError

SMPL_JOINT = np.array([0, 2, 5, 8, 8, 11, 1, 4, 7, 7, 10, 3, 6, 15, 14, 17, 19, 0, 21, 13, 16, 18, 0, 20])
"""(24,) joint of SMPL whose pose blend shapes follow each segment; 0 means none."""


@dataclass(frozen=True)
class SkelRest:
    """One person, before any pose; prepared once."""

    betas: np.ndarray
    """(10,)."""
    joints: np.ndarray
    """(24, 3) metres."""
    offsets: np.ndarray
    """(24, 3) from the parent joint; of the root from the origin."""
    bones: np.ndarray
    """(24, 3, 3) orientation of each bone at rest, from the bone's axes to the model's."""


@dataclass(frozen=True)
class SkelPose:
    """T frames."""

    rotations: np.ndarray
    """(T, 24, 3, 3) of each segment in its parent, identity at q = 0."""
    T_world_joint: np.ndarray
    """(T, 24, 4, 4)."""
    bone_rotations: np.ndarray
    """(T, 24, 3, 3) orientation of each bone in the world."""

    @property
    def joints(self) -> np.ndarray:
        """(T, 24, 3) metres."""
        return self.T_world_joint[..., :3, 3]


def skel_rest(model: SkelModel, betas: np.ndarray) -> SkelRest:
    """Joints and bones of a person of shape `betas`, at most (10,). Raises BorelliError for more."""
    if len(betas) > SHAPE_SIZE:
        raise BorelliError(f"{len(betas)} shape numbers; SKEL takes the first {SHAPE_SIZE} of SMPL's")
    full = np.zeros(SHAPE_SIZE)
    full[: len(betas)] = betas
    joints = model.joints + model.joint_directions @ full
    parents = skel_table().parents
    offsets = joints - np.where(parents[:, None] < 0, 0.0, joints[parents])
    return SkelRest(full, joints, offsets, rest_bones(model, parents, offsets))


def skel_pose(model: SkelModel, rest: SkelRest, q: np.ndarray, translation: np.ndarray) -> SkelPose:
    """Pose of a person; no vertex is touched.

    Args:
        model: the body.
        rest: the person, from `skel_rest`.
        q: (T, 46) radians, in the order of `skel_table().coordinate_names`.
        translation: (T, 3) metres, added to every joint; the root is not at the origin at rest.
    """
    table: SkelTable = skel_table()
    if q.ndim != 2 or q.shape[1] != len(table.coordinate_names):
        raise BorelliError(f"SKEL's angles have shape {q.shape}; expected (frames, 46)")
    to_bone = rest.bones @ np.swapaxes(model.apose_rotations, -1, -2)
    rotations = to_bone @ joint_rotations(table, q) @ np.swapaxes(to_bone, -1, -2)
    T_world_joint = chain(table.parents, rotations, rest.offsets + joint_offsets(table, rest.joints, q))
    T_world_joint[..., :3, 3] += translation[:, None]
    return SkelPose(rotations, T_world_joint, T_world_joint[..., :3, :3] @ rest.bones)


def skel_vertices(
    model: SkelModel, rest: SkelRest, pose: SkelPose, index: np.ndarray | None = None
) -> np.ndarray:
    """Skin (T, V, 3), or only the vertices `index` (N,): (T, N, 3), with SMPL's pose blend shapes."""
    chosen = np.arange(len(model.template)) if index is None else index
    points = skel_rest_vertices(model, rest, pose, chosen)
    return blend(model.weights[chosen], from_rest(pose.T_world_joint, rest.joints), points)


def skel_rest_vertices(model: SkelModel, rest: SkelRest, pose: SkelPose, index: np.ndarray) -> np.ndarray:
    """(T, N, 3) the vertices `index` (N,) at rest, with the pose blend shapes that the pose asks for."""
    frames = len(pose.rotations)
    smpl = np.broadcast_to(np.eye(3), (frames, 24, 3, 3)).copy()
    for segment, joint in enumerate(SMPL_JOINT):
        smpl[:, joint] = pose.rotations[:, segment]
    feature = (smpl[:, 1:] - np.eye(3)).reshape(frames, -1)
    flat = model.pose_directions[index].reshape(3 * len(index), feature.shape[1])
    shaped = model.template[index] + model.shape_directions[index] @ rest.betas
    return shaped + (feature @ flat.T).reshape(frames, len(index), 3)
