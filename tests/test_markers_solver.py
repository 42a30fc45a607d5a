"""The compiled loop against the estimator's own terms, and the calibration against finite differences."""

from dataclasses import replace

import numpy as np
import pytest
from marker_trial import trial

from borelli.body.kinematics import landmark_points
from borelli.body.model import body_model
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.normal import Normal
from borelli.fitting.regular import regular_terms
from borelli.fitting.solver import Problem, evaluate
from borelli.fitting.state import State, View, border_names
from borelli.fitting.terms.coordinates import Limits, Rest
from borelli.fitting.terms.positions import Positions
from borelli.markers import calibrate
from borelli.markers.frames import Stretch, _cholesky, _linearise, make_rig, solve_stretches
from borelli.markers.start import best_posture, place_trunk, start_coordinates

MODEL = body_model()
TRIAL = trial(6)
POINTS = landmark_points(MODEL, TRIAL.names)
LIMITS, REST = regular_terms(MODEL.skeleton, TRIAL.times)[:2]
ROBUST = 4.0


def camera():
    return CameraState(LEVEL, np.zeros(len(CAMERA_UNKNOWNS)))


def evidence():
    """Markers with noise, one far off, some missing; coordinates with a limit exceeded."""
    rng = np.random.default_rng(1)
    assert isinstance(LIMITS, Limits) and isinstance(REST, Rest)
    targets = TRIAL.positions + rng.normal(0, 0.01, TRIAL.positions.shape)
    targets[:, 3] += 0.1
    weight = np.full(targets.shape[:2], 1 / 0.008)
    weight[:, 7] = 0
    q = TRIAL.coordinates + rng.normal(0, 0.03, TRIAL.coordinates.shape)
    q[:, MODEL.skeleton.coordinate("knee_angle_r")] = -0.1
    return targets, weight, q


def test_cost_gradient_and_matrix_of_one_frame_are_those_of_the_terms():
    targets, weight, q = evidence()
    terms = (Positions(np.arange(len(TRIAL.names)), targets[:1], weight[:1], ROBUST), LIMITS, REST)
    held = np.zeros(len(border_names(MODEL.shape_size)), dtype=bool)
    normal = evaluate(Problem(MODEL, POINTS, terms, held), State(q[:1], TRIAL.person, camera()))
    rig = make_rig(MODEL, TRIAL.person, POINTS, LIMITS, REST)
    H, g = np.zeros((49, 49)), np.zeros(49)
    cost = _linearise(
        q[0], q[0], targets[0], weight[0], 0.0, ROBUST, rig.offsets, rig.local, rig.segments, rig.columns,
        rig.axes, rig.parents, rig.chain, rig.start, rig.origins, rig.lower, rig.upper, rig.limit_precision,
        rig.rest, rig.rest_precision, True, H, g,
    )  # fmt: skip
    assert cost == pytest.approx(normal.cost, rel=1e-10)
    np.testing.assert_allclose(g, normal.b[0], rtol=1e-8, atol=1e-6 * np.abs(normal.b).max())
    np.testing.assert_allclose(np.tril(H), np.tril(normal.H0[0]), atol=1e-9 * np.abs(normal.H0).max())


def test_the_factor_times_itself_is_the_damped_matrix():
    A = np.random.default_rng(0).normal(size=(49, 60))
    H, L = A @ A.T, np.zeros((49, 49))
    assert _cholesky(H, 0.1, L)
    np.testing.assert_allclose(L @ L.T, H + 0.1 * np.diag(np.diag(H)), atol=1e-9)
    assert not _cholesky(-H, 0.0, L)


def test_frames_are_solved_to_a_minimum_in_the_order_asked_for():
    targets, weight, q = evidence()
    rig = make_rig(MODEL, TRIAL.person, POINTS, LIMITS, REST)
    backwards = [Stretch(np.arange(5, -1, -1), q[5])]
    found, cost = solve_stretches(rig, targets, weight, backwards, np.inf, ROBUST, 1, 60)
    terms = (Positions(np.arange(len(TRIAL.names)), targets, weight, ROBUST), LIMITS, REST)
    held = np.zeros(len(border_names(MODEL.shape_size)), dtype=bool)
    at_solution = evaluate(Problem(MODEL, POINTS, terms, held), State(found, TRIAL.person, camera()))
    assert cost.sum() == pytest.approx(at_solution.cost, rel=1e-6)
    steps = np.linalg.solve(at_solution.H0, at_solution.b[..., None])[..., 0]
    assert np.abs(steps).max() < 2e-3


def key(targets, weight, robust=ROBUST):
    sd = np.full(len(TRIAL.names), 0.02)
    assert isinstance(LIMITS, Limits) and isinstance(REST, Rest)
    return calibrate.Keyframes(targets, weight, sd, LIMITS, REST, robust, 1.7)


def test_gradients_of_marker_places_match_finite_differences():
    targets, weight, q = evidence()
    evident = key(targets, weight, robust=1e6)
    shifts = np.random.default_rng(2).normal(0, 0.01, (len(TRIAL.names), 3))
    guess = calibrate._Guess(State(q, TRIAL.person, camera()), shifts)
    moved = replace(POINTS, offsets=POINTS.offsets + shifts)
    normal = Normal(len(q), 49, calibrate._free(MODEL), False)
    view = View(MODEL, moved, guess.state, normal.free)
    for term in calibrate._terms(MODEL, evident, guess, None):
        term.add_to(normal, view)
    _, _, d = calibrate._with_shifts(view, weight, normal, evident, guess)

    def cost(change):
        return calibrate._cost(MODEL, POINTS, evident, replace(guess, shifts=shifts + change))

    for m, k in ((0, 0), (12, 1), (40, 2)):
        step = np.zeros_like(shifts)
        step[m, k] = 1e-6
        slope = (cost(step) - cost(-step)) / 2e-6
        assert slope / 2 == pytest.approx(d[len(normal.free) + 3 * m + k], rel=1e-4, abs=1e-3)


def test_calibration_finds_the_body_and_never_raises_the_cost():
    targets = TRIAL.positions
    weight = np.full(targets.shape[:2], 1 / 0.006)
    placement = place_trunk(MODEL, POINTS, targets, weight > 0)
    assert placement.scale == pytest.approx(1.06, abs=0.03)
    start = start_coordinates(MODEL, placement)
    person = replace(TRIAL.person, log_lengths=np.zeros(10), scale=placement.scale)
    rig = make_rig(MODEL, person, POINTS, LIMITS, REST)
    q = best_posture(rig, start, targets, weight / 4, ROBUST, 1)
    evident = replace(key(targets, weight), stature=None)
    before = calibrate._cost(
        MODEL, POINTS, evident, calibrate._Guess(State(q, person, camera()), np.zeros((len(TRIAL.names), 3)))
    )
    found, sited, coordinates = calibrate.calibrate(MODEL, person, POINTS, evident, q)
    shifts = sited.offsets - POINTS.offsets
    after = calibrate._cost(
        MODEL, POINTS, evident, calibrate._Guess(State(coordinates, found, camera()), shifts)
    )
    assert after < 0.2 * before
    assert found.scale * np.exp(found.log_lengths[7]) == pytest.approx(1.06 * np.exp(0.05), rel=0.02)


def test_the_trunk_tells_where_the_body_is_and_how_it_is_turned():
    seen = np.ones(TRIAL.positions.shape[:2], dtype=bool)
    placement = place_trunk(MODEL, POINTS, TRIAL.positions, seen)
    found = start_coordinates(MODEL, placement)[0]
    np.testing.assert_allclose(found[:, 2], TRIAL.coordinates[:, 2], atol=0.1)
    np.testing.assert_allclose(found[:, -3:], TRIAL.coordinates[:, -3:], atol=0.06)
