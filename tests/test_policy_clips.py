"""Clips for the policy: rays from keypoints, courses in time, features, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from performing_person import CENTRE, T_CAMERA_WORLD, film, standing_clip
from standing_person import MASS, MODEL, PERSON, standing

from borelli.body.kinematics import forward, place
from borelli.dynamics.policy.clips import Course, course, frame_times, nominal_features
from borelli.dynamics.policy.from_motion import SEEN, clip_of_motion
from borelli.dynamics.policy.library import library
from borelli.errors import BorelliError

TABLE = MODEL.skeleton


def test_rays_go_from_the_camera_through_the_body() -> None:
    clip = standing_clip()
    pose = forward(MODEL, PERSON, standing(np.arange(31) / 30).coordinates)
    body = place(pose, clip.evidence.points, MODEL, PERSON)
    np.testing.assert_allclose(clip.evidence.centres, np.tile(CENTRE, (31, 1)), atol=1e-12)
    away = body - CENTRE
    along = away / np.linalg.norm(away, axis=-1, keepdims=True)
    np.testing.assert_allclose(clip.evidence.rays, along, atol=1e-9)
    np.testing.assert_allclose(clip.evidence.confidence, 0.9)
    assert clip.mass == MASS and len(clip) == 31 == len(clip.evidence)


def test_unseen_keypoints_have_no_ray_and_no_confidence() -> None:
    performance = standing(np.arange(20) / 30)
    motion = film(performance)
    keypoints = motion.keypoints.copy()
    nose = motion.keypoint_names.index("nose")
    keypoints[3:6, nose] = np.nan
    clip = clip_of_motion(MODEL, replace(motion, keypoints=keypoints), performance, "clip")
    column = [words[0] for words in SEEN].index("nose")
    assert not clip.evidence.confidence[3:6, column].any() and not clip.evidence.rays[3:6, column].any()
    assert clip.evidence.confidence[[2, 6], column].all()


def test_a_camera_that_moves_moves_the_rays() -> None:
    performance = standing(np.arange(20) / 30)
    motion = film(performance)
    moving = np.tile(T_CAMERA_WORLD, (20, 1, 1))
    moving[:, :3, 3] -= T_CAMERA_WORLD[:3, :3] @ np.array([0.0, 0.5, 0.0])
    clip = clip_of_motion(MODEL, replace(motion, T_camera_world=moving), performance, "clip")
    np.testing.assert_allclose(
        clip.evidence.centres, np.tile(CENTRE + np.array([0, 0.5, 0]), (20, 1)), atol=1e-12
    )


def test_frames_cover_the_last_moment_of_any_frame_rate() -> None:
    np.testing.assert_allclose(frame_times(np.arange(31) / 30), np.arange(31) / 30)
    uneven = frame_times(2.0 + np.arange(25) / 24)
    assert uneven[0] == 2.0 and 3.0 <= uneven[-1] < 3.0 + 1 / 30
    assert np.allclose(np.diff(uneven), 1 / 30)


def test_a_course_has_the_derivatives_of_its_motion_and_ends_at_rest_where_asked_for_more() -> None:
    times = np.arange(61) / 60
    swing = np.zeros((61, 49))
    swing[:, 6] = np.sin(3 * times)
    found = course(times, swing, frame_times(times))
    np.testing.assert_allclose(found.rates[5:-5, 6], 3 * np.cos(3 * frame_times(times)[5:-5]), atol=1e-4)
    late = course(times, swing, np.array([1.0, 1.5]))
    np.testing.assert_array_equal(late.coordinates[0], late.coordinates[1])


def test_features_know_neither_place_nor_heading() -> None:
    rng = np.random.default_rng(0)
    q, rates = rng.normal(size=(2, 4, 49))
    motion = Course(q, rates, np.zeros((4, 49)))
    contacts = np.zeros((4, 4))
    turn = 0.7
    c, s = np.cos(turn), np.sin(turn)
    turned_q, turned_rates = q.copy(), rates.copy()
    turned_q[:, TABLE.coordinate("pelvis_rotation")] += turn
    turned_q[:, -3] += 5.0
    x, z = rates[:, -3], rates[:, -1]
    turned_rates[:, -3], turned_rates[:, -1] = c * x + s * z, -s * x + c * z
    same = nominal_features(TABLE, Course(turned_q, turned_rates, np.zeros((4, 49))), contacts)
    first = nominal_features(TABLE, motion, contacts)
    assert first.shape == (4, 97)
    np.testing.assert_allclose(first, same, atol=1e-12)


def test_what_no_policy_can_use_is_said() -> None:
    performance = standing(np.arange(20) / 30)
    motion = film(performance)
    short = standing(np.arange(3) / 30)
    with pytest.raises(BorelliError, match="too short for a policy"):
        clip_of_motion(MODEL, film(short), short, "blink")
    q = motion.coordinates.copy()
    q[7] = np.nan
    with pytest.raises(BorelliError, match=r"1 frames, the first at 0.2333.. s, are not numbers"):
        clip_of_motion(MODEL, replace(motion, coordinates=q), None, "gap")
    other = replace(motion, keypoint_names=("LASI", *motion.keypoint_names[1:]))
    with pytest.raises(BorelliError, match="33 keypoints are of no known set"):
        clip_of_motion(MODEL, other, performance, "markers")
    with pytest.raises(BorelliError, match="no clips for the policy"):
        library(MODEL, [])
    clip = standing_clip()
    few = replace(clip, evidence=replace(clip.evidence, features=clip.evidence.features[:, :5]))
    with pytest.raises(BorelliError, match="different numbers of keypoints and features"):
        library(MODEL, [clip, few])
