"""What can carry weight: boxes by hand, levels and the floor's tilt from made-up stances, belts."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from contact_motion import clock, of_foot, points, smooth_noise, standing, swing, walking
from hypothesis import given
from hypothesis import strategies as st

from borelli.dynamics.actor import Actor
from borelli.dynamics.boxes import Box, check_boxes, parse_box
from borelli.dynamics.contacts import find_contacts
from borelli.dynamics.floor_plane import FloorPlane, floor_plane
from borelli.dynamics.plan import Surroundings
from borelli.dynamics.support_polygon import outside_support, zero_moment_point
from borelli.dynamics.supports import Patch, Supports, support_heights
from borelli.dynamics.treadmill import ground_velocity
from borelli.errors import BorelliError

STEP = 0.3
"""Metres: height of the made-up step."""


def climbing(step: float = STEP) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, centre and times of two feet that step onto a step, the right one first, and stand there."""
    times = clock(4.0)
    positions, centre = standing(times)
    for foot, start in (("r", 0.8), ("l", 2.0)):
        moved = swing(times, start, start + 0.5, 0.5, 0.1)
        moved[:, 1] += step * np.clip((times - start) / 0.25, 0, 1)
        positions[:, of_foot(foot)] += moved[:, None]
    # all the weight on the right foot while the left one follows
    right = positions[:, of_foot("r")].mean(axis=1)
    over = np.clip((times - 1.4) / 0.5, 0, 1)[:, None]
    centre[:, [0, 2]] = (1 - over) * centre[:, [0, 2]] + over * right[:, [0, 2]]
    return positions, centre, times


def test_a_box_is_read_from_text() -> None:
    assert parse_box("1,0,-2,0.5,0.45,0.4") == Box(1, 0, -2, 0.5, 0.45, 0.4)
    box = parse_box("1,0.5,-2,0.5,0.45,0.4,90")
    assert box.heading == pytest.approx(np.pi / 2)
    assert box.top == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2,3", "six or seven numbers"),
        ("a,0,0,1,1,1", "six or seven numbers"),
        ("nan,0,0,1,1,1", "six or seven numbers"),
        ("0,0,0,1,-1,1", "not positive"),
        ("0,0,0,0,1,1", "not positive"),
        ("0,0,0,500,450,400", "in metres"),
    ],
)
def test_a_wrong_box_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(BorelliError, match=said) as caught:
        parse_box(text)
    assert text in str(caught.value) and "\n" not in str(caught.value)


def test_a_turned_box_covers_what_it_covers() -> None:
    box = Box(1.0, 0.0, 0.0, 2.0, 0.5, 0.2, heading=np.pi / 2)
    # turned by a quarter its length lies along z
    places = np.array([[1.0, 0.0, 0.9], [1.0, 0.0, -0.9], [1.9, 0.0, 0.0], [1.05, 3.0, 0.0]])
    np.testing.assert_array_equal(box.covers(places), [True, True, False, True])
    # counter-clockwise from above takes +x to -z
    eighth = Box(0.0, 0.0, 0.0, 2.0, 0.5, 0.2, heading=np.pi / 4)
    np.testing.assert_array_equal(eighth.covers(np.array([[0.6, 0, -0.6], [0.6, 0, 0.6]])), [True, False])


def test_a_box_carries_who_is_on_it_and_not_who_is_under_it() -> None:
    table = Supports(FloorPlane(0.01, 0.0, 0.0, 0.0), (Box(0.0, 0.5, 0.0, 1.0, 0.2, 1.0),))
    places = np.array([[0.0, 0.72, 0.0], [0.0, 0.64, 0.0], [0.0, 0.1, 0.0], [2.0, 0.72, 0.0]])
    np.testing.assert_allclose(support_heights(places, table), [0.7, 0.7, 0.01, 0.01])


def test_a_box_that_swallows_standing_feet_is_refused() -> None:
    positions, _ = standing(clock(0.5))
    soles = positions[:, points().soles]
    contacts = np.ones(soles.shape[:2], dtype=bool)
    with pytest.raises(BorelliError, match="swallow feet"):
        check_boxes([Box(0.0, 0.0, 0.0, 1.0, 0.45, 1.0)], soles, contacts)
    check_boxes([Box(0.0, -0.45, 0.0, 1.0, 0.45, 1.0)], soles, contacts)
    check_boxes([Box(5.0, 0.0, 0.0, 1.0, 0.45, 1.0)], soles, contacts)
    check_boxes([Box(0.0, 0.7, 0.0, 1.0, 0.05, 1.0)], soles, contacts)


def test_a_step_is_found_by_who_climbs_it() -> None:
    positions, centre, times = climbing()
    found = find_contacts(points(), positions, centre, times)
    assert [patch.height for patch in found.supports.patches] == [pytest.approx(STEP, abs=0.02)]
    assert found.active[-30:, points().soles].all()
    np.testing.assert_allclose(found.support[-30:, points().soles], STEP, atol=0.02)
    np.testing.assert_allclose(found.support[:30, points().soles], 0.0, atol=0.02)


@pytest.mark.parametrize(("reach", "level"), [(np.inf, -0.03), (0.1, -0.03), (0.0, 0.0), (0.02, 0.0)])
def test_the_floor_is_sought_within_its_reach(reach: float, level: float) -> None:
    positions, centre, times = climbing()
    sunk = positions - [0.0, 0.03, 0.0]
    found = find_contacts(points(), sunk, centre, times, floor_reach=reach)
    assert found.supports.floor.level == pytest.approx(level, abs=0.02 if reach > 0.02 else 0)
    assert len(found.supports.patches) == 1


@pytest.mark.parametrize(
    ("step", "one_floor", "height"), [(0.1, 0.12, 0.0), (0.1, 0.0, 0.1), (0.3, 0.12, 0.3)]
)
def test_what_one_camera_sees_a_little_too_high_is_on_the_floor(
    step: float, one_floor: float, height: float
) -> None:
    positions, centre, times = climbing(step)
    actor = cast(Actor, SimpleNamespace(touch=points(), places=lambda q: (positions, centre)))
    plan = Surroundings(floor_reach=0.0, one_floor=one_floor).plan(actor, times, np.zeros((len(times), 49)))
    soles = points().soles
    assert plan.active[-30:, soles].all()
    np.testing.assert_allclose(plan.support[-30:, soles], height, atol=0.02)
    np.testing.assert_allclose(plan.anchors[-30:, soles, 1], height, atol=0.02)


def test_a_known_step_is_not_found_again() -> None:
    positions, centre, times = climbing()
    step = Box(0.6, 0.0, 0.0, 0.6, STEP, 1.0)
    found = find_contacts(points(), positions, centre, times, Supports(boxes=(step,)), floor_reach=0.0)
    assert found.supports.patches == ()
    np.testing.assert_allclose(found.support[-30:, points().soles], STEP)


def test_a_foot_held_still_in_the_air_needs_no_surface() -> None:
    times = clock(3.0)
    positions, centre = standing(times)
    lifted = 0.3 * np.clip((times - 0.5) / 0.4, 0, 1)
    positions[:, of_foot("l"), 1] += lifted[:, None]
    centre[:, [0, 2]] = positions[:, of_foot("r")].mean(axis=1)[:, [0, 2]]
    assert find_contacts(points(), positions, centre, times).supports.patches == ()


def test_a_seat_is_found_under_who_sits() -> None:
    """Feet on the floor, the load half a metre behind them, and the buttocks still at 45 cm."""
    times = clock(3.0)
    positions, centre = standing(times)
    others = np.setdiff1d(np.arange(positions.shape[1]), points().soles)
    waving = 0.3 * np.sin(7 * times)
    positions[:, others, 1] = 1.0 + waving[:, None]
    seat = [p for p, name in enumerate(points().names) if name.startswith("buttock")]
    positions[:, seat] = [[-0.5, 0.45, 0.1], [-0.5, 0.45, -0.1]]
    for word, place in (("hip_", [-0.45, 0.52, 0.0]), ("knee", [0.0, 0.5, 0.0])):
        own = [p for p, name in enumerate(points().names) if name.startswith(word)]
        positions[:, own] = place + waving[:, None, None] * [0.05, 0.1, 0.0]
    centre[:] = [-0.45, 0.8, 0.0]
    found = find_contacts(points(), positions, centre, times)
    assert [patch.height for patch in found.supports.patches] == [pytest.approx(0.45, abs=0.01)]
    assert found.active[:, seat].mean() > 0.9
    hips = [p for p, name in enumerate(points().names) if name.startswith("hip_")]
    assert not found.active[:, np.setdiff1d(others, [*seat, *hips])].any()


def test_who_squats_over_the_feet_needs_no_seat() -> None:
    times = clock(3.0)
    positions, centre = standing(times)
    others = np.setdiff1d(np.arange(positions.shape[1]), points().soles)
    positions[:, others, 1] *= 0.5
    centre[:] = [*positions[0, points().soles].mean(axis=0)[[0]], 0.5, 0.0]
    assert find_contacts(points(), positions, centre, times).supports.patches == ()


@pytest.mark.parametrize(("slope_x", "slope_z"), [(0.0, 0.0), (0.03, -0.02), (-0.02, 0.0)])
def test_a_tilted_floor_is_recovered(slope_x: float, slope_z: float) -> None:
    rng = np.random.default_rng(0)
    stances, points_per_foot = 40, 6
    places = rng.uniform(-2, 2, (stances, 2))
    positions = np.zeros((stances * 10, 2 * points_per_foot, 3))
    contacts = np.zeros(positions.shape[:2], dtype=bool)
    own = rng.normal(0, 0.005, 2 * points_per_foot)
    for k, (x, z) in enumerate(places):
        some, foot = slice(10 * k, 10 * k + 9), slice(6 * (k % 2), 6 * (k % 2) + 6)
        height = 0.02 + slope_x * x + slope_z * z + own[foot] + rng.normal(0, 0.003)
        positions[some, foot] = np.stack([np.full(6, x), height, np.full(6, z)], axis=1)
        contacts[some, foot] = True
    plane = floor_plane(positions, contacts, 0.02, 0.05)
    assert plane.slope_x == pytest.approx(slope_x, abs=0.004)
    assert plane.slope_z == pytest.approx(slope_z, abs=0.004)
    assert plane.level == pytest.approx(0.02, abs=0.01)
    assert plane.tilt_sd < 0.005


def test_one_stance_says_nothing_about_tilt_and_a_ramp_is_not_believed() -> None:
    positions, _ = standing(clock(1.0))
    soles = positions[:, points().soles]
    everywhere = np.ones(soles.shape[:2], dtype=bool)
    one = floor_plane(soles, everywhere, 0.0, 0.05)
    assert one.tilt < 0.02 and one.tilt_sd > 0.015
    nobody = floor_plane(soles, ~everywhere, 0.1, 0.05)
    assert (nobody.level, nobody.tilt) == (0.1, 0.0)


@given(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1), st.floats(-1, 1))
def test_the_height_of_a_plane(slope_x: float, slope_z: float, level: float) -> None:
    plane = FloorPlane(level, slope_x, slope_z, 0.0)
    normal = np.array([-slope_x, 1.0, -slope_z])
    place = np.array([0.7, 0.0, -1.3])
    on = np.array([0.7, plane.height(place), -1.3])
    assert normal @ (on - [0, level, 0]) == pytest.approx(0, abs=1e-12)
    assert np.cos(plane.tilt) == pytest.approx(1 / np.linalg.norm(normal))


def test_a_patch_reaches_thirty_centimetres() -> None:
    patch = Patch(0.3, np.array([[0.0, 0.0], [1.0, 0.0]]))
    places = np.array([[0.2, 5.0, 0.2], [0.5, 0.0, 0.0], [1.29, 0.0, 0.0]])
    np.testing.assert_array_equal(patch.covers(places), [True, False, True])


def test_the_load_beside_a_square_is_measured_to_its_edge() -> None:
    square = np.array([[[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1], [9, 0, 9]]], dtype=np.float64)
    standing_on = np.array([[True, True, True, True, False]])
    for load, distance in (((0.5, 0.5), 0.0), ((1.4, 0.5), 0.4), ((0.5, -0.25), 0.25)):
        assert outside_support(np.array([load]), square, standing_on)[0] == pytest.approx(distance, abs=1e-9)
    assert (
        outside_support(np.array([[0.5, 0.5]]), square, ~standing_on.any(axis=0) & standing_on)[0] == np.inf
    )


def test_the_zero_moment_point_at_rest_and_under_steady_acceleration() -> None:
    times = clock(2.0)
    centre = np.tile([0.3, 1.0, -0.2], (len(times), 1))
    at_rest = zero_moment_point(centre, np.zeros(len(times)), times)
    np.testing.assert_allclose(at_rest, np.tile([0.3, -0.2], (len(times), 1)), atol=1e-9)
    centre[:, 0] = times**2  # 2 m/s^2: the push comes 2 / 9.81 of the height behind
    found = zero_moment_point(centre, np.zeros(len(times)), times)[40:-40]
    np.testing.assert_allclose(found[:, 0], (times**2 - 2 / 9.81)[40:-40], atol=0.01)


def test_a_belt_is_told_from_a_floor() -> None:
    times = clock(4.0)
    positions, centre, _ = walking(times)
    np.testing.assert_array_equal(ground_velocity(points(), positions, centre, times), 0.0)
    belt = np.array([-1.2, 0.0, 0.3])
    noise = smooth_noise(times, 0.01, 0)
    moved = positions + (belt * times[:, None] + noise)[:, None]
    found = ground_velocity(points(), moved, centre + belt * times[:, None] + noise, times)
    np.testing.assert_allclose(found, belt, atol=0.05)


def test_who_does_not_touch_says_nothing_about_the_ground() -> None:
    times = clock(1.0)
    positions, centre = standing(times)
    fall = -9.81 * times**2 / 2
    positions[..., 1] += fall[:, None]
    centre[:, 1] += fall
    positions[..., 0] += 2 * times[:, None]
    np.testing.assert_array_equal(ground_velocity(points(), positions, centre, times), 0.0)
    np.testing.assert_array_equal(ground_velocity(points(), positions * np.nan, centre, times), 0.0)
