import json

import numpy as np
import pytest
from body_files import our_body_as_skel, our_body_as_smpl, write

from borelli.body import load_smpl, smpl_pose
from borelli.body.model import body_model
from borelli.body.smpl import SMPL_JOINTS
from borelli.cli.main import main
from borelli.errors import BorelliError
from borelli.evaluation.angles import flexion
from borelli.export.mot import read_mot
from borelli.formats.trc import read_trc
from borelli.geometry.frames import R_ZUP_YUP, y_up_from_z_up, z_up_from_y_up
from borelli.geometry.rotations import matrix_from_rotvec, rotvec_from_matrix
from borelli.motion.amass import read_amass
from borelli.motion.motion import load_motion
from borelli.pipeline.from_amass import run_amass
from borelli.pipeline.from_smpl import smpl_matches

FRAMES = 24


def _clip(**changes):
    """A walk on the spot in place of a recording: Z up, the first heading along -Y of its world."""
    phase = np.linspace(0, 2 * np.pi, FRAMES)
    poses = np.zeros((FRAMES, 52, 3))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        at = {name: SMPL_JOINTS.index(f"{side}_{name}") for name in ("hip", "knee", "shoulder", "elbow")}
        poses[:, at["hip"], 0] = -0.4 * sign * np.sin(phase)
        poses[:, at["knee"], 0] = 0.6 + 0.4 * sign * np.cos(phase)
        poses[:, at["shoulder"], 2] = -sign * 1.2
        poses[:, at["elbow"], 1] = -sign * (0.6 + 0.3 * np.sin(phase))
    heading = matrix_from_rotvec(np.stack([0 * phase, 0.3 * np.sin(phase), 0 * phase], axis=1))
    poses[:, 0] = rotvec_from_matrix(R_ZUP_YUP @ heading)
    content = {
        "poses": poses.reshape(FRAMES, -1),
        "trans": z_up_from_y_up(np.stack([0.5 * phase, 1.0 + 0 * phase, 0 * phase], axis=1)),
        "betas": np.zeros(16),
        "gender": np.array("male"),
        "mocap_framerate": np.array(30.0),
    } | changes
    return {key: value for key, value in content.items() if value is not None}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder, body = tmp_path_factory.mktemp("amass"), our_body_as_smpl(stride=20)
    np.savez(folder / "walk_poses.npz", **_clip())
    write(folder / "skel_male.pkl", our_body_as_skel(body))
    return folder, write(folder / "SMPL_MALE.pkl", body)


@pytest.fixture(scope="module")
def result(files, tmp_path_factory):
    folder, smpl_file = files
    return run_amass(folder / "walk_poses.npz", smpl_file, tmp_path_factory.mktemp("out"))


@pytest.mark.parametrize("key", ["mocap_framerate", "mocap_frame_rate"])
@pytest.mark.parametrize("gender", [np.array("male"), np.array(b"male"), np.array(["MALE"])])
def test_both_spellings_of_the_frame_rate_and_of_the_gender_are_read(tmp_path, key, gender):
    np.savez(tmp_path / "a.npz", **_clip(mocap_framerate=None, gender=gender) | {key: np.array(25.0)})
    clip = read_amass(tmp_path / "a.npz")
    assert clip.times[:3] == pytest.approx([0.0, 0.04, 0.08])
    assert (clip.gender, clip.family, clip.pose.shape) == ("male", "SMPL-H", (FRAMES, 52, 3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"poses": None}, "lacks poses; give a file"),
        ({"mocap_framerate": None}, "lacks mocap_framerate or mocap_frame_rate"),
        ({"mocap_framerate": np.array(0.0)}, "frame rate is 0.0"),
        ({"mocap_framerate": np.array("x")}, "frame rate is nan"),
        ({"poses": np.zeros((FRAMES, 100))}, r"poses is \(24, 100\); expected .*156 \(SMPL-H\)"),
        ({"trans": np.zeros((3, 3))}, r"trans is \(3, 3\); expected \(24, 3\)"),
        ({"betas": np.array([np.nan])}, "betas holds values that are not finite"),
        ({"poses": np.array([{}], dtype=object)}, "not a readable .npz"),
    ],
)
def test_recordings_that_cannot_be_used_say_why(tmp_path, changes, message):
    np.savez(tmp_path / "a.npz", **_clip(**changes))
    with pytest.raises(BorelliError, match=message):
        read_amass(tmp_path / "a.npz")


def test_files_for_other_programs_are_written(result):
    names = {path.name for path in result.files}
    assert {"motion.npz", "motion.mot", "markers.trc", "model.osim", "angles.csv"} <= names
    motion = load_motion(result.folder / "person_0" / "motion.npz")
    assert (motion.video, motion.frame_rate) == ("walk_poses.npz", pytest.approx(30.0))
    assert np.isnan(motion.K).all() and np.isnan(motion.T_camera_world).all() and motion.valid.all()
    times, coordinate_names, coordinates = read_mot(result.folder / "person_0" / "motion.mot")
    assert coordinate_names == motion.coordinate_names
    assert coordinates == pytest.approx(motion.coordinates, abs=1e-8) and times == pytest.approx(motion.time)
    markers = read_trc(result.folder / "person_0" / "markers.trc")
    assert markers.positions == pytest.approx(motion.landmarks, abs=1e-6)


def test_joints_and_angles_are_those_of_the_recording(files, result):
    folder, smpl_file = files
    clip, smpl = read_amass(folder / "walk_poses.npz"), load_smpl(smpl_file)
    poses = np.zeros((FRAMES, 24, 3))
    poses[:, :22] = clip.pose[:, :22]
    truth = y_up_from_z_up(smpl_pose(smpl, np.zeros(0), poses, clip.translation).joints)
    motion = load_motion(result.folder / "person_0" / "motion.npz")
    table = body_model().skeleton
    for side, name in (("l", "left"), ("r", "right")):
        at = {
            n: truth[:, SMPL_JOINTS.index(f"{name}_{n}")] for n in ("hip", "knee", "ankle", "elbow", "wrist")
        }
        for segment, joint in (("tibia", "knee"), ("talus", "ankle"), ("ulna", "elbow"), ("hand", "wrist")):
            ours = motion.joints[:, table.segment(f"{segment}_{side}")]
            assert np.linalg.norm(ours - at[joint], axis=1).max() < 0.015, joint
        knee = flexion(at["hip"], at["knee"], at["ankle"])
        assert motion.coordinate(f"knee_angle_{side}") == pytest.approx(knee, abs=np.radians(2))
    heading = 0.3 * np.sin(np.linspace(0, 2 * np.pi, FRAMES))
    turned = motion.coordinate("pelvis_rotation")
    assert turned - turned[0] == pytest.approx(heading, abs=np.radians(2))
    assert motion.coordinate("pelvis_tilt") == pytest.approx(np.zeros(FRAMES), abs=np.radians(3))
    assert motion.stature == pytest.approx(1.70, abs=0.03)


def test_the_error_per_joint_is_stated(result):
    report = json.loads((result.folder / "run.json").read_text("utf-8"))
    assert set(report["distance_mm"]) == set(report["residual_mm"]) >= {"left_knee", "right_hip", "heel_l"}
    assert max(report["residual_mm"].values()) < 8.0
    assert report["distance_mm"]["left_knee"] < 15.0
    assert any("mm from SMPL's" in line for line in report["summary"])


def test_a_finished_folder_is_reused_and_another_model_is_noticed(files, result, tmp_path):
    folder, smpl_file = files
    again = run_amass(folder / "walk_poses.npz", smpl_file, result.folder.parent)
    assert again.reused == ("motion",)
    other = tmp_path / "SMPL_MALE.pkl"
    other.write_bytes(smpl_file.read_bytes() + b" ")
    with pytest.raises(BorelliError, match="replace it with --force"):
        run_amass(folder / "walk_poses.npz", other, result.folder.parent)


def test_orientations_at_the_t_pose_are_ours(files):
    _, smpl_file = files
    smpl, model = load_smpl(smpl_file), body_model()
    poses = np.zeros((1, 24, 3))
    poses[:, 0] = rotvec_from_matrix(R_ZUP_YUP)
    matches = smpl_matches(model, smpl, smpl_pose(smpl, np.zeros(0), poses, np.zeros((1, 3))))
    at = dict(zip(matches.names, matches.positions[0], strict=True))
    # the T-pose faces +z with the left at +x; Y stays up
    assert at["pelvis_front"] - at["pelvis_back"] == pytest.approx([0, 0, 0.2])
    assert at["head_up"] - at["head_down"] == pytest.approx([0, 0.2, 0])
    assert at["right_wrist_front"] - at["right_wrist_back"] == pytest.approx([0, 0, 0.2]), "thumbs forward"
    assert at["right_wrist_up"] - at["right_wrist_down"] == pytest.approx([0.2, 0, 0]), "to the elbow"
    assert at["left_wrist_up"] - at["left_wrist_down"] == pytest.approx([-0.2, 0, 0])
    assert matches.scored.sum() == 14 + 8


def test_skel_stands_between_when_its_file_is_given(files, tmp_path):
    folder, smpl_file = files
    found = run_amass(folder / "walk_poses.npz", smpl_file, tmp_path, skel_file=folder / "skel_male.pkl")
    report = json.loads((found.folder / "run.json").read_text("utf-8"))
    assert len(report["skel_mm"]) == 24 and report["skel_mm"]["tibia_l"] < 10.0
    assert any("SKEL's joints are" in line for line in report["summary"])


@pytest.mark.parametrize(
    ("changes", "name", "message"),
    [
        ({"gender": np.array("female")}, "SMPL_MALE.pkl", "recorded with the female model.*is the male one"),
        ({"gender": np.array("male")}, "SMPL_NEUTRAL.pkl", "is the neutral one"),
        ({"poses": np.zeros((FRAMES, 165))}, "SMPL_MALE.pkl", "is of SMPL-X, .* is an SMPL model"),
    ],
)
def test_a_model_of_another_shape_space_is_refused(files, tmp_path, changes, name, message):
    _, smpl_file = files
    np.savez(tmp_path / "a.npz", **_clip(**changes))
    (tmp_path / name).write_bytes(smpl_file.read_bytes())
    with pytest.raises(BorelliError, match=message):
        run_amass(tmp_path / "a.npz", tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_shape_numbers_that_the_file_lacks_are_noted(files, tmp_path):
    folder, smpl_file = files
    np.savez(tmp_path / "a.npz", **_clip(betas=np.r_[np.zeros(15), 1.0]))
    report = run_amass(tmp_path / "a.npz", smpl_file, tmp_path).report
    assert report["notes"] == ["the model file has 10 of the recording's 16 shape numbers"]
    assert folder.is_dir()


def test_the_command_line_names_the_missing_model(files, capsys):
    folder, _ = files
    with pytest.raises(SystemExit) as stop:
        main(["run", "--from-amass", str(folder / "walk_poses.npz")])
    said = capsys.readouterr().err
    assert stop.value.code == 1 and said.count("\n") == 1
    assert "give the SMPL-H model file with --smpl-model; register at mano.is.tue.mpg.de" in said


def test_the_command_line_converts(files, tmp_path, capsys):
    folder, smpl_file = files
    arguments = ["--from-amass", str(folder / "walk_poses.npz"), "--smpl-model", str(smpl_file)]
    with pytest.raises(SystemExit) as stop:
        main(["run", *arguments, "--out", str(tmp_path)])
    said = capsys.readouterr().out
    assert stop.value.code == 0
    assert "24 frames of SMPL-H (male) at 30 Hz" in said and "motion.mot" in said


@pytest.mark.parametrize("extra", [["a.mp4"], ["--stature", "1.7"]])
def test_flags_of_videos_are_refused_for_recordings(files, extra, capsys):
    folder, smpl_file = files
    arguments = ["--from-amass", str(folder / "walk_poses.npz"), "--smpl-model", str(smpl_file)]
    with pytest.raises(SystemExit) as stop:
        main(["run", *extra, *arguments])
    assert stop.value.code == 1 and "--from-amass takes" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--smpl-model", "--skel-model"])
def test_model_files_are_refused_for_videos(flag, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["run", "a.mp4", flag, "x.pkl"])
    assert stop.value.code == 1 and "for --from-amass" in capsys.readouterr().err
