"""Contacts as the solver needs them: runs, anchors, tapers."""

import numpy as np
import pytest

from borelli.dynamics.schedule import Reach, believable, ground_seen, own_heights, runs, schedule

TIMES = np.arange(30) / 60


def one_stance(first: int = 5, last: int = 20) -> tuple[np.ndarray, np.ndarray]:
    active = np.zeros((30, 1), dtype=bool)
    active[first:last] = True
    points = np.tile([0.3, 0.01, -0.2], (30, 1, 1)).astype(float).reshape(30, 1, 3)
    return active, points


def test_runs_of_contact_include_those_cut_by_the_ends() -> None:
    active = np.array([[1, 0], [1, 1], [0, 1], [1, 1]], dtype=bool)
    assert runs(active) == [(0, 0, 2), (0, 3, 4), (1, 1, 4)]


def test_a_stance_is_anchored_where_it_stands_on_its_surface() -> None:
    active, points = one_stance()
    plan = schedule(active, points, TIMES, np.full((30, 1), 0.05))
    np.testing.assert_allclose(plan.anchors[10, 0], [0.3, 0.05, -0.2])


def test_stances_get_firm_and_let_go_but_not_at_the_ends_of_the_clip() -> None:
    active, points = one_stance(0, 20)
    plan = schedule(active, points, TIMES, np.zeros((30, 1)))
    assert plan.firmness[0, 0] == 1.0
    assert np.all(np.diff(plan.firmness[10:20, 0]) <= 0)
    assert plan.firmness[19, 0] < 0.5
    assert not plan.firmness[20:].any()


def test_what_moves_fast_is_not_held_and_pushes_as_much_as_it_may() -> None:
    active, points = one_stance()
    points[5:20, 0, 0] += np.arange(15) / 60 * 3.0  # 3 m/s
    held = schedule(active, points, TIMES, np.zeros((30, 1)))
    assert held.hold[12, 0] < 0.01
    assert held.firmness[12, 0] == pytest.approx(1.0)
    assert schedule(active, points, TIMES, np.zeros((30, 1)), sliding=0.04).firmness[12, 0] < 0.25


def test_contacts_in_the_air_or_away_from_their_stance_are_none() -> None:
    active, points = one_stance()
    points[8, 0, 1] = 0.5
    points[15, 0, 0] = 1.3
    kept = believable(active, points, np.zeros((30, 1)), Reach(0.1, 0.2, 0.1))
    assert np.flatnonzero(active[:, 0] & ~kept[:, 0]).tolist() == [8, 15]


def test_on_uneven_ground_a_stance_has_its_own_height() -> None:
    active, points = one_stance()
    plan = schedule(active, points, TIMES, np.zeros((30, 1)))
    own = own_heights(plan, points)
    np.testing.assert_allclose(own[5:20], 0.01)
    np.testing.assert_allclose(own[20:], 0.0)


def test_between_a_roof_and_the_ground_the_ground_counts() -> None:
    active, points = np.zeros((30, 3), dtype=bool), np.zeros((30, 3, 3))
    active[3:8, 0] = active[20:25, 0] = active[3:8, 2] = True
    points[:15, [0, 2], 1] = 2.0
    ground = ground_seen(schedule(active, points, TIMES, np.zeros((30, 3))), points)
    np.testing.assert_allclose(ground[3:8, [0, 2]], 2.0)
    np.testing.assert_allclose(ground[8:], 0.0)  # also where the last stance was on the roof
    np.testing.assert_allclose(ground[:, 1], 0.0)  # and under what never stands
