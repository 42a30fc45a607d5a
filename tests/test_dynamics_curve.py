"""The curve between frames: derivatives, and what central differences really describe."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from borelli.dynamics.curve import curve_of_differences, spline_derivatives
from borelli.dynamics.rigid_body import Kinematics

TIMES = np.arange(61) / 60


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_parabolas_keep_their_derivatives(coefficients: list[float]) -> None:
    a, b, c = coefficients
    uneven = TIMES + 0.004 * np.sin(30 * TIMES)
    v, acceleration = spline_derivatives(uneven, (a + b * uneven + c * uneven**2)[:, None])
    np.testing.assert_allclose(v[:, 0], b + 2 * c * uneven, atol=1e-6)
    np.testing.assert_allclose(acceleration[:, 0], 2 * c, atol=1e-4)


@pytest.mark.parametrize("frames", [4, 5, 6, 8])
def test_few_frames_of_a_line_have_its_slope(frames: int) -> None:
    times = np.arange(frames) / 30
    v, a = spline_derivatives(times, 2 * times[:, None])
    np.testing.assert_allclose(v, 2)
    np.testing.assert_allclose(a, 0, atol=1e-8)


@pytest.mark.parametrize(("hertz", "error"), [(2.0, 1e-4), (5.0, 5e-4), (10.0, 0.008), (15.0, 0.05)])
def test_the_curve_has_the_accelerations_that_the_solver_saw(hertz: float, error: float) -> None:
    swing = np.sin(2 * np.pi * hertz * TIMES)[:, None]
    seen = Kinematics.of(TIMES).acceleration(swing)
    inner = slice(12, -12)
    on_curve = spline_derivatives(TIMES, curve_of_differences(TIMES, swing))[1][1:-1]
    off_curve = spline_derivatives(TIMES, swing)[1][1:-1]
    size = np.abs(seen[inner]).max()
    assert np.abs(on_curve - seen)[inner].max() < error * size
    assert np.abs(off_curve - seen)[inner].max() > 5 * np.abs(on_curve - seen)[inner].max()


def test_the_curve_of_differences_is_numerovs_mean() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 2))
    found = curve_of_differences(TIMES[:6], x)
    np.testing.assert_allclose(found[2], (x[1] + 10 * x[2] + x[3]) / 12)
    np.testing.assert_array_equal(found[[0, -1]], x[[0, -1]])
    np.testing.assert_array_equal(curve_of_differences(TIMES[:2], x[:2]), x[:2])


def test_smooth_motion_hardly_moves() -> None:
    walk = 0.03 * np.sin(2 * np.pi * 2 * TIMES)[:, None]
    assert np.abs(curve_of_differences(TIMES, walk) - walk).max() < 2e-4
