"""How SKEL's angles turn bones: out of the user's checkpoint, or as far as is known without SKEL's file."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from borelli.body.skel import SHAPE_SIZE, SkelModel
from borelli.body.skel_joints import THORAX
from borelli.body.skeleton import skeleton
from borelli.lifting.published.t_pose import R_SMPL_BODY, t_pose

NEEDED = ("apose_rel_transfo", "per_joint_rot", "J_regressor_osim", "skin_template_v")


@dataclass(frozen=True)
class SkelBones:
    """SKEL's skeleton, without skin."""

    model: SkelModel
    arms: bool
    """Whether the axes of shoulder girdle, arm and hand are known."""


def skel_bones(constants: Mapping[str, np.ndarray]) -> SkelBones:
    """Bones from constants by their names in SKEL's code, as checkpoints may hold them; else our body's."""
    if not all(name in constants for name in NEEDED):
        return SkelBones(own_skel(), arms=False)
    regressor, apose = constants["J_regressor_osim"], constants["apose_rel_transfo"]
    shape = constants.get("shapedirs", np.zeros((regressor.shape[1], 3, SHAPE_SIZE)))
    model = _without_skin(
        regressor @ constants["skin_template_v"],
        np.einsum("jv,vas->jas", regressor, shape[..., :SHAPE_SIZE], optimize=True),
        constants["per_joint_rot"],
        apose[:, :3, :3],
        apose[:, :3, 3],
    )
    return SkelBones(model, arms=True)


def own_skel() -> SkelModel:
    """SKEL's rotations on the joint centres of our mean body, with every bone's axes those of the body.

    Right for pelvis, legs, spine and head, whose axes in the T-pose are the body's. How the axes of shoulder
    girdle and arm lie there only SKEL's file tells.
    """
    joints, parents = t_pose().joints[0], skeleton().parents
    offsets = joints - np.where(parents[:, None] < 0, 0.0, joints[parents])
    # with these offsets SKEL's alignment of bones turns nothing; it lays the thorax along the spine below it
    apose = offsets.copy()
    apose[np.flatnonzero(parents == THORAX)[0]] = offsets[THORAX]
    axes = np.tile(R_SMPL_BODY, (24, 1, 1))
    return _without_skin(
        joints @ R_SMPL_BODY.T, np.zeros((24, 3, SHAPE_SIZE)), axes, np.tile(np.eye(3), (24, 1, 1)), apose
    )


def _without_skin(
    joints: np.ndarray,
    joint_directions: np.ndarray,
    bone_rotations: np.ndarray,
    apose_rotations: np.ndarray,
    apose_offsets: np.ndarray,
) -> SkelModel:
    return SkelModel(
        gender="unknown",
        joints=joints,
        joint_directions=joint_directions,
        regressor=np.zeros((24, 0)),
        bone_rotations=bone_rotations,
        apose_rotations=apose_rotations,
        apose_offsets=apose_offsets,
        template=np.zeros((0, 3)),
        shape_directions=np.zeros((0, 3, SHAPE_SIZE)),
        pose_directions=np.zeros((0, 3, 207)),
        weights=np.zeros((0, 24)),
        faces=np.zeros((0, 3), dtype=np.int64),
    )
