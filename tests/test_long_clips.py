"""Very long clips: stretches agree with one pass, several processes with one, runs of frames with all."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from fitting_clip import (
    JOINTS,
    LANDMARKS,
    LOOKING_FORWARD,
    MODEL,
    TABLE,
    Clip,
    camera,
    evidence_of,
    observed,
    standing_motion,
    world_points,
)
from scipy.spatial.transform import Rotation
from stepping import PERSON, squatting

from borelli.batch.mapping import calling
from borelli.body import trajectories as module
from borelli.body.trajectories import frame_runs, trajectories
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.recorded import physical_motion
from borelli.dynamics.support_polygon import outside_support
from borelli.errors import BorelliError
from borelli.fitting import tracked
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.estimator import Estimate, estimate
from borelli.fitting.evidence import Evidence, cut, with_guess
from borelli.fitting.subject import Filmed, Subject
from borelli.fitting.tracked import TrackedSubject, with_first_guess
from borelli.fitting.windows import Mapper
from borelli.geometry.alignment import align_clip, align_runs
from borelli.geometry.filters import lowpass
from borelli.lifting.guess import chained
from borelli.lifting.lifter import shipped_lifter
from borelli.motion.observations import (
    Observations,
    keypoints_only,
    load_observations,
    observed_times,
    save_observations,
)
from borelli.perception.keypoint_sets import keypoint_set

SEEN_BY = camera(LOOKING_FORWARD)
WINDOWS = EstimatorConfig(window=24, overlap=8, stretch=100)
STRETCHES = replace(WINDOWS, stretch=2, lead=16)
FRAMES = 72
FLOWING = PhysicsConfig(window=110, overlap=45, stretch=100)
"""The windows of a clip one after another."""
DIVIDED = replace(FLOWING, stretch=1, lead=45)


@pytest.fixture(scope="module")
def clip() -> Clip:
    """Somebody who turns round while moving the arms, at 30 frames per second."""
    q = standing_motion(18, FRAMES)
    q[:, TABLE.coordinate("pelvis_rotation")] = np.linspace(2.0, 4.5, FRAMES)
    return observed(q)


@pytest.fixture(scope="module")
def subject(clip: Clip) -> TrackedSubject:
    keypoints = keypoint_set("blazepose33")
    return TrackedSubject(MODEL, clip.track, clip.times, keypoints, SEEN_BY, WINDOWS, 1.70)


@pytest.fixture(scope="module")
def single_pass(subject: TrackedSubject) -> Estimate:
    return solved(subject, WINDOWS)


@pytest.fixture(scope="module")
def divided(subject: TrackedSubject) -> Estimate:
    return solved(subject, STRETCHES)


def solved(subject: Filmed, config: EstimatorConfig, over: Mapper = map) -> Estimate:
    return estimate(MODEL, [subject], SEEN_BY, config, over=over)[0]


def joints(found: Estimate) -> np.ndarray:
    return world_points(found.state.person, found.state.coordinates, JOINTS)


def test_stretches_agree_with_a_single_pass_within_five_millimetres(
    single_pass: Estimate, divided: Estimate
) -> None:
    np.testing.assert_array_equal(divided.state.person.log_lengths, single_pass.state.person.log_lengths)
    np.testing.assert_array_equal(divided.state.camera.unknowns, single_pass.state.camera.unknowns)
    gap = np.linalg.norm(joints(divided) - joints(single_pass), axis=-1)
    assert 0 < gap.max() < 0.005


def test_no_step_of_velocity_where_stretches_meet(single_pass: Estimate, divided: Estimate) -> None:
    first, second = (np.diff(joints(found), axis=0) for found in (single_pass, divided))
    assert np.linalg.norm(first - second, axis=-1).max() < 0.001
    bend = np.linalg.norm(np.diff(second, axis=0), axis=-1).max(axis=1)
    meeting = slice(2 * 16 - 2, 2 * 16 + STRETCHES.overlap + 2)
    assert bend[meeting].max() < 1.5 * np.delete(bend, np.r_[meeting]).max()


def test_several_processes_find_the_same_to_the_bit(subject: TrackedSubject, divided: Estimate) -> None:
    with calling(2) as over:
        found = solved(subject, STRETCHES, over)
    np.testing.assert_array_equal(found.state.coordinates, divided.state.coordinates)
    np.testing.assert_array_equal(found.joint_sigma, divided.joint_sigma)


def test_a_stretch_that_begins_a_turn_later_is_turned_back(clip: Clip) -> None:
    q = clip.coordinates.copy()
    q[:, TABLE.coordinate("pelvis_rotation")] += np.linspace(0, 7, FRAMES)
    keypoints = keypoint_set("blazepose33")
    track = observed(q).track
    found = solved(
        TrackedSubject(MODEL, track, clip.times, keypoints, SEEN_BY, WINDOWS, 1.70), STRETCHES
    ).state.coordinates
    assert np.abs(np.diff(found[:, :3], axis=0)).max() < 0.6


def test_physics_in_stretches_agrees_with_window_after_window() -> None:
    times, clean = squatting(200)
    slow = 2 * np.pi * (1.3 * times[:, None] + np.random.default_rng(2).uniform(size=49))
    found = [
        physical_motion(MODEL, PERSON, times, clean + 0.005 * np.sin(slow), 75.0, config=config)
        for config in (FLOWING, DIVIDED)
    ]
    one_pass, stretches = (trajectories(MODEL, PERSON, each.coordinates, JOINTS) for each in found)
    assert 0 < np.linalg.norm(one_pass - stretches, axis=-1).max() < 0.005
    steps = np.diff(one_pass, axis=0) - np.diff(stretches, axis=0)
    assert np.linalg.norm(steps, axis=-1).max() < 0.001
    assert all(each.explained.all() for each in found)


def test_a_map_over_processes_keeps_the_order_and_tells_what_is_wrong() -> None:
    with calling(2) as over:
        assert list(over(abs, range(-7, 0))) == [7, 6, 5, 4, 3, 2, 1]
        with pytest.raises(BorelliError, match="bodyparts"):
            list(over(keypoint_set, ["bodyparts"]))


@pytest.mark.parametrize("guessed", [False, True])
def test_evidence_made_for_a_window_is_that_of_the_clip(subject: TrackedSubject, guessed: bool) -> None:
    person = with_first_guess(subject, shipped_lifter()) if guessed else subject
    evidence = evidence_of(Clip(PERSON, np.empty(0), subject.times, subject.track), SEEN_BY, WINDOWS)
    if guessed:
        assert person.guess is not None
        evidence = with_guess(MODEL, evidence, person.guess)
    run = slice(11, 40)
    made, whole = person.cut(run).evidence, cut(evidence, run)
    for field in fields(Evidence):
        if isinstance(value := getattr(whole, field.name), np.ndarray):
            np.testing.assert_allclose(getattr(made, field.name), value, rtol=0, atol=1e-12)
    if made.learned is not None and whole.learned is not None:
        np.testing.assert_allclose(made.learned.directions, whole.learned.directions, rtol=0, atol=1e-12)
    assert (made.learned is None) != guessed
    assert person.names == whole.names
    np.testing.assert_array_equal(person.confidence(run), whole.confidence)


def test_a_track_lifted_in_stretches_is_guessed_alike(
    subject: TrackedSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = with_first_guess(subject, shipped_lifter()).guess
    monkeypatch.setattr(tracked, "LIFTED", 20)
    monkeypatch.setattr(tracked, "BESIDE", 12)
    parts = with_first_guess(subject, shipped_lifter()).guess
    assert whole is not None and parts is not None
    assert parts.coordinates.shape == whole.coordinates.shape == (FRAMES, 46)
    turned = np.degrees(np.abs(parts.coordinates - whole.coordinates))
    assert np.median(turned) < 2.0 and turned.mean() < 4.0  # it looks at other windows
    np.testing.assert_allclose(parts.log_lengths, whole.log_lengths, atol=0.03)


def test_a_stretch_without_anybody_takes_over_the_guess_before_it(subject: TrackedSubject) -> None:
    guess = with_first_guess(subject, shipped_lifter()).guess
    assert guess is not None
    found = chained([(3, None), (FRAMES, guess), (2, None)])
    assert found is not None and len(found.contacts) == FRAMES + 5
    np.testing.assert_array_equal(found.coordinates[:3], guess.coordinates[[0, 0, 0]])
    np.testing.assert_array_equal(found.coordinates[-2:], guess.coordinates[[-1, -1]])
    np.testing.assert_array_equal(found.coordinates[3:-2], guess.coordinates)
    np.testing.assert_allclose(found.shape, guess.shape)
    assert chained([(3, None)]) is None


def test_a_subject_and_its_track_say_the_same(subject: TrackedSubject) -> None:
    eager = Subject(subject.evidence, subject.stature)
    assert eager.names == subject.names
    np.testing.assert_array_equal(eager.times, subject.times)
    np.testing.assert_array_equal(eager.confidence(slice(3, 9)), subject.confidence(slice(3, 9)))
    np.testing.assert_array_equal(eager.points.offsets, subject.points.offsets)


def test_points_of_a_long_clip_are_placed_run_by_run_alike(
    clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = world_points(PERSON, clip.coordinates, LANDMARKS)
    monkeypatch.setattr(module, "FRAMES_AT_ONCE", 7)
    assert [run.stop - run.start for run in frame_runs(16)] == [7, 7, 2]
    np.testing.assert_allclose(
        trajectories(MODEL, PERSON, clip.coordinates, LANDMARKS), whole, rtol=0, atol=1e-12
    )


def test_a_clip_that_comes_run_by_run_is_aligned_like_the_whole() -> None:
    rng = np.random.default_rng(5)
    target = rng.normal([200.0, 1.0, -90.0], 1.0, (30, 4, 3))
    turn = Rotation.from_rotvec([0.2, -1.0, 0.4]).as_matrix()
    source = (target - [3.0, 0, 1]) @ turn + rng.normal(0, 0.01, target.shape)
    source[7, 2] = np.nan
    runs = ((source[first : first + 8], target[first : first + 8]) for first in range(0, 30, 8))
    found, whole = align_runs(runs), align_clip(source, target, scale=False)
    np.testing.assert_allclose(found.rotation, whole.rotation, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.apply(source), whole.apply(source), rtol=0, atol=1e-10)
    assert np.isnan(align_runs([(source[7:8, 2:], target[7:8, 2:])]).rotation).all()


def test_many_columns_are_filtered_like_each_alone() -> None:
    values = np.random.default_rng(6).normal(size=(50, 30))
    values[20, 13] = np.nan
    times = np.arange(50) / 60
    found = lowpass(values, times, 6.0)
    for column in (0, 12, 13, 29):
        np.testing.assert_allclose(
            found[:, column], lowpass(values[:, column], times, 6.0), rtol=0, atol=1e-14
        )


def test_support_polygons_of_many_frames_are_measured_run_by_run_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(7)
    load, places = rng.normal(size=(20, 2)), rng.normal(size=(20, 6, 3))
    standing = rng.random((20, 6)) > 0.5
    whole = outside_support(load, places, standing)
    monkeypatch.setattr(module, "FRAMES_AT_ONCE", 3)
    np.testing.assert_allclose(outside_support(load, places, standing), whole, rtol=0, atol=1e-12)


def test_observations_can_be_read_without_masks(clip: Clip, tmp_path: Path) -> None:
    masks = np.zeros((FRAMES, 8, 1), dtype=np.uint8)
    seen = Observations(clip.times, 1280, 720, "blazepose33", (replace(clip.track, masks=masks),))
    save_observations(tmp_path / "seen.npz", seen)
    assert load_observations(tmp_path / "seen.npz").tracks[0].masks is not None
    bare = load_observations(tmp_path / "seen.npz", masks=False).tracks[0]
    assert bare.masks is None
    np.testing.assert_array_equal(bare.keypoints, clip.track.keypoints)
    np.testing.assert_array_equal(observed_times(tmp_path / "seen.npz"), clip.times)
    assert keypoints_only(bare).hints is None
