from pathlib import Path

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.evaluation.balance import LIMB_JOINTS, BalanceReference, read_balance_reference, score_balance
from borelli.geometry.frames import make_transform
from borelli.geometry.rotations import matrix_from_rotvec

FILE = Path(__file__).resolve().parents[1].parent / "shared/data/video/balance/reference_cam01_cam03.npz"


@pytest.fixture
def reference() -> BalanceReference:
    rng = np.random.default_rng(0)
    times = np.arange(100) / 60.0
    body = rng.normal(size=(12, 3)) * 0.3
    sway = np.stack([0.5 * times, 0.1 * np.sin(6 * times), 0 * times], 1)
    turn = matrix_from_rotvec(np.array([1.2, 0.1, 0.3]))
    return BalanceReference(
        times=times,
        joint_names=tuple(LIMB_JOINTS),
        joints_world=body + sway[:, None],
        view_names=("cam01",),
        T_camera_world=make_transform(turn, np.array([0.1, 0.2, 4.0]))[None],
    )


def test_the_reference_itself_scores_zero(reference):
    joints = reference.joints_camera("cam01")
    scores = score_balance(joints, reference.joint_names, reference.times, reference, "cam01")
    assert scores["mpjpe_mm"] < 1e-9 and scores["absolute_mpjpe_mm"] < 1e-9
    assert scores["coverage_percent"] == 100.0
    assert scores["size_percent"] == pytest.approx(100.0)
    assert scores["knee_l_mae_deg"] == pytest.approx(0.0, abs=1e-6)


def test_known_errors_come_back_in_their_units(reference):
    joints = reference.joints_camera("cam01").copy()
    joints += [0.03, 0.04, 0.2]
    joints[:, tuple(LIMB_JOINTS).index("LWrist"), 0] += 0.12
    scores = score_balance(joints, tuple(LIMB_JOINTS.values()), reference.times, reference, "cam01")
    assert scores["mpjpe_mm"] == pytest.approx(10.0)
    assert scores["LWrist_mm"] == pytest.approx(120.0)
    assert scores["root_across_mm"] == pytest.approx(50.0)
    assert scores["root_depth_mm"] == pytest.approx(200.0)
    assert scores["rte_percent"] == pytest.approx(0.0, abs=1e-6)


def test_half_the_frame_rate_is_matched_in_time_and_lost_frames_are_counted(reference):
    joints = reference.joints_camera("cam01")[::2].copy()
    scores = score_balance(joints, reference.joint_names, reference.times[::2], reference, "cam01")
    assert scores["mpjpe_mm"] < 1.0 and scores["coverage_percent"] == 100.0
    joints[25:] = np.nan
    half = score_balance(joints, reference.joint_names, reference.times[::2], reference, "cam01")
    assert half["coverage_percent"] == 49.0
    assert half["frames"] == 100.0 and half["mpjpe_mm"] < 1.0


def test_scoring_only_reads_the_prediction_and_a_lost_truth_gives_no_score(reference):
    joints = reference.joints_camera("cam01") + 0.1
    before = joints.copy()
    blind = BalanceReference(
        reference.times,
        reference.joint_names,
        np.full_like(reference.joints_world, np.nan),
        reference.view_names,
        reference.T_camera_world,
    )
    scores = score_balance(joints, reference.joint_names, reference.times, blind, "cam01")
    np.testing.assert_array_equal(joints, before)
    assert np.isnan(scores["mpjpe_mm"]) and np.isnan(scores["pa_mpjpe_mm"])


def test_wrong_names_are_refused_with_the_valid_ones(reference):
    joints = reference.joints_camera("cam01")
    with pytest.raises(BorelliError, match="valid: cam01"):
        score_balance(joints, reference.joint_names, reference.times, reference, "cam09")
    names = ("nose", *reference.joint_names[1:])
    with pytest.raises(BorelliError, match="no joint shoulder_l"):
        score_balance(joints, names, reference.times, reference, "cam01")


def test_the_shipped_reference_has_the_stated_man_in_it():
    if not FILE.exists():
        pytest.skip("the shared balance recording is not here")
    reference = read_balance_reference(FILE)
    joints = reference.joints_camera("cam03")
    assert joints.shape == (100, 25, 3)
    assert 2.0 < np.median(joints[..., 2]) < 6.0, "he stands in front of the camera"
    hip, knee = (reference.joint_names.index(name) for name in ("RHip", "RKnee"))
    assert 0.39 < np.linalg.norm(joints[:, hip] - joints[:, knee], axis=1).mean() < 0.43
    scores = score_balance(joints, reference.joint_names, reference.times, reference, "cam03")
    assert scores["mpjpe_mm"] < 1e-9
    assert 5.0 < scores["bone_length_sd_mm"] < 20.0
    with np.load(FILE) as data:
        other = data["mp_xyz_m"][:, [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]].astype(float)
        R, t = data["R"][1], data["t"][1]
    scores = score_balance(other @ R.T + t, tuple(LIMB_JOINTS), reference.times, reference, "cam03")
    assert 15.0 < scores["mpjpe_mm"] < 60.0, "two detectors differ by 20-47 mm"


def test_another_file_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", xyz_m=np.zeros(3))
    with pytest.raises(BorelliError, match="not a balance reference: it lacks joint_names"):
        read_balance_reference(tmp_path / "x.npz")
    with pytest.raises(BorelliError, match="does not exist"):
        read_balance_reference(tmp_path / "y.npz")
