"""Joint sigma: against the dense inverse, and smaller when there is more evidence."""

from dataclasses import replace

import numpy as np
from fitting_clip import (
    BORDER,
    EVERYTHING,
    JOINTS,
    MODEL,
    TABLE,
    camera_state,
    dense,
    exact_terms,
    free_to_move,
    held,
    smooth_motion,
    world_points,
)
from fitting_clip import one_thread as one_thread

from borelli.body.stature import person_of_stature
from borelli.fitting.regular import regular_terms
from borelli.fitting.solver import Problem, evaluate
from borelli.fitting.state import State
from borelli.fitting.terms import Term
from borelli.fitting.terms.priors import BorderPrior
from borelli.fitting.terms.reprojection import Reprojection
from borelli.fitting.terms.stature import Stature
from borelli.fitting.uncertainty import uncertainty

FRAMES = 4
TRUTH = State(smooth_motion(0, FRAMES), person_of_stature(MODEL, 1.70), camera_state())
FREE = free_to_move("scale", "length_thigh", "length_torso", "pitch", "height")


def problem(*terms: Term, free: np.ndarray = FREE) -> Problem:
    regular = regular_terms(TABLE, np.arange(FRAMES) / 30)
    # exact keypoints alone cannot tell a tilted camera from a tilted world
    prior = BorderPrior(TRUTH.border(), np.full(len(BORDER), 10.0))
    return Problem(MODEL, EVERYTHING, (*terms, prior, Stature(1.70, 0.02), *regular), free)


def numeric_jacobian(free: np.ndarray) -> np.ndarray:
    """(T J 3, T 49 + g) of the joints by finite differences."""
    step, columns = 1e-6, []
    size = TRUTH.coordinates.size
    for k in [*range(size), *(size + np.flatnonzero(free))]:
        whole = np.zeros(size + len(free))
        whole[k] = step
        ends = []
        for sign in (1, -1):
            moved = TRUTH.moved(sign * whole[:size].reshape(TRUTH.coordinates.shape), sign * whole[size:])
            ends.append(world_points(moved.person, moved.coordinates, JOINTS).ravel())
        columns.append((ends[0] - ends[1]) / (2 * step))
    return np.stack(columns, axis=1)


def dense_sigma(of: Problem) -> np.ndarray:
    """(T, J) by inverting the whole normal matrix."""
    covariance = np.linalg.inv(dense(evaluate(of, TRUTH)))
    J = numeric_jacobian(of.free)
    variance = np.einsum("rc,cd,rd->r", J, covariance, J).reshape(FRAMES, -1, 3)
    return np.sqrt(variance.sum(axis=-1) / 3)


def test_sigma_equals_the_dense_inverse_with_shared_unknowns() -> None:
    of = problem(*exact_terms(TRUTH, sd=0.01))
    np.testing.assert_allclose(uncertainty(of, TRUTH, JOINTS).positions, dense_sigma(of), rtol=1e-3)


def test_sigma_equals_the_dense_inverse_when_only_coordinates_move() -> None:
    of = problem(*exact_terms(TRUTH, sd=0.01), free=held())
    np.testing.assert_allclose(uncertainty(of, TRUTH, JOINTS).positions, dense_sigma(of), rtol=1e-3)


def test_unknown_body_and_camera_add_uncertainty() -> None:
    terms = exact_terms(TRUTH, sd=0.01)
    known = uncertainty(problem(*terms, free=held()), TRUTH, JOINTS).positions
    unknown = uncertainty(problem(*terms), TRUTH, JOINTS).positions
    assert np.all(unknown > known)


def test_more_evidence_makes_every_joint_surer() -> None:
    keypoints, directions = exact_terms(TRUTH, sd=0.01)
    alone = uncertainty(problem(keypoints), TRUTH, JOINTS).positions
    twice = uncertainty(problem(keypoints, keypoints), TRUTH, JOINTS).positions
    both = uncertainty(problem(keypoints, directions), TRUTH, JOINTS).positions
    assert np.all(twice < alone)
    assert np.all(both < alone)


def test_unseen_frame_is_the_least_sure() -> None:
    keypoints, directions = exact_terms(TRUTH, sd=0.01)
    assert isinstance(keypoints, Reprojection)
    root = keypoints.sqrt_information.copy()
    root[0] = 0.0
    sigma = uncertainty(
        problem(replace(keypoints, sqrt_information=root), directions, free=held()), TRUTH, JOINTS
    ).positions
    assert np.all(sigma[0] > sigma[1])


def test_inflation_is_a_factor() -> None:
    of = problem(*exact_terms(TRUTH))
    once = uncertainty(of, TRUTH, JOINTS).positions
    np.testing.assert_allclose(uncertainty(of, TRUTH, JOINTS, inflation=2.5).positions, 2.5 * once)


def test_covariance_of_shared_unknowns_is_the_corner_of_the_dense_inverse() -> None:
    of = problem(*exact_terms(TRUTH, sd=0.01))
    corner = np.linalg.inv(dense(evaluate(of, TRUTH)))[-FREE.sum() :, -FREE.sum() :]
    found = uncertainty(of, TRUTH, JOINTS, inflation=2.0).border
    np.testing.assert_allclose(found[np.ix_(FREE, FREE)], 4 * corner, atol=1e-3 * corner.max())
    assert not found[~FREE].any()
    assert not found[:, ~FREE].any()
