"""Coordinates over time: units, derivatives, filter, and what is wrong with a motion."""

from pathlib import Path

import numpy as np
import pytest
from test_dynamics_osim import PENDULUM_3

from borelli.dynamics.coordinate_splines import movement
from borelli.errors import BorelliError
from borelli.formats.osim_functions import linear
from borelli.formats.osim_model import Coupling, OsimModel, read_osim
from borelli.formats.storage import Storage

TIMES = np.linspace(0, 2, 201)


@pytest.fixture
def model(tmp_path: Path) -> OsimModel:
    (tmp_path / "a.osim").write_text(PENDULUM_3)
    return read_osim(tmp_path / "a.osim")


def motion(*columns: np.ndarray, names=("flexion", "slide"), degrees=False, times=TIMES) -> Storage:
    return Storage("Coordinates", times, names, np.stack(columns, axis=1), degrees)


def test_degrees_are_turned_into_radians_and_metres_are_left(model) -> None:
    moved = movement(model, motion(np.full(201, 90.0), np.full(201, 0.3), degrees=True))
    np.testing.assert_allclose(moved.q, np.tile([np.pi / 2, 0.3], (201, 1)))
    np.testing.assert_allclose(moved.v, 0, atol=1e-9)


def test_derivatives_are_those_of_a_sine(model) -> None:
    moved = movement(model, motion(np.sin(5 * TIMES), 0 * TIMES))
    inner = slice(10, -10)
    np.testing.assert_allclose(moved.v[inner, 0], 5 * np.cos(5 * TIMES)[inner], atol=1e-5)
    np.testing.assert_allclose(moved.a[inner, 0], -25 * np.sin(5 * TIMES)[inner], atol=1e-3)


def test_columns_may_be_paths_and_speeds_are_passed_over(model) -> None:
    names = ("/jointset/hip/flexion/speed", "/jointset/hip/flexion/value")
    moved = movement(model, motion(np.full(201, 9.0), np.full(201, 0.2), names=names))
    np.testing.assert_allclose(moved.q[:, 0], 0.2)
    assert moved.assumed == ("slide",)


def test_coupled_coordinates_follow_whatever_the_file_says(model) -> None:
    follows = Coupling("slide", "flexion", linear(2.0, 0.1))
    coupled = OsimModel(**{**vars(model), "couplings": (follows,)})
    for given in (motion(TIMES, np.full(201, 70.0)), motion(TIMES, names=("flexion",))):
        moved = movement(coupled, given)
        np.testing.assert_allclose(moved.q[:, 1], 2 * TIMES + 0.1)
        np.testing.assert_allclose(moved.v[:, 1], 2, atol=1e-9)
        assert moved.assumed == ()


def test_the_filter_halves_its_cutoff_and_keeps_slow_motion(model) -> None:
    for hertz, gain in ((0.5, 1.0), (6.0, 0.5), (30.0, 0.0)):
        moved = movement(model, motion(np.sin(2 * np.pi * hertz * TIMES), 0 * TIMES), 6.0)
        middle = slice(60, 140)
        size = np.abs(moved.q[middle, 0]).max() / np.abs(np.sin(2 * np.pi * hertz * TIMES[middle])).max()
        assert abs(size - gain) < 0.02


def test_uneven_times_give_nearly_the_same_as_even_ones(model) -> None:
    uneven = TIMES + 0.003 * np.sin(40 * TIMES) * (TIMES > 0) * (TIMES < 2)
    moved = movement(model, motion(np.sin(3 * uneven), 0 * TIMES, times=uneven), 6.0)
    np.testing.assert_allclose(moved.q[20:-20, 0], np.sin(3 * uneven)[20:-20], atol=2e-3)


def test_a_motion_that_cannot_be_used_says_why(model) -> None:
    gap = np.where(np.arange(201) == 50, np.nan, 0.0)
    cases = (
        (motion(gap, 0 * TIMES), "flexion at 0.5 s is not a number"),
        (motion(TIMES, names=("knee",)), "none of the model's coordinates; they are flexion, slide"),
        (motion(np.zeros(5), np.zeros(5), times=np.arange(5.0)), "8 frames or more"),
        (motion(TIMES, TIMES, times=TIMES[::-1]), "increasing times"),
    )
    for given, message in cases:
        with pytest.raises(BorelliError, match=message):
            movement(model, given)
    with pytest.raises(BorelliError, match="positive frequency"):
        movement(model, motion(TIMES, TIMES), 0.0)
