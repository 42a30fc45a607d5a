"""The whole-clip solver on clips of known truth: people, cameras, gaps, outliers."""

from dataclasses import replace

import numpy as np
import pytest
from fitting_clip import (
    EVERYTHING,
    JOINTS,
    MODEL,
    TABLE,
    camera_state,
    exact_terms,
    free_to_move,
    held,
    joint_error,
    level_camera_pose,
    smooth_motion,
    standing_motion,
    world_points,
)
from fitting_clip import one_thread as one_thread

from borelli.body.kinematics import landmark_points
from borelli.body.model import Person
from borelli.body.skeleton import LENGTH_GROUPS
from borelli.body.stature import person_of_stature, stature
from borelli.fitting.regular import regular_terms
from borelli.fitting.solver import Problem, Solution, SolverConfig, solve
from borelli.fitting.state import State
from borelli.fitting.terms import Term
from borelli.fitting.terms.contacts import Floor
from borelli.fitting.terms.reprojection import Reprojection
from borelli.fitting.terms.stature import Stature

FRAMES = 24
TIMES = np.arange(FRAMES) / 30
PERSON = person_of_stature(MODEL, 1.70)
THOROUGH = SolverConfig(iterations=30, tolerance=1e-6)


def truth_of(seed: int, person: Person = PERSON) -> State:
    return State(smooth_motion(seed, FRAMES), person, camera_state())


def guess(truth: State, person: Person = PERSON) -> State:
    """A relaxed body near where the person is, the same in every frame."""
    q = np.tile(TABLE.neutral, (len(truth.coordinates), 1))
    q[:, :3] = truth.coordinates[:, :3].mean(axis=0)
    q[:, -3:] = np.array([0.1, -0.05, 0.1]) + truth.coordinates[:, -3:].mean(axis=0)
    return State(q, person, truth.camera)


def fitted(terms: tuple[Term, ...], start: State, free: np.ndarray | None = None) -> Solution:
    times = np.arange(len(start.coordinates)) / 30
    problem = Problem(
        MODEL, EVERYTHING, (*terms, *regular_terms(TABLE, times)), held() if free is None else free
    )
    return solve([problem], [start], THOROUGH)


def error_of(solution: Solution, truth: State) -> np.ndarray:
    return joint_error(solution.states[0], truth.person, truth.coordinates)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_exact_keypoints_and_directions_give_the_joints_to_millimetres(seed: int) -> None:
    truth = truth_of(seed)
    assert error_of(fitted(exact_terms(truth), guess(truth)), truth).max() < 0.005


def test_body_of_unknown_size_and_proportions_is_found_under_a_known_stature() -> None:
    lengths = np.zeros(len(LENGTH_GROUPS))
    lengths[LENGTH_GROUPS.index("thigh")], lengths[LENGTH_GROUPS.index("forearm")] = 0.05, -0.04
    person = Person(PERSON.shape, lengths, 1.08)
    truth = truth_of(3, person)
    free = free_to_move("scale", *(f"length_{group}" for group in LENGTH_GROUPS))
    terms = (*exact_terms(truth), Stature(stature(MODEL, person), 0.001))
    found = fitted(terms, guess(truth), free)
    assert error_of(found, truth).max() < 0.005
    assert stature(MODEL, found.states[0].person) == pytest.approx(stature(MODEL, person), abs=0.002)
    groups = np.arange(len(LENGTH_GROUPS))
    sizes, true_sizes = (p.segment_scales(groups) for p in (found.states[0].person, person))
    np.testing.assert_allclose(sizes, true_sizes, rtol=0.02)
    np.testing.assert_array_equal(found.states[0].person.shape, PERSON.shape)


def crowd(unknowns: np.ndarray, places: tuple[tuple[float, float, float], ...]) -> list[State]:
    """People on planted feet before one camera that looks along -Z from z = 4."""
    camera = camera_state(level_camera_pose(height=0.0), unknowns)
    return [
        State(standing_motion(i, FRAMES, x, z, heading), PERSON, camera)
        for i, (x, z, heading) in enumerate(places)
    ]


def test_people_before_one_camera_agree_on_its_tilt_and_height() -> None:
    tilted = np.array([0.0, 0.12, -0.04, 1.4])
    truths = crowd(tilted, ((-1.0, 0.0, -1.5), (1.2, -2.0, -1.0), (0.0, -1.0, 1.0)))
    feet = np.array(
        [len(JOINTS.segments) + MODEL.landmark(f"sole_{p}_{s}") for p in ("heel", "ball") for s in "rl"]
    )
    standing = np.ones((FRAMES, len(feet)))
    free = free_to_move("pitch", "roll", "height")
    problems = [
        Problem(
            MODEL,
            EVERYTHING,
            (*exact_terms(t), Floor(feet, standing, level=0.0, depth=0.25), *regular_terms(TABLE, TIMES)),
            free,
        )
        for t in truths
    ]
    level = replace(truths[0].camera, unknowns=np.array([0.0, 0.0, 0.0, 1.2]))
    starts = [replace(guess(t), camera=level) for t in truths]
    found = solve(problems, starts, THOROUGH).states
    for state in found:
        np.testing.assert_array_equal(state.camera.unknowns, found[0].camera.unknowns)
    focal, pitch, roll, height = np.abs(found[0].camera.unknowns - tilted)
    assert focal == 0
    assert max(pitch, roll) < 0.005
    assert height < 0.02
    for state, truth in zip(found, truths, strict=True):
        assert joint_error(state, PERSON, truth.coordinates).mean() < 0.015


def test_people_who_share_nothing_free_do_not_disturb_each_other() -> None:
    truths = [truth_of(4), truth_of(5)]
    problems = [
        Problem(MODEL, EVERYTHING, (*exact_terms(t), *regular_terms(TABLE, TIMES)), held()) for t in truths
    ]
    together = solve(problems, [guess(t) for t in truths], THOROUGH).states
    for state, truth in zip(together, truths, strict=True):
        assert joint_error(state, PERSON, truth.coordinates).max() < 0.005


def test_gap_is_bridged_smoothly() -> None:
    truth = truth_of(6)
    keypoints, directions = exact_terms(truth)
    gap = slice(9, 15)
    holes = []
    for term in (keypoints, directions):
        root = term.sqrt_information.copy()  # type: ignore[attr-defined]
        root[gap] = 0.0
        holes.append(replace(term, sqrt_information=root))  # type: ignore[type-var]
    found = fitted(tuple(holes), guess(truth))
    error = error_of(found, truth)
    seen = np.r_[0:9, 15:FRAMES]
    assert error[seen].max() < 0.005
    assert error[gap].max() < 0.05
    joints = world_points(PERSON, found.states[0].coordinates, JOINTS)
    true_joints = world_points(PERSON, truth.coordinates, JOINTS)
    fastest = np.abs(np.diff(true_joints, axis=0)).max()
    assert np.abs(np.diff(joints, axis=0)).max() < 1.5 * fastest


def test_gross_outliers_are_ignored() -> None:
    truth = truth_of(7)
    keypoints, directions = exact_terms(truth)
    assert isinstance(keypoints, Reprojection)
    rng = np.random.default_rng(7)
    wrong = rng.random(keypoints.image.shape[:2]) < 0.05
    image = keypoints.image + wrong[..., None] * rng.uniform(-0.3, 0.3, keypoints.image.shape)
    assert error_of(fitted((replace(keypoints, image=image), directions), guess(truth)), truth).max() < 0.005


def test_uneven_timestamps_do_not_bend_a_steady_turn() -> None:
    times = np.cumsum(np.random.default_rng(8).uniform(0.01, 0.1, 12))
    q = np.tile(TABLE.neutral, (12, 1))
    q[:, TABLE.coordinate("pelvis_rotation")] = times
    q[:, -3:] = np.array([0, 0.95, 0]) + np.outer(times, [0.5, 0.0, 0.2])
    truth = State(q, PERSON, camera_state())
    keypoints = exact_terms(truth)[0]
    assert isinstance(keypoints, Reprojection)
    root = keypoints.sqrt_information.copy()
    root[4:9] = 0.0
    terms = (replace(keypoints, sqrt_information=root), *regular_terms(TABLE, times))
    found = solve([Problem(MODEL, EVERYTHING, terms, held())], [guess(truth)], THOROUGH)
    assert error_of(found, truth).max() < 0.005


def test_same_input_gives_the_same_bits() -> None:
    truth = truth_of(9)
    free = free_to_move("scale", "pitch", "length_thigh")
    first, second = (fitted(exact_terms(truth), guess(truth), free) for _ in range(2))
    np.testing.assert_array_equal(first.states[0].coordinates, second.states[0].coordinates)
    np.testing.assert_array_equal(first.states[0].border(), second.states[0].border())
    assert first.cost == second.cost


def test_cost_falls_with_every_iteration() -> None:
    truth = truth_of(10)
    costs: list[float] = []
    problem = Problem(MODEL, EVERYTHING, (*exact_terms(truth), *regular_terms(TABLE, TIMES)), held())
    found = solve([problem], [guess(truth)], SolverConfig(), lambda iteration, cost: costs.append(cost))
    assert len(costs) >= 2
    assert costs == sorted(costs, reverse=True)
    assert found.cost == costs[-1]
    assert found.iterations <= SolverConfig().iterations


def test_no_rotation_moves_farther_than_the_largest_step() -> None:
    truth = truth_of(11)
    start = guess(truth)
    problem = Problem(MODEL, EVERYTHING, exact_terms(truth), held())
    moved = solve([problem], [start], SolverConfig(iterations=1, largest_step=0.05)).states[0]
    turned = np.abs(moved.coordinates - start.coordinates)[:, :-3]
    assert 0 < turned.max() <= 0.05 + 1e-12


def test_unknowns_that_are_held_keep_their_bits() -> None:
    truth = truth_of(12)
    free = free_to_move("length_shank")
    found = fitted(exact_terms(truth), guess(truth), free).states[0]
    border = found.border()
    np.testing.assert_array_equal(border[~free], guess(truth).border()[~free])


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_clips_of_a_few_frames_are_solved(frames: int) -> None:
    truth = State(smooth_motion(13, frames), PERSON, camera_state())
    assert error_of(fitted(exact_terms(truth), guess(truth)), truth).max() < 0.005


def test_solution_stays_inside_soft_limits_that_the_picture_contradicts() -> None:
    q = np.tile(TABLE.neutral, (5, 1))
    knee = TABLE.coordinate("knee_angle_r")
    q[:, knee], q[:, -3:] = -0.3, [0, 0.95, 0]
    truth = State(q, PERSON, camera_state())
    found = fitted(exact_terms(truth, sd=0.02, bone_sd=0.3), guess(truth)).states[0]
    assert found.coordinates[:, knee].min() > -0.1


def test_solving_leaves_the_starting_states_alone() -> None:
    truth = truth_of(14)
    start = guess(truth)
    before = start.coordinates.copy()
    fitted(exact_terms(truth), start)
    np.testing.assert_array_equal(start.coordinates, before)


def test_soles_of_planted_feet_lie_on_the_floor_in_the_synthetic_clip() -> None:
    soles = landmark_points(MODEL, ("sole_heel_r", "sole_ball_r", "sole_heel_l", "sole_ball_l"))
    heights = world_points(PERSON, standing_motion(0, 3), soles)[..., 1]
    np.testing.assert_allclose(heights, 0, atol=0.003)
