import json
from dataclasses import replace

import numpy as np
import pytest

from borelli.body.skeleton import skeleton
from borelli.errors import BorelliError
from borelli.evaluation.balance import LIMB_JOINTS, BalanceReference
from borelli.evaluation.evaluate import describe, evaluate, limit_scores, load_reference
from borelli.motion.motion import Motion, save_motion

T = 120


def walking(video: str = "cam01.mp4") -> Motion:
    """A stiff person gliding forward at 1.2 m/s with one knee swinging."""
    table = skeleton()
    rng = np.random.default_rng(0)
    time = np.arange(T) / 60.0
    joints = rng.uniform(-0.5, 0.5, (24, 3)) + [0.0, 1.0, 0.0] + np.outer(time, [1.2, 0, 0])[:, None]
    coordinates = np.tile(table.neutral, (T, 1))
    coordinates[:, table.coordinate("knee_angle_r")] = 0.5 + 0.4 * np.sin(6 * time)
    return Motion(
        person=0,
        video=video,
        width=1080,
        height=1920,
        time=time,
        coordinate_names=table.coordinate_names,
        coordinates=coordinates,
        joint_names=table.joint_names,
        joints=joints,
        joints_camera=joints * [1, -1, -1] + [0, 0, 5.0],
        joint_sigma=np.full((T, 24), 0.02),
        landmark_names=("heel_r", "toe_r"),
        landmarks=np.zeros((T, 2, 3)),
        shape=np.zeros(4),
        log_lengths=np.zeros(10),
        scale=1.0,
        segment_names=(),
        segment_lengths=np.zeros(0),
        stature=1.7,
        mass=70.0,
        K=np.eye(3),
        distortion=np.zeros(0),
        T_camera_world=np.tile(np.eye(4), (T, 1, 1)),
        keypoint_names=(),
        keypoints=np.zeros((T, 0, 3)),
        contact_names=("heel_r", "toe_r"),
        contacts=np.ones((T, 2)),
        valid=np.ones(T, dtype=bool),
    )


def test_a_motion_against_itself_has_no_error_and_the_report_is_json():
    scores = evaluate(walking(), walking())
    assert scores["positions"]["mpjpe_mm"] == scores["positions"]["absolute_mpjpe_mm"] == 0.0
    assert scores["positions"]["coverage_percent"] == 100.0
    assert scores["angles"]["mean_rmse_deg"] == 0.0
    assert json.loads(json.dumps(scores)) == scores


def test_known_errors_come_back_in_millimetres_degrees_and_percent():
    truth = walking()
    coordinates = truth.coordinates.copy()
    coordinates[:, truth.coordinate_names.index("knee_angle_r")] += np.radians(4.0)
    coordinates[:, truth.coordinate_names.index("subtalar_angle_r")] += 1.0
    coordinates[:, truth.coordinate_names.index("pelvis_tx")] += 9.0
    joints = truth.joints + np.array([0.0, 0.0, 0.1])
    guess = replace(truth, coordinates=coordinates, joints=joints)
    scores = evaluate(guess, truth)
    assert scores["positions"]["absolute_mpjpe_mm"] == pytest.approx(100.0)
    assert scores["positions"]["mpjpe_mm"] == pytest.approx(0.0, abs=1e-6)
    assert scores["positions"]["interval_90_covers_percent"] == pytest.approx(200 / 3)
    assert scores["angles"]["knee_angle_r_rmse_deg"] == pytest.approx(4.0)
    assert scores["angles"]["mean_mae_deg"] == pytest.approx(4.0 / 44)
    assert scores["angles"]["mean_rmse_without_bias_deg"] == pytest.approx(0.0, abs=1e-6)
    assert not {"subtalar_angle_r_rmse_deg", "pelvis_tx_rmse_deg"} & set(scores["angles"])


def test_frames_not_vouched_for_are_missing_not_wrong():
    truth = walking()
    valid = np.arange(T) >= 30
    joints = np.where(valid[:, None, None], truth.joints, 77.0)
    scores = evaluate(replace(truth, valid=valid, joints=joints), truth)
    assert scores["positions"]["coverage_percent"] == 75.0
    assert scores["positions"]["absolute_mpjpe_mm"] == 0.0
    assert scores["motion"]["valid_percent"] == 75.0


def test_limits_are_read_from_the_joint_table():
    motion = walking()
    coordinates = motion.coordinates.copy()
    knee = motion.coordinate_names.index("knee_angle_r")
    coordinates[:12, knee] = np.radians(-15.0)
    coordinates[:, motion.coordinate_names.index("pelvis_rotation")] = 7.0
    scores = limit_scores(replace(motion, coordinates=coordinates))
    assert [scores[f"beyond_{d}_deg_percent"] for d in (5, 10, 20, 30)] == [10.0, 10.0, 0.0, 0.0]


def test_a_motion_describes_its_feet_without_a_reference():
    motion = walking()
    landmarks = motion.landmarks.copy()
    landmarks[:, 0] += np.outer(motion.time, [0.05, 0, 0])
    landmarks[:, 1, 1] = -0.01
    scores = describe(replace(motion, landmarks=landmarks))
    assert scores["stance_speed_mm_s"] == pytest.approx(25.0)
    assert scores["penetration_mm"] == pytest.approx(10.0)
    assert scores["jitter_10_m_s3"] == pytest.approx(0.0, abs=1e-6)


def test_the_balance_view_is_the_name_of_the_video():
    motion = walking("cam01.mp4")
    order = [motion.joint_names.index(name) for name in LIMB_JOINTS.values()]
    reference = BalanceReference(
        motion.time, tuple(LIMB_JOINTS), motion.joints_camera[:, order], ("cam01",), np.eye(4)[None]
    )
    assert evaluate(motion, reference)["balance"]["absolute_mpjpe_mm"] == 0.0
    with pytest.raises(BorelliError, match="valid: cam01"):
        evaluate(replace(motion, video="street.mp4"), reference)


def test_references_are_recognised_by_what_is_in_them(tmp_path):
    motion = walking()
    save_motion(tmp_path / "motion.npz", motion)
    assert isinstance(load_reference(tmp_path / "motion.npz"), Motion)
    names = np.array(list(LIMB_JOINTS))
    np.savez(
        tmp_path / "ref.npz",
        xyz_m=np.zeros((5, 12, 3)),
        joint_names=names,
        times=np.arange(5.0),
        cam_names=np.array(["a"]),
        R=np.eye(3)[None],
        t=np.zeros((1, 3)),
    )
    assert isinstance(load_reference(tmp_path / "ref.npz"), BalanceReference)
    (tmp_path / "x.npz").write_text("x")
    for name, words in (("x.npz", "not a readable"), ("y.npz", "does not exist")):
        with pytest.raises(BorelliError, match=words):
            load_reference(tmp_path / name)


def test_motions_without_common_joints_cannot_be_compared():
    truth = walking()
    other = replace(truth, joint_names=tuple(f"x{i}" for i in range(24)))
    with pytest.raises(BorelliError, match="no joint name in common"):
        evaluate(other, truth)
