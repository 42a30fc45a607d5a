"""Errors of a known size on a known motion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borelli.body.kinematics import forward
from borelli.body.model import average_person, body_model
from borelli.evaluation.perturb import CORRELATION, flipped, perturbed, shifted, smooth_noise, tilted

MODEL, PERSON = body_model(), average_person()
TIMES = np.arange(120) / 60


def still() -> np.ndarray:
    q = np.tile(MODEL.skeleton.neutral, (len(TIMES), 1))
    q[:, -2] = 0.95
    return q


def test_noise_has_unit_variance_and_the_correlation_asked_for() -> None:
    times = np.arange(4000) / 60
    noise = smooth_noise((4000, 30), times, CORRELATION, np.random.default_rng(0))
    assert noise.std() == pytest.approx(1.0, abs=0.05)
    lag = round(CORRELATION * 60)
    assert np.mean(noise[lag:] * noise[:-lag]) == pytest.approx(np.exp(-0.5), abs=0.06)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.002, 0.1), st.integers(0, 100))
def test_joints_are_displaced_by_what_was_asked_for(error: float, seed: int) -> None:
    q = perturbed(MODEL, PERSON, still(), TIMES, error, np.random.default_rng(seed))
    moved = np.linalg.norm(forward(MODEL, PERSON, q).joints - forward(MODEL, PERSON, still()).joints, axis=-1)
    assert moved.mean() == pytest.approx(error, rel=0.01)
    assert np.all(q >= MODEL.skeleton.lower - 1e-12)
    assert np.all(q <= MODEL.skeleton.upper + 1e-12)


def test_no_error_is_no_change() -> None:
    q = perturbed(MODEL, PERSON, still(), TIMES, 0.0, np.random.default_rng(0))
    np.testing.assert_array_equal(q, still())


def test_the_same_seed_gives_the_same_errors() -> None:
    a, b = (perturbed(MODEL, PERSON, still(), TIMES, 0.03, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_a_tilt_turns_the_whole_motion_and_keeps_its_shape() -> None:
    q = still()
    q[:, -3] = np.linspace(0, 2, len(q))
    q[:, 2] = 3.0  # heading, far from zero
    tipped = tilted(q, 5.0, np.pi / 2)  # about z: the ground rises forward
    was, now = (forward(MODEL, PERSON, x).joints for x in (q, tipped))
    np.testing.assert_allclose(
        np.linalg.norm(now - now[:, :1], axis=-1), np.linalg.norm(was - was[:, :1], axis=-1)
    )
    away = was[-1, 0] - was[0, 0]
    risen = now[-1, 0] - now[0, 0]
    assert np.degrees(np.arctan2(risen[1], risen[0])) == pytest.approx(5.0, abs=0.01)
    assert np.linalg.norm(risen) == pytest.approx(np.linalg.norm(away))
    assert np.abs(tipped[:, :3] - q[:, :3]).max() < 0.2


def test_flips_are_as_many_as_asked_for() -> None:
    contacts = np.zeros((2000, 12), dtype=bool)
    assert flipped(contacts, 0.1, np.random.default_rng(0)).mean() == pytest.approx(0.1, abs=0.01)
    assert not flipped(contacts, 0.0, np.random.default_rng(0)).any()


def test_shifts_move_both_ends_of_a_stance() -> None:
    contacts = np.zeros((10, 1), dtype=bool)
    contacts[3:6] = True
    assert np.flatnonzero(shifted(contacts, 2)).tolist() == [5, 6, 7]
    assert np.flatnonzero(shifted(contacts, -2)).tolist() == [1, 2, 3]
