"""The zero-moment point over the standing feet: hand cases and the gradient."""

import numpy as np
import pytest
from fitting_clip import BORDER, EVERYTHING, MODEL, camera_state
from fitting_clip import one_thread as one_thread
from hypothesis import given, settings
from hypothesis import strategies as st

from borelli.body.model import Person
from borelli.fitting.solver import Problem, evaluate
from borelli.fitting.state import State
from borelli.fitting.terms.balance import GRAVITY, LUMPED, Balance, balance

NAMES = tuple(f"{side}_{part}" for part in LUMPED for side in ("left", "right"))
FEET = np.arange(len(NAMES), len(NAMES) + 4)
FRAMES = 30
TIMES = np.arange(FRAMES) / 30
STANDING = np.full((FRAMES, 4), 1.0)


def mannequin(x: np.ndarray, height: float = 0.9) -> np.ndarray:
    """(T, P, 3) all mass at (x, height, 0) and both feet at the origin."""
    world = np.zeros((FRAMES, len(NAMES) + 4, 3))
    world[:, : len(NAMES), 0] = x[:, None]
    world[:, : len(NAMES), 1] = height
    return world


def term(world: np.ndarray, contacts: np.ndarray = STANDING) -> Balance:
    found = balance(NAMES, world, FEET, contacts, TIMES, 0.1)
    assert found is not None
    return found


def cost_of(of: Balance, state: State, free: np.ndarray) -> float:
    return evaluate(Problem(MODEL, EVERYTHING, (of,), free), state, cost_only=True).cost


def test_shares_of_mass_and_support_sum_to_one() -> None:
    found = term(mannequin(np.zeros(FRAMES)))
    assert found.mass_shares.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(found.foot_shares.sum(axis=1), 1.0)


def test_body_at_rest_has_no_inertial_part() -> None:
    np.testing.assert_allclose(term(mannequin(np.full(FRAMES, 0.3))).inertial, 0, atol=1e-9)


def test_walking_at_constant_speed_has_no_inertial_part() -> None:
    np.testing.assert_allclose(term(mannequin(1.4 * TIMES)).inertial, 0, atol=1e-6)


def test_accelerating_body_leans_by_height_over_gravity_times_acceleration() -> None:
    found = term(mannequin(0.5 * 2.0 * TIMES**2))
    middle = found.inertial[13:17]
    np.testing.assert_allclose(middle[:, 0], 0.9 / GRAVITY * 2.0, rtol=2e-3)
    np.testing.assert_allclose(middle[:, 1], 0, atol=1e-9)


def test_flight_has_no_support_to_balance_on() -> None:
    contacts = STANDING.copy()
    contacts[10:14] = 0.0
    weight = term(mannequin(np.zeros(FRAMES)), contacts).weight
    np.testing.assert_array_equal(weight[10:14], 0)
    np.testing.assert_allclose(weight[:10], 10.0)


def test_support_is_where_the_standing_points_are() -> None:
    contacts = np.zeros((FRAMES, 4))
    contacts[:, :2] = 1.0
    np.testing.assert_allclose(
        term(mannequin(np.zeros(FRAMES)), contacts).foot_shares, [[0.5, 0.5, 0, 0]] * FRAMES
    )


def test_half_a_body_or_a_moment_has_no_balance() -> None:
    world = mannequin(np.zeros(FRAMES))
    assert balance(NAMES[:-1], world, FEET, STANDING, TIMES, 0.1) is None
    assert balance(NAMES, world[:3], FEET, STANDING[:3], TIMES[:3], 0.1) is None


def random_term(rng: np.random.Generator) -> Balance:
    return Balance(
        mass_points=np.array([3, 14, 20]),
        mass_shares=np.array([0.2, 0.5, 0.3]),
        feet=np.array([5, 10]),
        foot_shares=rng.dirichlet([1, 1], 2),
        inertial=rng.normal(0, 0.1, (2, 2)),
        weight=rng.uniform(1, 10, 2),
    )


@settings(max_examples=3)
@given(st.integers(0, 2**32 - 1))
def test_gradient_matches_finite_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    person = Person(rng.normal(size=MODEL.shape_size), rng.normal(0, 0.1, 10), rng.uniform(0.9, 1.1))
    state = State(rng.normal(0, 0.5, (2, 49)), person, camera_state())
    of, free = random_term(rng), np.ones(len(BORDER), dtype=bool)
    normal = evaluate(Problem(MODEL, EVERYTHING, (of,), free), state)
    gradient = 2 * np.r_[normal.b.ravel(), normal.d]
    numeric = []
    for step in 1e-6 * np.eye(len(gradient)):
        ends = [state.moved(s * step[:98].reshape(2, 49), s * step[98:]) for s in (1, -1)]
        numeric.append((cost_of(of, ends[0], free) - cost_of(of, ends[1], free)) / 2e-6)
    np.testing.assert_allclose(gradient, numeric, atol=1e-6 * np.abs(gradient).max(), rtol=1e-5)
