"""What a result says about itself."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_clip import CAMERA, observe_motion

from borelli.motion.motion import Motion
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import silent
from borelli.pipeline.stages import Reconstruction, reconstruct_people
from borelli.pipeline.verdict import limit_violations, rarely_seen, stance_slips


@pytest.fixture(scope="module")
def found() -> Reconstruction:
    observations = observe_motion(np.arange(8) / 30)
    return reconstruct_people(observations, CAMERA, "clip.mp4", RunConfig(stature=(1.7,)), silent)


@pytest.fixture
def motion(found: Reconstruction) -> Motion:
    return found.motions[0]


def test_slip_is_the_largest_distance_from_the_mean_place_of_a_stance(motion: Motion) -> None:
    assert motion.contact_points is not None
    contacts, points = np.zeros_like(motion.contacts), motion.contact_points.copy()
    contacts[1:4, 0] = 0.9
    points[:, 0] = 0.0
    points[1:4, 0, 0] = [0.0, 0.03, 0.0]  # mean 0.01
    points[1:4, 0, 1] = [0.0, 0.5, 0.0]  # height does not slip
    slips = stance_slips(replace(motion, contacts=contacts, contact_points=points))
    np.testing.assert_allclose(slips, [0.02])


def test_slip_of_a_motion_without_forces_is_that_of_its_landmarks(motion: Motion) -> None:
    landmarks = motion.landmarks.copy()
    heel = motion.landmark_names.index("sole_heel_r")
    landmarks[:, heel] = [[0.0, 0.0, 0.01 * (t == 3)] for t in range(len(landmarks))]
    contacts = np.ones((len(landmarks), 1))
    bare = replace(
        motion,
        contact_names=("sole_heel_r",),
        contacts=contacts,
        landmarks=landmarks,
        forces=None,
        contact_points=None,
        support=None,
    )
    np.testing.assert_allclose(stance_slips(bare), [0.01 * 7 / 8])


def test_limit_violations_count_pairs_of_frame_and_coordinate_in_valid_frames(motion: Motion) -> None:
    assert limit_violations(motion) == 0
    q, valid = motion.coordinates.copy(), motion.valid.copy()
    q[[0, 2], motion.coordinate_names.index("knee_angle_r")] = -0.1
    valid[2] = False
    assert limit_violations(replace(motion, coordinates=q, valid=valid)) == 1


def test_a_joint_seen_in_a_quarter_of_the_frames_is_named(motion: Motion) -> None:
    keypoints = motion.keypoints.copy()
    keypoints[2:, motion.keypoint_names.index("left_ankle"), 2] = 0.1
    assert rarely_seen(motion).get("left ankle") is None
    assert rarely_seen(replace(motion, keypoints=keypoints)) == {"left ankle": 0.25}


def test_a_gap_is_bridged_and_flagged(found: Reconstruction) -> None:
    seen = observe_motion(np.arange(12) / 30)
    keypoints = seen.tracks[0].keypoints.copy()
    keypoints[5:8, :, 2] = 0.0
    gap = replace(seen, tracks=(replace(seen.tracks[0], keypoints=keypoints),))
    result = reconstruct_people(gap, CAMERA, "clip.mp4", RunConfig(), silent)
    assert result.motions[0].valid.tolist() == [True] * 5 + [False] * 3 + [True] * 4
    assert np.isfinite(result.motions[0].coordinates).all()
    verdict = result.verdicts[0]
    assert (verdict.frames, verdict.frames_seen, verdict.frames_bridged) == (12, 9, 3)
    assert any("3 frames without enough evidence" in note for note in verdict.notes)


def test_a_single_frame_is_labelled() -> None:
    observations = observe_motion(np.zeros(1))
    result = reconstruct_people(observations, CAMERA, "photo.jpg", RunConfig(), silent)
    assert any("single frame" in note for note in result.verdicts[0].notes)
    assert not result.motions[0].contacts.any()


def test_a_known_posture_and_stature_are_found_again(found: Reconstruction) -> None:
    motion, verdict = found.motions[0], found.verdicts[0]
    assert verdict.stature_source == "given" and abs(verdict.stature_m - 1.7) < 0.03
    assert verdict.reprojection_mm < 30
    arm = np.degrees(motion.coordinate("arm_flex_r"))
    assert 15 < arm[-1] - arm[0] < 50  # truth: 34
