"""What a certificate says of motions and forces worked out by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standing_person import MASS, MODEL, PERSON, TIMES, G, in_air, moved_up, standing, texts, without_forces

from borelli.body.inertia import Inertia, inertia
from borelli.body.kinematics import forward
from borelli.body.stature import stature
from borelli.dynamics.centre_of_mass import Flight, centre_of_mass, flights
from borelli.dynamics.certificate import certify
from borelli.dynamics.certificate_json import certificate_json
from borelli.dynamics.force_figures import mean_vertical_force, shares_of_weight
from borelli.dynamics.remarks import remarks
from borelli.dynamics.strength import torque_limits


@pytest.fixture(scope="module")
def body() -> Inertia:
    return inertia(MODEL, PERSON, MASS)


def test_a_body_at_rest_on_two_feet_is_perfect() -> None:
    still = standing()
    after = certify(MODEL, still, still).certificate.after
    assert after is not None
    assert after.mean_vertical_force == pytest.approx(1.0, abs=1e-9)
    assert after.peak_vertical_force == pytest.approx(1.0, abs=1e-4)
    assert after.residual_force_percent == 0.0
    assert after.slip_mm == (0.0,) * 12
    assert after.penetration_largest_mm == pytest.approx(0.0, abs=1e-6)
    assert after.floating_mm == pytest.approx(0.0, abs=1e-6)
    assert after.flights == ()
    assert after.self_penetration_mm == 0.0


def test_a_parabola_in_flight_falls_with_gravity() -> None:
    free = in_air(moved_up(standing(), 0.5 + 2.0 * TIMES - G / 2 * TIMES**2))
    certified = certify(MODEL, free, free)
    after = certified.certificate.after
    assert after is not None
    (flight,) = after.flights
    assert flight.acceleration == pytest.approx(-G, abs=1e-6)
    assert (flight.start, flight.end) == pytest.approx((0.0, 0.5))
    # nothing pushes, and by Newton's law nothing has to
    assert after.mean_vertical_force == pytest.approx(1.0, abs=1e-3)
    assert "as gravity demands" in texts(certified.certificate.remarks)


def test_flights_shorter_than_a_tenth_of_a_second_are_left_out() -> None:
    airborne = np.zeros(31, dtype=bool)
    airborne[3:8] = True  # 4 intervals of 1/60 s
    assert flights(airborne, TIMES, TIMES) == []
    airborne[3:10] = True
    assert len(flights(airborne, TIMES, TIMES)) == 1


def test_many_flights_are_two_sentences() -> None:
    flown = tuple(Flight(t, t + 0.2, a) for t, a in ((0.0, -9.9), (0.5, -9.5), (1.0, -5.0), (1.5, -7.0)))
    after = certify(MODEL, standing(), standing()).certificate.after
    assert after is not None
    said = texts(tuple(remarks(replace(after, flights=flown), 0.0, [], 2.0)))
    assert (
        "airborne from 1.00 to 1.20 s, from 1.50 to 1.70 s: vertical acceleration -7.0 to -5.0 m/s2" in said
    )
    assert (
        "airborne from 0.00 to 0.20 s, from 0.50 to 0.70 s: vertical acceleration -9.9 to -9.5 m/s2, as"
        in said
    )


def test_falling_in_slow_motion_is_said() -> None:
    slow = in_air(moved_up(standing(), 1.0 - 2.0 * TIMES**2))
    remarks = certify(MODEL, slow, slow).certificate.remarks
    assert "-4.0 m/s2 instead of -9.81: the stature or the frame rate is wrong" in texts(remarks)


@given(st.floats(-2, 2), st.floats(-8, 8))
def test_mean_vertical_force_is_one_whatever_the_ends_of_a_consistent_clip(speed: float, gain: float) -> None:
    times = np.array([0, 0.02, 0.03, 0.07, 0.1, 0.16])  # a variable frame rate
    height = speed * times + gain / 2 * times**2
    vertical = np.full(len(times), 1 + gain / G)
    assert mean_vertical_force(vertical, height, times) == pytest.approx(1.0, abs=1e-9)


def test_a_missing_contact_shows_in_the_mean_vertical_force() -> None:
    still = standing()
    lighter = replace(
        still, forces=0.9 * still.forces, residual=np.tile([0, 0.1 * MASS * G, 0, 0, 0, 0], (31, 1))
    )
    certificate = certify(MODEL, lighter, still).certificate
    assert certificate.after is not None
    assert certificate.after.mean_vertical_force == pytest.approx(0.9, abs=1e-6)
    assert certificate.after.residual_force_percent == pytest.approx(10.0, abs=1e-3)
    assert "the ground carries 0.90 of the body weight" in texts(certificate.remarks)
    assert "care: forces show timing and rough size only" in texts(certificate.remarks)


def test_the_moment_is_a_share_of_weight_times_height() -> None:
    force, moment = shares_of_weight(np.array([[3.0, 0, 4.0, 0, 12.0, 5.0]]), 10.0, 1.3)
    assert force[0] == pytest.approx(100 * 5 / 98.1)
    assert moment[0] == pytest.approx(100 * 13 / (98.1 * 1.3))


def test_slip_is_the_largest_distance_from_the_median_place_of_a_stance() -> None:
    still = standing(TIMES[:6])
    contacts, points = np.zeros_like(still.contacts), still.points.copy()
    contacts[1:5, 0] = True
    points[:, 0] = 0.0
    points[1:5, 0, 0] = [0.0, 0.001, 0.001, 0.004]  # median 1 mm
    points[1:5, 0, 1] = [0.0, 0.5, 0.0, 0.0]  # height does not slip
    sliding = replace(still, contacts=contacts, points=points)
    after = certify(MODEL, sliding, still).certificate.after
    assert after is not None
    assert after.slip_mm == (3.0,)
    assert after.loaded_slip_mm == (3.0,), "a twelfth of the weight is load"
    light = replace(sliding, forces=0.5 * sliding.forces)
    lightly = certify(MODEL, light, still).certificate.after
    assert lightly is not None
    assert lightly.loaded_slip_mm == ()
    # ways of 1, 0 and 3 mm in intervals of 1/60 s are twice as long in 1/30 s
    assert after.slide_mm_per_frame == pytest.approx(2 * 4 / 3, abs=1e-3)


def test_penetration_and_floating_are_of_the_worst_point_over_its_own_support() -> None:
    still = standing()
    points = still.points.copy()
    points[10, 2, 1] = still.support[10, 2] - 0.004
    points[12, 3, 1] = still.support[12, 3] + 0.006
    after = certify(MODEL, replace(still, points=points), still).certificate.after
    assert after is not None
    assert after.penetration_largest_mm == pytest.approx(4.0, abs=1e-3)
    assert after.floating_largest_mm == pytest.approx(6.0, abs=1e-3)
    assert after.floating_mm == pytest.approx(6 / 12 / 31, abs=1e-3)


def test_a_knee_under_the_floor_penetrates_though_it_is_no_contact() -> None:
    still = standing()
    points = still.points.copy()
    points[5, still.point_names.index("knee_r"), 1] = -0.05
    after = certify(MODEL, replace(still, points=points), still).certificate.after
    assert after is not None
    assert after.penetration_largest_mm == pytest.approx(50.0, abs=1e-3)


@pytest.mark.parametrize(("peak", "jumps", "count"), [(3.4, 0, 0), (3.6, 0, 2), (4.9, 1, 0), (5.1, 1, 2)])
def test_implausible_peaks_are_counted_by_the_kind_of_motion(peak: float, jumps: int, count: int) -> None:
    still = standing()
    forces, contacts = still.forces.copy(), still.contacts.copy()
    forces[[4, 5, 20]] *= peak
    if jumps:
        forces[8:16], contacts[8:16] = 0.0, False
    hard = replace(still, forces=forces, contacts=contacts)
    certificate = certify(MODEL, hard, still).certificate
    assert certificate.after is not None
    assert certificate.after.implausible_peaks == count
    assert ("do not use peak forces" in texts(certificate.remarks)) == (count > 0)


def test_torques_are_shares_of_the_strength_on_their_side() -> None:
    still = standing()
    lower, upper = torque_limits(MODEL, MASS, stature(MODEL, PERSON))
    knee, ankle = (MODEL.skeleton.coordinate(n) for n in ("knee_angle_r", "ankle_angle_l"))
    torques = still.torques.copy()
    torques[7, knee] = 2 * lower[knee]
    torques[8, ankle] = 0.5 * upper[ankle]
    certificate = certify(MODEL, replace(still, torques=torques), still).certificate
    assert certificate.after is not None
    assert list(certificate.after.torque_use) == ["knee_angle_r", "ankle_angle_l"]
    assert certificate.after.torque_use["knee_angle_r"].most == pytest.approx(2.0)
    assert certificate.after.torque_use["knee_angle_r"].usual == pytest.approx(0.0)
    assert "knee_angle_r needs 2.0 times the strength" in texts(certificate.remarks)


def test_unexplained_frames_are_named_in_seconds() -> None:
    still = standing(np.arange(61) / 10)
    explained = np.ones(61, dtype=bool)
    explained[32:40] = False
    explained[50] = False
    certificate = certify(MODEL, replace(still, explained=explained), still).certificate
    assert certificate.unexplained == ((3.2, 3.9), (5.0, 5.0))
    said = texts(certificate.remarks)
    assert "bad: do not use forces from 3.2 to 3.9 s, at 5.00 s: no contact explains the motion" in said
    assert "good: forces can be trusted at other times" in said


def test_unexplained_frames_that_are_near_are_one_stretch_and_the_sentence_stays_short() -> None:
    still = standing(np.arange(121) / 20)
    explained = np.ones(121, dtype=bool)
    explained[[3, 5, 7]] = False  # a tenth of a second apart
    explained[20:120:20] = False
    explained[21] = False
    certificate = certify(MODEL, replace(still, explained=explained), still).certificate
    assert certificate.unexplained[:2] == ((0.15, 0.35), (1.0, 1.05))
    assert len(certificate.unexplained) == 6
    assert "from 0.15 to 0.35 s" in texts(certificate.remarks)
    assert "and 2 shorter stretches: no contact" in texts(certificate.remarks)


def test_trust_elsewhere_is_judged_without_the_unexplained_frames() -> None:
    still = standing()
    residual, explained = still.residual.copy(), still.explained.copy()
    residual[:, 1] = 0.02 * MASS * G
    residual[10:15, 1], explained[10:15] = MASS * G, False
    certificate = certify(MODEL, replace(still, residual=residual, explained=explained), still).certificate
    assert certificate.after is not None
    assert certificate.after.residual_force_percent == pytest.approx(
        np.sqrt((5 * 1e4 + 24 * 4) / 29), abs=1e-3
    )
    assert certificate.after.explained_force_percent == pytest.approx(2.0, abs=1e-3)
    trusted = "good: forces can be trusted at other times: 2.0 % of the body weight"
    assert trusted in texts(certificate.remarks)


def test_a_clip_without_any_explanation_is_refused() -> None:
    still = standing()
    certificate = certify(MODEL, replace(still, explained=np.zeros(31, dtype=bool)), still).certificate
    assert "bad: do not use the forces of this clip" in texts(certificate.remarks)


def test_what_physics_moved_is_measured() -> None:
    still = standing()
    apart = 0.02 * np.where(np.arange(31) < 15, 1.0, -1.0)
    apart[15] = 0.0
    moved = certify(MODEL, moved_up(still, apart), still).certificate.moved
    assert moved is not None
    assert moved.world_mm == pytest.approx(20.0 * 30 / 31, abs=0.01)
    assert moved.mean_mm == pytest.approx(moved.world_mm, abs=0.1), "no turn brings that back"
    assert moved.local_mm == pytest.approx(0.0, abs=1e-6)
    assert moved.turned_deg == 0.0


def test_a_world_that_is_shifted_as_one_has_not_moved() -> None:
    still = standing()
    moved = certify(MODEL, moved_up(still, np.full(31, 0.1)), still).certificate.moved
    assert moved is not None
    assert moved.world_mm == pytest.approx(100.0)
    assert moved.mean_mm == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("centimetres", "said"),
    [
        (1.5, "good: forces can be trusted"),
        (2.5, "rough size only"),
        (6.5, "bad: do not use the forces: physics"),
    ],
)
def test_forces_of_a_motion_that_had_to_be_moved_far_are_rough(centimetres: float, said: str) -> None:
    still = standing()
    moved = moved_up(still, centimetres / 100 * np.where(np.arange(31) % 2, 1.0, -1.0))
    assert said in texts(certify(MODEL, still, moved).certificate.remarks)


def test_the_centre_of_mass_of_a_standing_person_is_at_the_published_height(body: Inertia) -> None:
    """De Leva 1996: 43-45 % of the stature below the vertex of men and women (arms at the sides)."""
    still = standing(TIMES[:3])
    height = centre_of_mass(forward(MODEL, PERSON, still.coordinates), body)[0, 1]
    assert 0.54 * 1.70 < height < 0.58 * 1.70


def test_a_motion_without_forces_is_judged_by_its_contacts_alone() -> None:
    still = standing()
    before = without_forces(still)
    certificate = certify(MODEL, still, before).certificate
    assert certificate.before is not None
    assert certificate.before.residual_force_percent is None
    assert certificate.before.mean_vertical_force is None
    assert certificate.before.torque_use == {}
    assert certificate.before.slip_mm == (0.0,) * 12


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_clips_of_few_frames_have_a_certificate(frames: int) -> None:
    still = standing(TIMES[:frames])
    certificate = certify(MODEL, still, still).certificate
    assert certificate.after is not None
    assert (certificate.after.mean_vertical_force is None) == (frames < 3)


def test_a_frame_of_nan_spoils_no_other() -> None:
    still = standing()
    q, points, residual = still.coordinates.copy(), still.points.copy(), still.residual.copy()
    q[9], points[9], residual[9] = np.nan, np.nan, np.nan
    spoilt = replace(still, coordinates=q, points=points, residual=residual)
    certificate = certify(MODEL, spoilt, still).certificate
    json.dumps(certificate_json(certificate), allow_nan=False)
    after, moved = certificate.after, certificate.moved
    assert after is not None and moved is not None
    assert moved.mean_mm == pytest.approx(0.0, abs=1e-6)
    assert after.residual_force_percent == 0.0
    assert after.penetration_largest_mm == pytest.approx(0.0, abs=1e-6)
    assert after.mean_vertical_force == pytest.approx(1.0)
    assert after.self_penetration_mm == 0.0
