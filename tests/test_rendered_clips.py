"""Clips to refine poses on: their truth is exact, what an estimator is told is wrong as stated."""

import numpy as np
import pytest

from borelli.body.kinematics import forward
from borelli.body.model import average_person, body_model
from borelli.evaluation.case_motion import case_motion, case_observations
from borelli.evaluation.noisy_masks import noisy_depth, noisy_masks
from borelli.evaluation.rendered_clips import RefinementCase, exact, pose_errors, refinement_case
from borelli.evaluation.wrong_starts import AWAY, wrong_start

SIDE = 128


@pytest.fixture(scope="module", params=range(3))
def case(request: pytest.FixtureRequest) -> RefinementCase:
    return refinement_case(request.param, frames=8, side=SIDE)


def test_the_truth_has_no_error_with_the_true_person_and_camera(case: RefinementCase) -> None:
    errors = pose_errors(exact(case), case.clip.truth.coordinates)
    assert max(errors.mpjpe, errors.pa_mpjpe, errors.root_depth) < 1e-9


def test_a_wrong_person_and_camera_cost_millimetres_and_the_start_more_than_a_decimetre(
    case: RefinementCase,
) -> None:
    truth, start = pose_errors(case, case.clip.truth.coordinates), pose_errors(case, case.start)
    assert 0.001 < truth.mpjpe < 0.05
    assert 0.08 < start.mpjpe < 0.25
    assert start.pa_mpjpe < start.mpjpe


def test_the_same_number_gives_the_same_clip() -> None:
    a, b = (refinement_case(5, frames=3, side=64) for _ in range(2))
    np.testing.assert_array_equal(a.clip.images, b.clip.images)
    np.testing.assert_array_equal(a.start, b.start)
    np.testing.assert_array_equal(a.masks, b.masks)


def test_depth_of_the_case_is_known_on_the_person_only(case: RefinementCase) -> None:
    np.testing.assert_array_equal(np.isfinite(case.depth), case.clip.masks)
    ratio = case.depth[case.clip.masks] / case.clip.depth[case.clip.masks]
    assert 0.9 < ratio.min() < ratio.max() < 1.1


def test_masks_are_a_little_wrong_everywhere_and_very_wrong_in_one_frame_of_ten() -> None:
    rows, columns = np.mgrid[:120, :100]
    disc = np.tile(np.hypot(rows - 60, columns - 50) < 30, (20, 1, 1))
    masks, bad = noisy_masks(disc, np.random.default_rng(0))
    wrong = (masks != disc).mean(axis=(1, 2)) / disc[0].mean()
    assert bad.sum() == 2
    assert 0.01 < wrong[~bad].mean() < 0.12 < wrong[bad].min()


def test_an_empty_mask_stays_empty() -> None:
    masks, _ = noisy_masks(np.zeros((3, 20, 20), dtype=bool), np.random.default_rng(0))
    assert not masks.any()


def test_depth_keeps_unknown_pixels_unknown() -> None:
    depth = np.zeros((2, 30, 30), dtype=np.float32)
    depth[:, 10:20] = 3.0
    noisy = noisy_depth(depth, np.random.default_rng(1))
    np.testing.assert_array_equal(np.isnan(noisy), depth == 0)
    assert np.abs(noisy[depth > 0] / 3.0 - 1).max() < 0.15


def test_a_start_is_off_by_what_is_stated_and_inside_the_limits() -> None:
    table, times = body_model().skeleton, np.arange(10) / 10
    truth = np.tile(table.neutral, (10, 1))
    start = wrong_start(table, truth, times, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm((start - truth)[:, 46:], axis=1), AWAY)
    hip = np.flatnonzero(table.hinge_segment == table.segment("femur_r"))
    degrees = np.degrees(np.linalg.norm((start - truth)[:, hip], axis=1))
    assert ((degrees >= 9.99) & (degrees <= 15.01)).all()
    assert (start >= table.lower).all() and (start <= table.upper).all()


def test_a_start_needs_two_frames() -> None:
    table = body_model().skeleton
    with pytest.raises(ValueError, match="two frames"):
        wrong_start(table, table.neutral[None], np.zeros(1), np.random.default_rng(0))


def test_root_depth_is_the_error_along_the_axis_of_the_camera() -> None:
    case = exact(refinement_case(0, frames=2, side=64))
    assert case.camera.T_camera_world is not None
    axis = case.camera.T_camera_world[2, :3]
    nearer = case.clip.truth.coordinates.copy()
    nearer[:, -3:] -= 0.2 * axis
    errors = pose_errors(case, nearer)
    np.testing.assert_allclose([errors.root_depth, errors.mpjpe, errors.pa_mpjpe], [0.2, 0.2, 0], atol=1e-9)
    taller = pose_errors(case, nearer, person=average_person(2.2))
    assert taller.pa_mpjpe > 0.001


def test_motion_and_observations_of_a_case_say_what_it_says(case: RefinementCase) -> None:
    motion, seen = case_motion(case), case_observations(case)
    joints = forward(body_model(), case.person, case.start).joints
    np.testing.assert_allclose(motion.joints, joints)
    np.testing.assert_array_equal(motion.time, seen.times)
    masks = seen.tracks[0].masks
    assert masks is not None
    np.testing.assert_array_equal(np.unpackbits(masks, axis=2).astype(bool), case.masks)
