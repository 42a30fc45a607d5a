"""Torque limits: signs, scaling, symmetry, and the published figures behind them."""

import numpy as np
import pytest

from borelli.body.mirror import mirror_index
from borelli.body.model import body_model
from borelli.dynamics.strength import torque_limits
from borelli.errors import BorelliError

MODEL = body_model()
TABLE = MODEL.skeleton


def test_only_the_pelvis_is_unlimited() -> None:
    lower, upper = torque_limits(MODEL, 70.0, 1.7)
    free = np.array([name.startswith("pelvis_") for name in TABLE.coordinate_names])
    assert free.sum() == 6
    assert np.isinf(lower[free]).all() and np.isinf(upper[free]).all()
    assert (lower[~free] < 0).all() and (upper[~free] > 0).all()


def test_knee_extends_with_the_published_fraction_of_weight_times_height() -> None:
    lower, upper = torque_limits(MODEL, 60.0, 1.6)
    knee = TABLE.coordinate("knee_angle_r")
    assert lower[knee] == pytest.approx(-0.163 * 60 * 9.81 * 1.6, rel=0.01)
    assert upper[knee] == pytest.approx(0.087 * 60 * 9.81 * 1.6, rel=0.01)


def test_strength_grows_with_mass_times_stature() -> None:
    small, large = torque_limits(MODEL, 50.0, 1.5), torque_limits(MODEL, 100.0, 1.8)
    finite = np.isfinite(small[0])
    np.testing.assert_allclose(large[0][finite] / small[0][finite], 100 * 1.8 / (50 * 1.5))


def test_both_sides_are_equally_strong() -> None:
    lower, upper = torque_limits(MODEL, 70.0, 1.7)
    partner = mirror_index(TABLE.coordinate_names)
    np.testing.assert_array_equal(upper[partner], upper)
    np.testing.assert_array_equal(lower[partner], lower)


@pytest.mark.parametrize(("mass", "stature"), [(0.0, 1.7), (-70.0, 1.7), (70.0, 0.0), (float("nan"), 1.7)])
def test_impossible_people_are_refused(mass: float, stature: float) -> None:
    with pytest.raises(BorelliError, match="must be positive"):
        torque_limits(MODEL, mass, stature)
