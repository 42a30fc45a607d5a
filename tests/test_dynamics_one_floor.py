"""Stances at heights of their own, brought to one floor."""

from dataclasses import replace

import numpy as np
from standing_person import POINTS, standing

from borelli.dynamics.floor_plane import LEVEL
from borelli.dynamics.one_floor import on_one_floor
from borelli.dynamics.performance import Performance

TIMES = np.arange(60) / 30
STANDING = standing(TIMES)


def raised(rise: np.ndarray) -> Performance:
    """Somebody who stands on a surface of this height (T,) over the floor."""
    coordinates, points = STANDING.coordinates.copy(), STANDING.points.copy()
    coordinates[:, -2] += rise
    points[..., 1] += rise[:, None]
    return replace(STANDING, coordinates=coordinates, points=points, support=STANDING.support + rise[:, None])


def test_somebody_on_the_floor_stays_there() -> None:
    found = on_one_floor(STANDING, LEVEL)
    np.testing.assert_allclose(found.coordinates, STANDING.coordinates, atol=2e-4)
    np.testing.assert_allclose(found.support, STANDING.support, atol=5e-4)


def test_low_and_high_stances_come_to_the_floor() -> None:
    sinking = 0.05 * np.cos(np.pi * TIMES)
    found = on_one_floor(raised(sinking), LEVEL)
    np.testing.assert_allclose(found.coordinates[:, -2], STANDING.coordinates[:, -2], atol=0.005)
    soles = found.points[:, POINTS.soles, 1]
    np.testing.assert_allclose(soles, STANDING.points[:, POINTS.soles, 1], atol=0.005)
    np.testing.assert_allclose(found.support[:, POINTS.soles], 0, atol=2e-4)


def test_frames_in_the_air_are_moved_by_what_the_stances_around_them_are() -> None:
    step = raised(np.where(TIMES < 1, 0.0, 0.06))
    flying = np.abs(TIMES - 1) < 0.3
    step = replace(step, contacts=step.contacts & ~flying[:, None])
    found = on_one_floor(step, LEVEL)
    shift = step.coordinates[:, -2] - found.coordinates[:, -2]
    assert (np.diff(shift) > -1e-9).all() and shift[0] < 2e-4 and abs(shift[-1] - 0.06) < 2e-4
    assert 0.02 < shift[30] < 0.04


def test_a_roof_is_no_floor() -> None:
    roof = raised(np.where(TIMES < 1, 0.0, 0.6))
    found = on_one_floor(roof, LEVEL)
    np.testing.assert_allclose(found.coordinates, roof.coordinates, atol=2e-4)
    nothing = replace(STANDING, contacts=np.zeros_like(STANDING.contacts))
    assert on_one_floor(nothing, LEVEL) is nothing
