"""Both feet as one chain: the posterior against enumeration, coupling by free fall, hysteresis by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import expm

from borelli.dynamics.centre_of_mass import runs
from borelli.dynamics.contact_evidence import odds_by_height, odds_by_speed, odds_of_falling
from borelli.dynamics.foot_states import RATES, STANDING, foot_states
from borelli.dynamics.hysteresis import Hysteresis, decide


def enumerated(standing: np.ndarray, falling: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Posterior (T, 2, 3) by summing over all sequences of both feet's states."""
    generator = RATES - np.diag(RATES.sum(axis=1))
    moves = [expm(generator * step) for step in np.diff(times)]
    result, total = np.zeros(standing.shape), 0.0
    feet = list(product(range(5), repeat=2))
    for states in product(feet, repeat=len(times)):
        weight = 1.0
        for t, (right, left) in enumerate(states):
            weight *= np.exp(STANDING[right] @ standing[t, 0] + STANDING[left] @ standing[t, 1])
            weight *= np.exp(falling[t]) if right == left == 0 else 1.0
            if t:
                before = states[t - 1]
                weight *= moves[t - 1][before[0], right] * moves[t - 1][before[1], left]
        result += weight * np.array([[STANDING[r], STANDING[s]] for r, s in states])
        total += weight
    return result / total


@pytest.mark.parametrize("seed", [0, 1])
def test_posterior_equals_the_sum_over_all_sequences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    standing, falling = rng.normal(0, 1.5, (3, 2, 3)), rng.normal(0, 2, 3)
    times = np.array([0.0, 0.02, 0.07])
    found = foot_states(standing, falling, times)
    np.testing.assert_allclose(found, enumerated(standing, falling, times), atol=1e-10)


@settings(max_examples=20, deadline=None)
@given(arrays(np.float64, (6, 2, 3), elements=st.floats(-50, 50)), st.floats(-60, 60))
def test_posterior_is_a_probability(standing: np.ndarray, falling: float) -> None:
    found = foot_states(standing, np.full(6, falling), np.arange(6) / 30)
    assert (found >= 0).all() and (found <= 1 + 1e-12).all()


def test_free_fall_lifts_both_feet_and_weight_keeps_one_down() -> None:
    times = np.arange(30) / 60
    unsure = np.zeros((30, 2, 3))
    falls, rests = np.full(30, 5.0), np.full(30, -5.0)
    assert foot_states(unsure, falls, times)[15].max() < 0.1
    swings = np.full((30, 2, 3), -0.5)
    swings[:, 1] = 0.0
    assert foot_states(swings, rests, times)[15, 1].max() > 0.9
    assert foot_states(swings, falls, times)[15, 1].max() < 0.1


def test_rates_balance_between_feet_that_stand_and_swing() -> None:
    """The chain spends most of its time flat or swinging, little on heel and toes alone."""
    generator = RATES - np.diag(RATES.sum(axis=1))
    share = expm(generator * 1e3)[0]
    assert share[0] > 0.1 and share[2] > 0.4 and share[1] < 0.15 and share[4] < 0.1


def test_evidence_by_hand() -> None:
    slow, fast = odds_by_speed(np.array([0.0, 3.0]), 0.2, 1.5, 0.3)
    swing = 0.75 / np.hypot(1.5, 0.2) ** 3 + 0.25 / np.hypot(0.3, 0.3) ** 3
    assert slow == pytest.approx(-3 * np.log(0.2) - np.log(swing))
    assert fast < -50
    low, high, sunk = odds_by_height(np.array([0.0, 0.3, -0.05]), 0.02, 0.003)
    assert low > 1 and high < -3 and 0 < sunk < low
    falls, rests, unknown = odds_of_falling(np.array([0.0, 1.0, np.nan]), 0.15)
    assert falls > 2 and rests < -10 and unknown == 0


def test_gaps_and_flickers_go_and_the_ends_of_the_clip_stay() -> None:
    times = np.arange(60) / 60
    p = np.zeros((60, 1))
    p[0] = 0.9  # cut by the beginning: kept
    p[10:30] = 0.9
    p[20:22] = 0.1  # a gap of 33 ms
    p[40:42] = 0.9  # a flicker of 33 ms
    p[50:56] = 0.4  # never above the threshold
    found = decide(p, times)[:, 0]
    expected = np.zeros(60, dtype=bool)
    expected[0] = True
    expected[10:30] = True
    np.testing.assert_array_equal(found, expected)


def test_contact_lasts_while_the_probability_stays_above_the_lower_threshold() -> None:
    p = np.concatenate([np.linspace(0, 1, 50), np.linspace(1, 0, 50)])[:, None]
    found = decide(p, np.arange(100) / 100)[:, 0]
    assert runs(found) == [(18, 82)]


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (80, 2), elements=st.floats(0, 1)))
def test_what_is_decided_lasts(p: np.ndarray) -> None:
    times, rule = np.arange(80) / 60, Hysteresis()
    found = decide(p, times)
    for k in range(2):
        for first, last in runs(found[:, k]):
            if first > 0 and last < 80:
                assert (last - first) / 60 >= rule.shortest - 1e-9
    np.testing.assert_array_equal(decide(found.astype(float), times), found)


def test_a_single_frame_is_decided_by_the_threshold() -> None:
    np.testing.assert_array_equal(decide(np.array([[0.6, 0.4]]), np.zeros(1)), [[True, False]])
