import numpy as np
import pytest
from exported_motion import MODEL, moving_person

from borelli.body.model import average_person
from borelli.errors import BorelliError
from borelli.export.rig import bone_names, make_rig, t_pose
from borelli.export.take import valid_take
from borelli.geometry.frames import R_ZFRONT_XFRONT

HUMANOID = (
    "Hips Spine Spine2 Head LeftShoulder LeftArm LeftForeArm LeftHand LeftUpLeg LeftLeg LeftFoot LeftToeBase "
    "RightShoulder RightArm RightForeArm RightHand RightUpLeg RightLeg RightFoot RightToeBase"
).split()


def test_the_t_pose_faces_z_on_the_floor_with_arms_sideways_and_bones_unturned() -> None:
    rig = make_rig(MODEL, average_person(), t_pose(MODEL.skeleton), "anatomical")
    at = {name: rig.rest[i] for i, name in enumerate(rig.names)}
    np.testing.assert_allclose(rig.rotations, np.broadcast_to(np.eye(3), rig.rotations.shape), atol=1e-12)
    assert at["hand_l"][0] > 0.6 and at["hand_r"][0] < -0.6, "left is +x"
    assert abs(at["hand_l"][1] - at["humerus_l"][1]) < 0.01
    assert at["toes_r"][2] > at["talus_r"][2] + 0.1, "toes point to +z"
    assert at["talus_r"][1] == pytest.approx(0.08, abs=0.03) and at["head"][1] > 1.3
    assert all(tip[1] >= -0.001 for tip in rig.ends.values())


def test_joints_move_as_in_the_motion_and_offsets_never_change() -> None:
    motion = moving_person()
    take = valid_take(motion)
    rig = make_rig(MODEL, take.person, take.coordinates, "mixamo")
    np.testing.assert_allclose(rig.positions, motion.joints[motion.valid] @ R_ZFRONT_XFRONT.T, atol=1e-12)
    for bone, parent in enumerate(rig.parents):
        if parent >= 0:
            reached = rig.positions[:, parent] + rig.rotations[:, parent] @ rig.offsets[bone]
            np.testing.assert_allclose(rig.positions[:, bone], reached, atol=1e-12)


def test_local_rotations_chain_to_those_in_the_world() -> None:
    take = valid_take(moving_person())
    rig = make_rig(MODEL, take.person, take.coordinates, "anatomical")
    foot, R = rig.names.index("toes_l"), np.eye(3)
    while foot >= 0:
        R = rig.local_rotations[:, foot] @ R
        foot = rig.parents[foot]
    np.testing.assert_allclose(R, rig.rotations[:, rig.names.index("toes_l")], atol=1e-12)


def test_mixamo_names_hold_every_bone_of_a_humanoid_once() -> None:
    names = bone_names("mixamo")
    assert len(set(names)) == len(names) == len(MODEL.skeleton.segment_names)
    assert {f"mixamorig:{name}" for name in HUMANOID} <= set(names)
    assert bone_names("anatomical") == MODEL.skeleton.segment_names


def test_unknown_names_list_the_valid_ones() -> None:
    with pytest.raises(BorelliError, match="'rigify' is unknown; valid: anatomical, mixamo"):
        bone_names("rigify")
