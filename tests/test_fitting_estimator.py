"""The whole estimator on clips of known truth: limits, mirror, supports, short, empty and long clips."""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from fitting_clip import (
    JOINTS,
    LOOKING_FORWARD,
    MODEL,
    TABLE,
    Clip,
    camera,
    evidence_of,
    joint_error,
    observed,
    smooth_motion,
    standing_motion,
    world_points,
)
from fitting_clip import one_thread as one_thread

from borelli.body.kinematics import landmark_points
from borelli.body.mirror import mirror_coordinates, mirror_index
from borelli.body.stature import stature
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.estimator import CONTACT_LANDMARKS, Estimate, Subject, estimate
from borelli.fitting.evidence import Evidence, cut
from borelli.geometry.camera import Camera
from borelli.perception.keypoint_sets import keypoint_set

KNOWN, UNKNOWN = camera(LOOKING_FORWARD), camera()
CONFIG = EstimatorConfig()
TRUSTING = EstimatorConfig(misfit=0.002, heatmap_variance=1e-4, hint_sd=0.05, data_weight=1.0)
both_cameras = pytest.mark.parametrize("seen_by", [KNOWN, UNKNOWN], ids=["known camera", "unknown camera"])


def run(
    clips: Sequence[Clip], seen_by: Camera, height: float | None = 1.70, config: EstimatorConfig = CONFIG
) -> list[Estimate]:
    subjects = [Subject(evidence_of(clip, seen_by, config), height) for clip in clips]
    return estimate(MODEL, subjects, seen_by, config)


def seen_as(clip: Clip, **changes: np.ndarray | None) -> Clip:
    """The same clip with parts of its track replaced."""
    return replace(clip, track=replace(clip.track, **changes))  # type: ignore[arg-type]


def soles(found: Estimate) -> np.ndarray:
    """(T, 4) heights."""
    feet = landmark_points(MODEL, CONTACT_LANDMARKS)
    return world_points(found.state.person, found.state.coordinates, feet)[..., 1]


def all_finite(found: Estimate) -> bool:
    arrays = (found.state.coordinates, found.state.border(), found.contacts, found.joint_sigma)
    return all(bool(np.isfinite(a).all()) for a in arrays)


def test_exact_evidence_of_somebody_standing_gives_the_joints_to_centimetres() -> None:
    q = standing_motion(1, 24, heading=0.6)
    (found,) = run([observed(q)], KNOWN, config=TRUSTING)
    error = joint_error(found.state, observed(q).person, q)
    assert error.mean() < 0.015
    assert error.max() < 0.04
    assert found.reprojection < 0.005
    assert found.contacts_accepted
    assert found.contacts.min() > 0.9
    assert np.abs(soles(found)).max() < 0.02


def test_uncertainty_is_of_the_size_of_the_error() -> None:
    q = standing_motion(2, 20)
    (found,) = run([observed(q)], KNOWN)
    error = joint_error(found.state, observed(q).person, q) / np.sqrt(3)
    assert found.joint_sigma.shape == error.shape
    assert np.sqrt(np.mean(error**2)) < 3 * np.sqrt(np.mean(found.joint_sigma**2))
    assert found.joint_sigma.max() < 0.6


@both_cameras
def test_limits_hold_even_when_the_evidence_breaks_them(seen_by: Camera) -> None:
    q = smooth_motion(3, 20, swing=2.5)
    assert np.any(q < TABLE.lower)
    assert np.any(q > TABLE.upper)
    (found,) = run([observed(q)], seen_by, config=TRUSTING)
    assert np.all(found.state.coordinates >= TABLE.lower)
    assert np.all(found.state.coordinates <= TABLE.upper)


@both_cameras
def test_stated_stature_is_kept(seen_by: Camera) -> None:
    q = standing_motion(4, 12)
    q[:, -2] *= 1.85 / 1.70
    (found,) = run([observed(q, 1.85)], seen_by, height=1.85)
    assert stature(MODEL, found.state.person) == pytest.approx(1.85, abs=0.02)


def test_size_follows_from_standing_on_the_floor_before_a_known_camera() -> None:
    q = standing_motion(5, 16, heading=0.4)
    q[:, -2] *= 1.85 / 1.70
    (found,) = run([observed(q, 1.85)], KNOWN, height=None)
    assert stature(MODEL, found.state.person) == pytest.approx(1.85, abs=0.06)


def test_unknown_camera_gets_a_floor_at_zero_and_a_plausible_height() -> None:
    (found,) = run([observed(standing_motion(6, 16))], UNKNOWN)
    assert np.abs(soles(found)).max() < 0.02
    assert np.abs(found.state.camera.unknowns[1:3]).max() < 0.2
    assert 0.7 < found.state.camera.unknowns[3] < 1.8


@pytest.mark.parametrize("height", [1.70, None])
def test_somebody_on_a_roof_stays_there_while_another_stands_on_the_floor(height: float | None) -> None:
    T = LOOKING_FORWARD.copy()
    T[1, 3] = 3.0
    below, above = standing_motion(7, 16, x=2, z=-1, heading=1), standing_motion(8, 16, x=4, z=1, heading=-2)
    above[:, -2] += 2.0
    clips = [observed(q, T_camera_world=T) for q in (below, above)]
    floor, roof = (soles(found) for found in run(clips, camera(T), height))
    np.testing.assert_allclose(floor, 0.0, atol=0.03)
    np.testing.assert_allclose(roof, 2.0, atol=0.15)


def test_nobody_shrinks_when_nothing_tells_their_size() -> None:
    T = LOOKING_FORWARD.copy()
    T[1, 3] = 3.0
    above = standing_motion(8, 40, x=4, z=1, heading=-2)
    above[:, -2] += 2.0
    for clip, seen_by in (
        (observed(standing_motion(7, 40)), UNKNOWN),
        (observed(above, T_camera_world=T), camera(T)),
    ):
        (found,) = run([clip], seen_by, height=None)
        assert abs(stature(MODEL, found.state.person) - CONFIG.stature_mean) < 0.06
        assert found.stature_sd == CONFIG.stature_sd


def test_people_of_one_clip_share_one_camera() -> None:
    clips = [observed(standing_motion(i, 12, z=float(i - 9))) for i in (9, 10)]
    first, second = run(clips, UNKNOWN)
    np.testing.assert_array_equal(first.state.camera.unknowns, second.state.camera.unknowns)


def mirrored(clip: Clip) -> Clip:
    """What the detector sees in a mirrored video: columns reversed, sides exchanged."""
    names = keypoint_set("blazepose33").keypoints
    swap = {"left": "right", "right": "left"}
    partner = ["_".join(swap.get(part, part) for part in name.split("_")) for name in names]
    index = [names.index(name) for name in partner]
    keypoints = clip.track.keypoints[:, index] * [-1, 1, 1] + [1280, 0, 0]
    hints = None if clip.track.hints is None else clip.track.hints[:, index] * [-1, 1, 1]
    return seen_as(clip, keypoints=keypoints, hints=hints)


@both_cameras
@pytest.mark.parametrize("with_hints", [True, False], ids=["hints", "no hints"])
def test_mirrored_video_gives_mirrored_motion(seen_by: Camera, with_hints: bool) -> None:
    clip = observed(standing_motion(11, 14, z=0.5, heading=0.6))
    clip = clip if with_hints else seen_as(clip, hints=None)
    (plain,), (other) = run([clip], seen_by), run([mirrored(clip)], seen_by)[0]
    expected = mirror_coordinates(TABLE, plain.state.coordinates)
    if seen_by is UNKNOWN:
        # its world is mirrored in x, not in z: half a turn away
        expected[:, TABLE.coordinate("pelvis_rotation")] += np.pi
        expected[:, [-3, -1]] *= -1
    apart = other.state.coordinates - expected
    turns = np.abs((apart[:, :-3] + np.pi) % (2 * np.pi) - np.pi)
    assert np.degrees(turns.max()) < 0.5
    assert np.abs(apart[:, -3:]).max() < 0.005
    np.testing.assert_allclose(other.contacts, plain.contacts[:, mirror_index(CONTACT_LANDMARKS)], atol=0.01)


@both_cameras
def test_same_input_gives_the_same_bits(seen_by: Camera) -> None:
    clip = observed(smooth_motion(12, 10))
    first, second = (run([clip], seen_by)[0] for _ in range(2))
    np.testing.assert_array_equal(first.state.coordinates, second.state.coordinates)
    np.testing.assert_array_equal(first.state.border(), second.state.border())
    np.testing.assert_array_equal(first.contacts, second.contacts)
    np.testing.assert_array_equal(first.joint_sigma, second.joint_sigma)


@both_cameras
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_photo_and_very_short_clips_are_estimated(seen_by: Camera, frames: int) -> None:
    q = standing_motion(13, frames)
    (found,) = run([observed(q)], seen_by)
    assert all_finite(found)
    assert found.contacts.shape == (frames, 4)
    root = found.state.coordinates[:, None, -3:]
    joints = world_points(found.state.person, found.state.coordinates, JOINTS) - root
    truth = world_points(observed(q).person, q, JOINTS) - q[:, None, -3:]
    turned = np.linalg.norm(joints, axis=-1) - np.linalg.norm(truth, axis=-1)
    assert np.abs(turned).max() < 0.12


@both_cameras
def test_person_without_any_keypoint_neither_crashes_nor_disturbs_others(seen_by: Camera) -> None:
    clip = observed(standing_motion(14, 10))
    nothing = np.full_like(clip.track.keypoints, np.nan)
    nothing[..., 2] = 0.0
    empty = seen_as(clip, keypoints=nothing, hints=np.full((10, 33, 3), np.nan))
    alone = run([clip], seen_by)[0]
    beside, ghost = run([clip, empty], seen_by)
    assert all_finite(ghost)
    assert ghost.joint_sigma.min() > 10 * beside.joint_sigma.max()
    joints = [world_points(e.state.person, e.state.coordinates, JOINTS) for e in (alone, beside)]
    assert np.linalg.norm(joints[0] - joints[1], axis=-1).max() < 0.15


def test_half_hidden_body_is_estimated_and_its_legs_are_less_sure() -> None:
    clip = observed(standing_motion(15, 10))
    names = keypoint_set("blazepose33").keypoints
    keypoints = clip.track.keypoints.copy()
    legs = [i for i, n in enumerate(names) if n.endswith(("knee", "ankle", "heel", "foot_index"))]
    keypoints[:, legs] = [np.nan, np.nan, 0.0]
    (whole,), (half,) = run([clip], KNOWN), run([seen_as(clip, keypoints=keypoints)], KNOWN)
    assert all_finite(half)
    ankle, elbow = TABLE.segment("talus_r"), TABLE.segment("ulna_r")
    growth = half.joint_sigma / whole.joint_sigma
    assert growth[:, ankle].min() > 2
    assert growth[:, elbow].max() < 1.5


def test_gap_in_the_track_is_bridged_and_less_sure() -> None:
    clip = observed(standing_motion(16, 24))
    keypoints = clip.track.keypoints.copy()
    keypoints[10:15] = [np.nan, np.nan, 0.0]
    (found,) = run([seen_as(clip, keypoints=keypoints)], KNOWN)
    joints = world_points(found.state.person, found.state.coordinates, JOINTS)
    truth = world_points(clip.person, clip.coordinates, JOINTS)
    assert np.abs(np.diff(joints, axis=0)).max() < 2 * np.abs(np.diff(truth, axis=0)).max() + 0.005
    assert found.joint_sigma[12].mean() > found.joint_sigma[3].mean()


def test_gross_outliers_hardly_move_the_estimate() -> None:
    clip = observed(standing_motion(17, 20))
    rng = np.random.default_rng(17)
    keypoints = clip.track.keypoints.copy()
    wrong = rng.random(keypoints.shape[:2]) < 0.05
    keypoints[..., :2] += wrong[..., None] * rng.uniform(-300, 300, (*wrong.shape, 2))
    # this figure stands with its weight over its heels, against which the balance term works
    image = replace(CONFIG, balance_sd=10.0)
    dirty_clip = seen_as(clip, keypoints=keypoints)
    (clean,), (dirty,) = run([clip], KNOWN, config=image), run([dirty_clip], KNOWN, config=image)
    joints = [world_points(e.state.person, e.state.coordinates, JOINTS) for e in (clean, dirty)]
    assert np.linalg.norm(joints[0] - joints[1], axis=-1).mean() < 0.01


def long_clip() -> tuple[Clip, EstimatorConfig]:
    """Forty frames of a turning person, and windows of fourteen."""
    q = standing_motion(18, 40)
    q[:, TABLE.coordinate("pelvis_rotation")] = np.linspace(2.6, 3.6, 40)
    return observed(q), replace(CONFIG, window=14, overlap=4)


@both_cameras
def test_windows_join_without_a_seam_and_agree_with_the_whole(seen_by: Camera) -> None:
    clip, windowed = long_clip()
    (whole,), (parts,) = run([clip], seen_by), run([clip], seen_by, config=windowed)
    assert parts.state.coordinates.shape == whole.state.coordinates.shape
    assert np.all(parts.joint_sigma > 0)
    joints = [world_points(e.state.person, e.state.coordinates, JOINTS) for e in (whole, parts)]
    fastest = np.abs(np.diff(joints[0], axis=0)).max()
    assert np.abs(np.diff(joints[1], axis=0)).max() < 2 * fastest
    relative = [j - j[:, :1] for j in joints]
    assert np.linalg.norm(relative[0] - relative[1], axis=-1).mean() < 0.03
    assert np.all(parts.state.coordinates >= TABLE.lower)
    assert np.all(parts.state.coordinates <= TABLE.upper)


def test_progress_counts_windows_up_to_the_last() -> None:
    clip, windowed = long_clip()
    told: list[tuple[int, int]] = []
    subjects = [Subject(evidence_of(clip, KNOWN, windowed), 1.70)]
    estimate(MODEL, subjects, KNOWN, windowed, lambda done, total: told.append((done, total)))
    total = told[-1][1]
    assert told == [(i + 1, total) for i in range(total)]
    assert total >= 3


def test_people_who_come_and_go_are_estimated_over_their_own_frames() -> None:
    clip, windowed = long_clip()
    evidence = evidence_of(clip, KNOWN, windowed)
    spans = [slice(0, 40), slice(0, 12), slice(39, 40)]
    subjects = [Subject(cut(evidence, span), 1.70) for span in spans]
    found = estimate(MODEL, subjects, KNOWN, windowed)
    assert [len(e.state.coordinates) for e in found] == [40, 12, 1]
    assert all(all_finite(e) for e in found)


def test_cut_takes_the_frames_of_every_series_and_leaves_the_rest() -> None:
    evidence = evidence_of(observed(smooth_motion(19, 6)), KNOWN)
    part = cut(evidence, slice(2, 5))
    assert part.frames == 3
    for field in fields(Evidence):
        before, after = getattr(evidence, field.name), getattr(part, field.name)
        if field.name in ("names", "points", "learned"):
            assert after is before
        else:
            constant = field.name in ("spread", "bones")
            np.testing.assert_array_equal(after, before if constant else before[2:5])
