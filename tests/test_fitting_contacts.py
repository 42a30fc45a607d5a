"""Which foot points stand: the hidden Markov model against enumeration, step patterns, anchors by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borelli.fitting.contacts import (
    ContactModel,
    apparent_speed,
    contact_probability,
    height_over_ground,
    stance_anchors,
)

MODEL = ContactModel(
    standing_speed=0.3, swinging_speed=1.5, standing_height=0.06, swinging_height=0.12, mean_duration=0.3
)
FRAME = 1 / 30


def rayleigh(v: float, scale: float) -> float:
    return v / scale**2 * np.exp(-(v**2) / (2 * scale**2))


def normal(x: float, sd: float) -> float:
    return np.exp(-(x**2) / (2 * sd**2)) / sd


def enumerated(speed: np.ndarray, height: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Posterior (T,) of standing by summing over all 2^T sequences of states."""
    stand = [rayleigh(v, 0.3) * normal(h, 0.06) for v, h in zip(speed, height, strict=True)]
    swing = [rayleigh(v, 1.5) * normal(max(h - 0.05, 0.0), 0.12) for v, h in zip(speed, height, strict=True)]
    change = [0.5 * (1 - np.exp(-2 * gap / 0.3)) for gap in np.diff(times)]
    standing, total = np.zeros(len(times)), 0.0
    for states in product((True, False), repeat=len(times)):
        p = np.prod([a if s else b for s, a, b in zip(states, stand, swing, strict=True)])
        p *= np.prod([c if a != b else 1 - c for a, b, c in zip(states, states[1:], change, strict=False)])
        standing += p * np.array(states)
        total += p
    return standing / total


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_posterior_equals_the_sum_over_all_sequences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.01, 0.1, 7))
    speed, height = rng.uniform(0.03, 1.1, 7), rng.uniform(-0.05, 0.12, 7)
    found = contact_probability(speed[:, None], height[:, None], times, np.ones((7, 1)), MODEL)
    np.testing.assert_allclose(found[:, 0], enumerated(speed, height, times), atol=1e-9)


def steps(frames: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Times, speed, height and truth of a foot that stands, swings from frame 15 to 24, and stands."""
    stands = np.ones(frames, dtype=bool)
    stands[15:25] = False
    speed = np.where(stands, 0.05, 2.5)
    return np.arange(frames) * FRAME, speed, np.where(stands, 0.0, 0.1), stands


def standing(speed: np.ndarray, height: np.ndarray, seen: np.ndarray | None = None) -> np.ndarray:
    """Posterior (T,) at 30 frames per second."""
    trust = np.ones_like(speed) if seen is None else seen
    times = np.arange(len(speed)) * FRAME
    return contact_probability(speed[:, None], height[:, None], times, trust[:, None], MODEL)[:, 0]


def test_a_step_is_found_to_the_frame() -> None:
    _, speed, height, stands = steps()
    found = standing(speed, height)
    np.testing.assert_array_equal(found > 0.5, stands)
    assert found[3:12].min() > 0.95
    assert found[17:23].max() < 0.05


@pytest.mark.parametrize(("calm", "flicker", "stands"), [(0.05, 1.0, True), (1.5, 0.55, False)])
def test_short_doubtful_flickers_are_removed(calm: float, flicker: float, stands: bool) -> None:
    speed = np.full(20, calm)
    speed[10] = flicker
    alone = standing(np.full(3, flicker), np.zeros(3))
    assert np.all((alone > 0.5) != stands)
    assert np.all((standing(speed, np.zeros(20)) > 0.5) == stands)


def test_unseen_frames_take_the_state_of_their_neighbours() -> None:
    _, speed, height, stands = steps()
    seen = np.ones(40)
    seen[5:9], seen[18:21] = 0.0, 0.0
    speed[5:9], height[5:9] = 9.0, 0.5
    speed[18:21], height[18:21] = 0.0, 0.0
    np.testing.assert_array_equal(standing(speed, height, seen) > 0.5, stands)


def test_a_point_never_seen_is_as_likely_to_stand_as_not() -> None:
    np.testing.assert_allclose(standing(np.full(9, 3.0), np.full(9, 1.0), np.zeros(9)), 0.5)


def test_faster_and_higher_points_stand_less_likely() -> None:
    _, speed, height, _ = steps()
    reference = standing(speed, height)
    assert np.all(standing(speed + 0.5, height) <= reference)
    assert np.all(standing(speed, height + 0.1) <= reference)


def test_every_point_is_judged_by_itself() -> None:
    times, speed, height, _ = steps()
    other = speed[::-1]
    both = contact_probability(
        np.stack([speed, other], 1), np.stack([height, height], 1), times, np.ones((40, 2)), MODEL
    )
    np.testing.assert_array_equal(both[:, 0], standing(speed, height))
    np.testing.assert_array_equal(both[:, 1], standing(other, height))


@pytest.mark.parametrize("frames", [1, 2])
def test_without_motion_over_time_nothing_counts_as_standing(frames: int) -> None:
    still, times = np.zeros((frames, 4)), np.arange(frames) * FRAME
    np.testing.assert_array_equal(contact_probability(still, still, times, still + 1, MODEL), 0)
    np.testing.assert_array_equal(apparent_speed(np.ones((frames, 4, 3)), times), 0)


def test_apparent_speed_ignores_motion_along_the_ray() -> None:
    times = np.array([0.0, 0.03, 0.1, 0.15])
    ray = np.array([0.3, -0.2, 1.0])
    along = (2 + 0.5 * times)[:, None, None] * ray
    np.testing.assert_allclose(apparent_speed(along, times), 0, atol=1e-12)
    across = np.array([0.0, 0.0, 3.0]) + times[:, None, None] * [0.4, 0.3, 0.0]
    np.testing.assert_allclose(apparent_speed(across, times)[0], 0.5, rtol=1e-3)


def test_ground_is_the_lowest_foot_point_near_in_time() -> None:
    times = np.arange(30) * 0.1
    floor = np.where(times < 1.45, 0.0, 2.0)
    heights = np.stack([floor, floor + 0.1], axis=1)
    over = height_over_ground(heights, times, around=0.4)
    np.testing.assert_allclose(over[:15], [[0.0, 0.1]] * 15)
    np.testing.assert_allclose(over[19:], [[0.0, 0.1]] * 11)
    np.testing.assert_allclose(over[15], [2.0, 2.1])


def test_anchor_is_the_weighted_mean_and_fades_in_and_out() -> None:
    times = np.arange(10) * 0.05
    probability = np.array([0, 0, 0, 0.6, 1, 1, 0.9, 0.2, 0, 0.0])[:, None]
    positions = np.zeros((10, 1, 3))
    positions[:, 0, 0] = np.arange(10)
    targets, weight = stance_anchors(positions, probability, times, taper=0.1)
    mean = (0.6 * 3 + 4 + 5 + 0.9 * 6) / 3.5
    np.testing.assert_allclose(targets[3:7, 0], [[mean, 0, 0]] * 4)
    assert weight[4, 0] == pytest.approx(0.5)
    assert weight[5, 0] == pytest.approx(0.5)
    assert 0 < weight[3, 0] < 0.5
    assert 0 < weight[6, 0] < 0.5
    assert not weight[[0, 1, 2, 7, 8, 9]].any()


def test_stance_cut_by_the_end_of_the_clip_holds_until_there() -> None:
    times, always = np.arange(6) * 0.05, np.ones((6, 1))
    positions = np.tile([1.0, 0.0, 2.0], (6, 1, 1))
    targets, weight = stance_anchors(positions, always, times, taper=0.1)
    np.testing.assert_allclose(weight, 1)
    np.testing.assert_allclose(targets, positions)


def test_two_stances_stand_in_two_places() -> None:
    probability = np.array([1, 1, 1, 0, 0, 1, 1.0])[:, None]
    positions = np.zeros((7, 1, 3))
    positions[5:, 0, 0] = 1.0
    targets, _ = stance_anchors(positions, probability, np.arange(7) * FRAME)
    np.testing.assert_allclose(targets[:3, 0, 0], 0)
    np.testing.assert_allclose(targets[5:, 0, 0], 1)
