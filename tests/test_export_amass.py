from pathlib import Path

import numpy as np
import pytest
from body_files import our_body_as_skel, our_body_as_smpl, write
from exported_motion import GAP, RATE, motion_of, moving_person

from borelli.body import load_skel, load_smpl, skel_pose, skel_rest, smpl_pose
from borelli.body.model import average_person, body_model
from borelli.body.skel import skel_table
from borelli.body.smpl import SMPL_JOINTS
from borelli.errors import BorelliError
from borelli.export.rig import make_rig
from borelli.export.shape_match import nearest_shape
from borelli.export.take import even_take
from borelli.geometry.frames import R_ZFRONT_XFRONT, y_up_from_z_up
from borelli.geometry.rotations import angle_between
from borelli.motion.amass import read_amass
from borelli.motion.motion import Motion
from borelli.pipeline.export import ExportConfig, export_motion

SAME = {
    "hip": "hip", "knee": "knee", "ankle": "ankle", "foot": "mtp", "collar": "sternoclavicular",
    "shoulder": "shoulder", "elbow": "elbow", "wrist": "wrist",
}  # fmt: skip
"""SMPL's joint and ours, without sides."""

SKEL_SEGMENTS = {
    "hip": "femur", "knee": "tibia", "ankle": "talus", "mtp": "toes", "shoulder": "humerus", "elbow": "ulna",
    "wrist": "hand",
}  # fmt: skip
"""Our joint and SKEL's segment, without sides."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SMPL and SKEL files whose body is our mean body."""
    folder, body = Path(tmp_path_factory.mktemp("models")), our_body_as_smpl(stride=20)
    write(folder / "SMPL_MALE.pkl", body)
    write(folder / "skel_male.pkl", our_body_as_skel(body))
    return folder


@pytest.fixture(scope="module")
def motion() -> Motion:
    """Our mean body in motion."""
    take = even_take(moving_person())
    times = np.r_[take.times, take.times[-1] + 1 / RATE]
    return motion_of(average_person(), times, np.vstack([take.coordinates, take.coordinates[-1:]]))


def test_smpl_joints_of_the_file_are_ours_within_a_millimetre(motion: Motion, folder: Path) -> None:
    config = ExportConfig(smpl_model=folder / "SMPL_MALE.pkl")
    clip = read_amass(export_motion(folder, motion, ["amass"], config)[0])
    smpl = load_smpl(folder / "SMPL_MALE.pkl")
    pose = smpl_pose(smpl, clip.betas[: smpl.shape_size], clip.pose[:, :24], clip.translation)
    found = y_up_from_z_up(pose.joints)
    for side in ("left", "right"):
        for theirs, ours in SAME.items():
            wanted = motion.joint(f"{ours}_{side[0]}")[:-1]
            error = np.linalg.norm(found[:, SMPL_JOINTS.index(f"{side}_{theirs}")] - wanted, axis=1)
            assert np.nanmax(error) < (0.003 if theirs in ("wrist", "foot") else 0.001), (
                side,
                theirs,
                np.nanmax(error),
            )


def test_layout_is_that_of_the_archive(motion: Motion, tmp_path: Path) -> None:
    path = export_motion(tmp_path, motion, ["amass"])[0]
    clip = read_amass(path)
    assert clip.family == "SMPL-H" and clip.gender == "neutral" and not clip.betas.any()
    np.testing.assert_allclose(y_up_from_z_up(clip.translation)[0], motion.joints[0, 0], atol=1e-12)
    with np.load(path) as data:
        assert data["mocap_framerate"] == data["mocap_frame_rate"] == pytest.approx(RATE)
        assert data["poses"].shape == (39, 156) and data["dmpls"].shape == (39, 8)
        np.testing.assert_array_equal(np.flatnonzero(~data["valid"]), np.arange(39)[GAP])
        assert "no SMPL file" in str(data["trans_is"])


def test_shape_numbers_follow_the_joints() -> None:
    rng = np.random.default_rng(0)
    joints, directions = rng.normal(size=(10, 3)), rng.normal(size=(10, 3, 4)) * 0.1
    wanted = joints + directions @ [1.0, -2.0, 0.5, 0.0] + [5.0, 1.0, 0.0]
    np.testing.assert_allclose(nearest_shape(joints, directions, wanted), [1, -2, 0.5, 0], atol=0.05)


def test_skel_joints_and_bones_of_the_file_are_where_ours_are(motion: Motion, folder: Path) -> None:
    config = ExportConfig(skel_model=folder / "skel_male.pkl")
    path = export_motion(folder, motion, ["skel"], config)[0]
    skel, table = load_skel(folder / "skel_male.pkl"), skel_table()
    with np.load(path) as data:
        assert data["poses"].shape == (39, 46) and data["betas"].shape == (10,)
        pose = skel_pose(skel, skel_rest(skel, data["betas"]), data["poses"], data["trans"])
    for joint, segment in SKEL_SEGMENTS.items():
        for side in "rl":
            wanted = motion.joint(f"{joint}_{side}")[:-1] @ R_ZFRONT_XFRONT.T
            at = table.segment_names.index(f"{segment}_{side}")
            error = np.linalg.norm(pose.joints[:, at] - wanted, axis=1)
            assert np.nanmax(error) < 0.003, (joint, side)
    take = even_take(motion)
    rig = make_rig(body_model(), take.person, take.coordinates, "anatomical")
    for segment, degrees in (
        ("pelvis", 2),
        ("femur_l", 5),
        ("tibia_r", 5),
        ("humerus_r", 25),
        ("hand_l", 35),
    ):
        ours, theirs = rig.names.index(segment), table.segment_names.index(segment)
        turned = angle_between(rig.rotations[:, ours], pose.T_world_joint[:, theirs, :3, :3])
        assert np.degrees(turned.max()) < degrees, (segment, np.degrees(turned.max()))


def test_skel_without_its_file_says_which_flag_gives_it(motion: Motion, tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="--skel-model FILE"):
        export_motion(tmp_path, motion, ["skel"])
    assert not list(tmp_path.iterdir())
