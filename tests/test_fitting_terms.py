"""Every term: gradient against finite differences of its cost, curvature at a perfect fit, hand cases."""

from collections.abc import Callable

import numpy as np
import pytest
from fitting_clip import BORDER, EVERYTHING, MODEL, TABLE, camera_state, dense, world_points
from fitting_clip import one_thread as one_thread
from hypothesis import given, settings
from hypothesis import strategies as st

from borelli.body.model import Person
from borelli.body.stature import stature
from borelli.fitting.normal import Normal
from borelli.fitting.solver import Problem, evaluate
from borelli.fitting.state import State
from borelli.fitting.terms import Term
from borelli.fitting.terms.contacts import Floor, NoSlip
from borelli.fitting.terms.coordinates import Limits, Rest, Smoothness
from borelli.fitting.terms.directions import Directions
from borelli.fitting.terms.positions import Positions
from borelli.fitting.terms.priors import BorderPrior, Upright
from borelli.fitting.terms.reprojection import Reprojection
from borelli.fitting.terms.stature import Stature

FRAMES = 3
TIMES = np.array([0.0, 0.033, 0.08])
POINTS = np.array([3, 0, 7, 14, 20, 30])
STARTS, ENDS = np.array([1, 2, 15, 18]), np.array([2, 3, 18, 20])
ALL_FREE = np.ones(len(BORDER), dtype=bool)
seeds = st.integers(0, 2**32 - 1)

Maker = Callable[[State, np.random.Generator, float], Term]
"""Builds a term at a state with errors of so many standard deviations; 0 is a perfect fit."""


def random_state(rng: np.random.Generator) -> State:
    """A random body, posture and camera; the same in all frames but for small movements."""
    person = Person(rng.normal(size=MODEL.shape_size), rng.normal(0, 0.1, 10), rng.uniform(0.9, 1.1))
    q = rng.normal(0, 0.6, 49) + rng.normal(0, 0.05, (FRAMES, 49))
    q[:, -3:] = rng.normal(0, 0.2, 3) + rng.normal(0, 0.01, (FRAMES, 3))
    return State(q, person, camera_state(unknowns=rng.normal(0, 0.1, 4)))


def reprojection(state: State, rng: np.random.Generator, error: float) -> Term:
    seen = state.camera.image(state.camera.to_camera(world_points(state.person, state.coordinates)))[
        :, POINTS
    ]
    root = rng.normal(0, 100, (FRAMES, len(POINTS), 2, 2))
    return Reprojection(POINTS, seen + error * rng.normal(0, 0.01, seen.shape), root)


def directions(state: State, rng: np.random.Generator, error: float) -> Term:
    points = state.camera.to_camera(world_points(state.person, state.coordinates))
    bones = points[:, ENDS] - points[:, STARTS]
    unit = bones / np.linalg.norm(bones, axis=-1, keepdims=True)
    root = rng.normal(0, 5, (FRAMES, len(ENDS), 3, 3))
    return Directions(STARTS, ENDS, unit + error * rng.normal(0, 0.2, unit.shape), root)


def positions(state: State, rng: np.random.Generator, error: float) -> Term:
    points = world_points(state.person, state.coordinates)[:, POINTS]
    weight = rng.uniform(0, 100, (FRAMES, len(POINTS)))
    return Positions(POINTS, points + error * rng.normal(0, 0.02, points.shape), weight)


def robust_positions(state: State, rng: np.random.Generator, error: float) -> Term:
    exact = positions(state, rng, error)
    assert isinstance(exact, Positions)
    return Positions(exact.points, exact.targets, exact.weight, robust=2.0)


def no_slip(state: State, rng: np.random.Generator, error: float) -> Term:
    return NoSlip(POINTS, rng.uniform(0, 1, (FRAMES, len(POINTS))), TIMES, 0.3)


def floor(state: State, rng: np.random.Generator, error: float) -> Term:
    return Floor(
        POINTS, rng.uniform(0, 1, (FRAMES, len(POINTS))), level=rng.normal(0, 0.1), depth=9.0, sd=0.1
    )


def limits(state: State, rng: np.random.Generator, error: float) -> Term:
    return Limits(TABLE.lower / 3, TABLE.upper / 3)


def rest(state: State, rng: np.random.Generator, error: float) -> Term:
    return Rest(state.coordinates + error * rng.normal(0, 0.3, (FRAMES, 49)), rng.uniform(0, 5, 49))


def smoothness(state: State, rng: np.random.Generator, error: float) -> Term:
    return Smoothness(TIMES, rng.uniform(1, 50, 49))


def border_prior(state: State, rng: np.random.Generator, error: float) -> Term:
    mean = state.border() + error * rng.normal(0, 0.2, len(BORDER))
    return BorderPrior(mean, rng.uniform(0, 20, len(BORDER)))


def upright(state: State, rng: np.random.Generator, error: float) -> Term:
    return Upright(np.array([1, 6]), np.array([14, 19]), rng.uniform(0, 5, FRAMES))


def tall(state: State, rng: np.random.Generator, error: float) -> Term:
    return Stature(stature(MODEL, state.person) + error * rng.normal(0, 0.1), 0.02)


WITH_TARGETS = (reprojection, directions, positions, robust_positions, rest, border_prior, tall)
MAKERS = (*WITH_TARGETS, no_slip, floor, limits, smoothness, upright)


def normal_of(term: Term, state: State) -> Normal:
    return evaluate(Problem(MODEL, EVERYTHING, (term,), ALL_FREE), state)


def cost_of(term: Term, state: State) -> float:
    return evaluate(Problem(MODEL, EVERYTHING, (term,), ALL_FREE), state, cost_only=True).cost


def shifted(state: State, step: np.ndarray) -> State:
    """The state after a step (T 49 + G,) of all unknowns."""
    size = state.coordinates.size
    return state.moved(step[:size].reshape(state.coordinates.shape), step[size:])


def gradient_of(normal: Normal) -> np.ndarray:
    return 2 * np.r_[normal.b.ravel(), normal.d]


@pytest.mark.parametrize("make", MAKERS)
@settings(max_examples=5)
@given(seed=seeds)
def test_gradient_matches_finite_differences_of_the_cost(make: Maker, seed: int) -> None:
    rng = np.random.default_rng(seed)
    state = random_state(rng)
    term = make(state, rng, 1.0)
    gradient = gradient_of(normal_of(term, state))
    steps = 1e-6 * np.eye(len(gradient))
    numeric = [(cost_of(term, shifted(state, s)) - cost_of(term, shifted(state, -s))) / 2e-6 for s in steps]
    scale = np.abs(gradient).max() + cost_of(term, state)
    assert scale > 0
    np.testing.assert_allclose(gradient, numeric, atol=1e-6 * scale, rtol=1e-5)


@pytest.mark.parametrize("make", WITH_TARGETS)
@settings(max_examples=5)
@given(seed=seeds)
def test_normal_matrix_is_the_curvature_where_the_fit_is_perfect(make: Maker, seed: int) -> None:
    rng = np.random.default_rng(seed)
    state = random_state(rng)
    term = make(state, rng, 0.0)
    perfect = normal_of(term, state)
    assert perfect.cost < 1e-12
    direction = rng.normal(size=perfect.b.size + perfect.d.size)
    ahead, behind = (normal_of(term, shifted(state, s * 1e-5 * direction)) for s in (1, -1))
    bent = (gradient_of(ahead) - gradient_of(behind)) / 2e-5
    predicted = 2 * dense(perfect) @ direction
    np.testing.assert_allclose(predicted, bent, atol=1e-4 * np.abs(bent).max())


@pytest.mark.parametrize("make", MAKERS)
def test_cost_alone_equals_the_cost_with_derivatives(make: Maker) -> None:
    rng = np.random.default_rng(4)
    state = random_state(rng)
    term = make(state, rng, 1.0)
    assert cost_of(term, state) == normal_of(term, state).cost > 0


@pytest.mark.parametrize("make", MAKERS)
def test_normal_matrix_has_no_negative_curvature(make: Maker) -> None:
    rng = np.random.default_rng(5)
    state = random_state(rng)
    values = np.linalg.eigvalsh(dense(normal_of(make(state, rng, 1.0), state)))
    assert values[0] > -1e-9 * values[-1]


def test_robust_cost_never_exceeds_the_squared_scale_per_point() -> None:
    rng = np.random.default_rng(6)
    state = random_state(rng)
    far = np.full((FRAMES, len(POINTS), 3), 1e6)
    term = Positions(POINTS, far, np.ones((FRAMES, len(POINTS))), robust=2.0)
    assert cost_of(term, state) == pytest.approx(4.0 * FRAMES * len(POINTS), rel=1e-6)


def test_points_without_weight_cost_nothing_whatever_their_target() -> None:
    rng = np.random.default_rng(7)
    state = random_state(rng)
    nothing = np.zeros((FRAMES, len(POINTS)))
    term = Reprojection(POINTS, np.full((FRAMES, len(POINTS), 2), 1e9), nothing[..., None, None] * np.eye(2))
    normal = normal_of(term, state)
    assert normal.cost == 0
    assert not np.any(dense(normal))


def static_state(**coordinates: float) -> State:
    """Three equal frames at zero but for the named coordinates."""
    q = np.zeros((FRAMES, 49))
    for name, value in coordinates.items():
        q[:, TABLE.coordinate(name)] = value
    return State(q, Person(np.zeros(MODEL.shape_size)), camera_state())


def test_one_standard_deviation_beyond_a_limit_costs_one_per_frame() -> None:
    upper = TABLE.upper[TABLE.coordinate("knee_angle_r")]
    term = Limits(TABLE.lower, TABLE.upper, sd=0.03)
    assert cost_of(term, static_state(knee_angle_r=upper)) == 0
    assert cost_of(term, static_state(knee_angle_r=upper + 0.03)) == pytest.approx(FRAMES)
    assert cost_of(term, static_state(knee_angle_r=-0.06)) == pytest.approx(4 * FRAMES)


def test_constant_acceleration_on_uneven_times_costs_its_square() -> None:
    times = np.array([0.0, 0.03, 0.1, 0.11, 0.2, 0.25])
    q = np.zeros((len(times), 49))
    q[:, 5] = 0.5 * 8.0 * times**2 + 3.0 * times - 1.0
    state = State(q, Person(np.zeros(MODEL.shape_size)), camera_state())
    term = Smoothness(times, np.full(49, 4.0))
    assert cost_of(term, state) == pytest.approx((8.0 / 4.0) ** 2 * (len(times) - 2))


def test_constant_velocity_on_uneven_times_is_perfectly_smooth() -> None:
    times = np.array([0.0, 0.03, 0.1, 0.11, 0.2, 0.25])
    q = np.outer(times, np.linspace(-3, 3, 49))
    state = State(q, Person(np.zeros(MODEL.shape_size)), camera_state())
    assert cost_of(Smoothness(times, np.full(49, 0.01)), state) < 1e-18


@pytest.mark.parametrize("frames", [1, 2])
def test_too_few_frames_have_no_acceleration(frames: int) -> None:
    state = State(np.ones((frames, 49)), Person(np.zeros(MODEL.shape_size)), camera_state())
    assert cost_of(Smoothness(np.arange(frames) / 30, np.ones(49)), state) == 0


def test_slip_is_speed_in_standard_deviations() -> None:
    state = static_state()
    state.coordinates[:, -3] = 0.2 * TIMES
    term = NoSlip(np.array([0]), np.ones((FRAMES, 1)), TIMES, speed_sd=0.1, robust=1e6)
    assert cost_of(term, state) == pytest.approx(2**2 * (FRAMES - 1))
    lifted = NoSlip(np.array([0]), np.array([[1.0], [0.0], [1.0]]), TIMES, speed_sd=0.1)
    assert cost_of(lifted, state) == 0


def test_floor_pulls_standing_points_both_ways_and_free_points_only_up() -> None:
    root = np.array([0])
    standing = Floor(root, np.ones((FRAMES, 1)), level=1.0, depth=0.25, sd=0.01, robust=1e6)
    swinging = Floor(root, np.zeros((FRAMES, 1)), level=1.0, depth=0.25, sinking_sd=0.01, robust=1e6)
    above, below = static_state(pelvis_ty=1.02), static_state(pelvis_ty=0.98)
    assert cost_of(standing, above) == pytest.approx(4 * FRAMES, rel=1e-6)
    assert cost_of(standing, below) == pytest.approx(4 * FRAMES, rel=1e-6)
    assert cost_of(swinging, above) == 0
    assert cost_of(swinging, below) == pytest.approx(4 * FRAMES, rel=1e-6)
    assert cost_of(swinging, static_state(pelvis_ty=0.5)) == 0


def test_upright_costs_the_chord_of_the_lean() -> None:
    joint = TABLE.segment
    term = Upright(
        np.array([joint("femur_r"), joint("femur_l")]), np.array([joint("humerus_r"), joint("humerus_l")]),
        np.full(FRAMES, 10.0), robust=1e6,
    )  # fmt: skip
    forward = world_points(Person(np.zeros(MODEL.shape_size)), np.zeros((1, 49)))[0]
    trunk = forward[[joint("humerus_r"), joint("humerus_l")]].mean(0)
    trunk = trunk - forward[[joint("femur_r"), joint("femur_l")]].mean(0)
    natural = np.arctan2(-trunk[0], trunk[1])
    chord = 2 * np.sin(0.15)
    assert cost_of(term, static_state(pelvis_tilt=-natural)) == pytest.approx(0, abs=1e-12)
    assert cost_of(term, static_state(pelvis_tilt=0.3 - natural)) == pytest.approx(FRAMES * (10 * chord) ** 2)


def test_moving_the_whole_body_leaves_the_directions_of_its_bones() -> None:
    term = directions(static_state(), np.random.default_rng(8), 0.0)
    assert cost_of(term, static_state(pelvis_tx=0.5, pelvis_ty=0.2)) == pytest.approx(0, abs=1e-12)
    assert cost_of(term, static_state(pelvis_tilt=0.2)) > 1
