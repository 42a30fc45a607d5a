from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marker_trial import LIMBS, NAMES, trial

from borelli.body.model import body_model
from borelli.body.stature import stature
from borelli.errors import BorelliError
from borelli.export.mot import read_mot
from borelli.formats.trc import read_trc
from borelli.markers.ik import solve_ik

BIOMECH = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "biomech"
TABLE = body_model().skeleton
INDEX = [TABLE.coordinate(name) for name in LIMBS]


def degrees_apart(solved, truth):
    return np.degrees(np.abs(solved.coordinates - truth.coordinates)[:, INDEX])


@pytest.fixture(scope="module")
def walk():
    return trial()


@pytest.fixture(scope="module")
def solved(walk):
    return solve_ik(walk.positions, walk.names, walk.times)


def test_exact_markers_give_back_angles_size_and_markers(walk, solved):
    assert solved.matched.set_name == "borelli" and solved.valid.all()
    assert degrees_apart(solved, walk).max() < 2.0
    assert np.sqrt(np.mean(degrees_apart(solved, walk) ** 2)) < 0.5
    assert np.sqrt(np.nanmean(solved.residuals_mm**2)) < 1.0
    assert abs(stature(body_model(), solved.person) - stature(body_model(), walk.person)) < 0.01
    np.testing.assert_allclose(solved.person.log_lengths[7] - solved.person.log_lengths[8], 0.05, atol=0.02)


def test_a_marker_placed_elsewhere_is_found_there(walk, solved):
    shifted = walk.positions.copy()
    knee = walk.names.index("malleolus_lateral_r")
    shank = walk.names.index("malleolus_medial_r")
    outwards = shifted[:, knee] - shifted[:, shank]
    shifted[:, knee] += 0.015 * outwards / np.linalg.norm(outwards, axis=1, keepdims=True)
    moved = solve_ik(shifted, walk.names, walk.times)
    difference = moved.calibration.points.offsets[knee] - solved.calibration.points.offsets[knee]
    assert difference[2] * moved.person.scale == pytest.approx(0.015, abs=0.004)
    assert np.sqrt(np.mean(degrees_apart(moved, walk) ** 2)) < 1.0


@given(seed=st.integers(0, 1000))
@settings(max_examples=3)
def test_gaps_are_missing_evidence_and_nothing_more(walk, solved, seed):
    rng = np.random.default_rng(seed)
    gappy = walk.positions.copy()
    gappy[rng.random(gappy.shape[:2]) < 0.15] = np.nan
    found = solve_ik(gappy, walk.names, walk.times, calibration=solved.calibration)
    assert np.isnan(found.residuals_mm).mean() == pytest.approx(0.15, abs=0.03)
    assert np.isfinite(found.coordinates).all()
    assert degrees_apart(found, walk).max() < 4.0


def test_a_limb_without_markers_keeps_its_posture_and_the_frame_stays_valid(walk, solved):
    arm = [
        i for i, n in enumerate(walk.names) if n.startswith(("epic", "styl", "knuck")) and n.endswith("_r")
    ]
    gappy = walk.positions.copy()
    gappy[30:34, arm] = np.nan
    found = solve_ik(gappy, walk.names, walk.times, calibration=solved.calibration)
    elbow = TABLE.coordinate("elbow_flex_r")
    assert found.valid.all()
    assert np.degrees(np.ptp(found.coordinates[29:34, elbow])) < 8.0
    others = [i for i in INDEX if TABLE.coordinate_names[i] not in ("elbow_flex_r", "arm_flex_r")]
    assert np.degrees(np.abs(found.coordinates - walk.coordinates)[:, others]).max() < 3.0


def test_smoothing_bridges_a_gap_better_than_single_frames(walk, solved):
    arm = [
        i for i, n in enumerate(walk.names) if n.startswith(("epic", "styl", "knuck")) and n.endswith("_r")
    ]
    gappy = walk.positions.copy()
    gappy[26:36, arm] = np.nan
    elbow = TABLE.coordinate("elbow_flex_r")

    def error(smooth):
        found = solve_ik(gappy, walk.names, walk.times, calibration=solved.calibration, smooth=smooth)
        return np.degrees(np.abs(found.coordinates - walk.coordinates)[26:36, elbow]).max()

    assert error(True) < 0.6 * error(False)


def test_frames_without_markers_are_not_valid(walk):
    gappy = walk.positions.copy()
    gappy[:5] = np.nan
    gappy[40:43] = np.nan
    found = solve_ik(gappy, walk.names, walk.times)
    assert np.flatnonzero(~found.valid).tolist() == [0, 1, 2, 3, 4, 40, 41, 42]
    assert np.isfinite(found.coordinates).all()


@given(yaw=st.floats(-3, 3), shift=st.tuples(st.floats(-5, 5), st.floats(-1, 1), st.floats(-5, 5)))
@settings(max_examples=4)
def test_where_the_laboratory_is_changes_only_the_pelvis(walk, solved, yaw, shift):
    c, s = np.cos(yaw), np.sin(yaw)
    R = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    moved = solve_ik(walk.positions @ R.T + shift, walk.names, walk.times, calibration=solved.calibration)
    same = [i for i, name in enumerate(TABLE.coordinate_names) if name not in ("pelvis_rotation",)][:-3]
    assert np.degrees(np.abs(moved.coordinates - solved.coordinates)[:, same]).max() < 0.5
    turned = moved.coordinates[:, 2] - solved.coordinates[:, 2] - yaw
    assert np.degrees(np.abs((turned + np.pi) % (2 * np.pi) - np.pi)).max() < 0.5


def test_threads_do_not_change_the_result(walk):
    one, two = (solve_ik(walk.positions, walk.names, walk.times, threads=n).coordinates for n in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_a_stated_stature_holds_the_size(walk):
    few = tuple(name for name in NAMES if not name.startswith(("vertex", "heel", "small")))
    part = trial(20, few)
    found = solve_ik(part.positions, few, part.times, stature=1.85)
    assert stature(body_model(), found.person) == pytest.approx(1.85, abs=0.02)


def test_a_single_frame_is_a_posture(walk):
    found = solve_ik(walk.positions[:1], walk.names, walk.times[:1])
    assert degrees_apart(found, walk)[0].max() < 15.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p, n, t: (1000 * p, n, t), "positions must be in metres"),
        (lambda p, n, t: (p * [1, 1, -1], n, t), "mirror image"),
        (lambda p, n, t: (p[:, :-1], n, t), "positions have shape"),
        (lambda p, n, t: (p, n, t[::-1]), "times must be finite and increase"),
        (lambda p, n, t: (p, ("box", *n[1:]), t), "no place on the body is known for box.*Known in.*asis_l"),
        (lambda p, n, t: (np.full_like(p, np.nan), n, t), "no frame has"),
        (lambda p, n, t: (p[:, :4], n[:4], t), "no frame has"),
    ],
)
def test_input_that_cannot_be_meant_is_refused_with_the_remedy(walk, change, words):
    with pytest.raises(BorelliError, match=words):
        solve_ik(*change(walk.positions, walk.names, walk.times))


def test_joint_angles_of_a_recorded_walk_agree_with_opensim():
    folder = BIOMECH / "gait2354_subject01_walk"
    if not folder.exists():
        pytest.skip("the shared recording gait2354 is not here")
    markers = read_trc(folder / "subject01_walk1.trc")
    found = solve_ik(markers.positions, markers.names, markers.times)
    times, names, theirs = read_mot(folder / "subject01_walk1_ik.mot")
    for name in ("hip_flexion_r", "hip_flexion_l", "knee_angle_r", "knee_angle_l", "ankle_angle_l"):
        sign = -1.0 if name.startswith("knee") else 1.0
        ours = np.interp(times, found.times, found.coordinate(name))
        assert np.degrees(np.std(ours - sign * theirs[:, names.index(name)])) < 3.0, name
    assert 1.65 < stature(body_model(), found.person) < 1.95
