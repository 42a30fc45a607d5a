"""Girths, lengths, angles, centre of mass and jumps against numbers worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured_motion import MODEL, RATE, TABLE, motion_of, standing, values

from borelli.body.model import Person, average_person
from borelli.errors import BorelliError
from borelli.measures.angles import angle_ranges
from borelli.measures.girths import girths, tape_length
from borelli.measures.jumps import jumps
from borelli.measures.mass import mass_measures, mass_path
from borelli.measures.measure import asymmetry_percent, definitions, mean_of
from borelli.measures.report import measure

TIMES = np.arange(120) / RATE


def prism(outline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Walls over an outline (N, 2) in x and z, from y = 0 to 1."""
    n = len(outline)
    low = np.stack([outline[:, 0], np.zeros(n), outline[:, 1]], axis=1)
    i, j = np.arange(n), (np.arange(n) + 1) % n
    faces = np.concatenate([np.stack([i, j, i + n], axis=1), np.stack([j, j + n, i + n], axis=1)])
    return np.concatenate([low, low + np.array([0.0, 1.0, 0.0])]), faces


@given(st.floats(0.02, 0.5), st.floats(0, 1.2))
@settings(max_examples=20)
def test_a_tape_around_a_cylinder_reads_its_circumference(radius, tilt):
    angle = 2 * np.pi * np.arange(200) / 200
    vertices, faces = prism(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    up = np.array([0.0, np.cos(tilt), np.sin(tilt)])
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    found = tape_length(vertices @ turn.T, faces, 0.5 * turn[:, 1], up)
    assert found == pytest.approx(2 * np.pi * radius, rel=1e-3)


def test_a_tape_spans_hollows_and_reads_nothing_beside_the_body():
    # an L: the tape cuts its inner corner
    outline = np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2]], dtype=float)
    vertices, faces = prism(outline)
    up = np.array([0.0, 2.0, 0.0])
    assert tape_length(vertices, faces, np.array([0, 0.5, 0]), up) == pytest.approx(6 + 2**0.5)
    assert tape_length(vertices, faces, np.array([0, 7.0, 0]), up) == 0.0


def test_girths_grow_with_the_person_and_lie_near_those_of_adults():
    small, large = girths(MODEL, average_person(1.6)), girths(MODEL, average_person(1.76))
    for name, value in small.items():
        assert large[name] / value == pytest.approx(1.1, rel=1e-4)
    # means of women and men in ANSUR II, give or take a fifth
    adult = dict(neck=0.365, chest=1.0, waist=0.9, hip=1.02, thigh=0.62, calf=0.38, ankle=0.224, wrist=0.164)
    mean = girths(MODEL, average_person(1.69))
    for name, value in adult.items():
        assert mean[name] == pytest.approx(value, rel=0.25), name


def test_longer_thighs_are_longer_and_nothing_else():
    lengths = np.zeros(10)
    lengths[7] = np.log(1.1)
    q = standing(TIMES).coordinates
    person = Person(np.zeros(MODEL.shape_size), lengths, 1.0)
    here, there = (
        values(measure(motion_of(q, TIMES, person=p)).measures) for p in (average_person(1.7), person)
    )
    assert there["length_thigh", ""] == pytest.approx(1.1 * here["length_thigh", ""], rel=1e-6)
    assert there["length_shank", ""] == pytest.approx(here["length_shank", ""], rel=1e-6)


def test_sizes_are_uncertain_by_stature_and_by_the_spread_among_people():
    motion = standing(TIMES)
    assert all(m.uncertainty is None for m in measure(motion).measures if m.name.startswith("length"))
    known = {m.name: m for m in measure(motion, 0.0175).measures}
    stature = known["stature"]
    assert stature.uncertainty == pytest.approx(0.0175)
    waist = known["girth_waist"]
    assert waist.uncertainty == pytest.approx(waist.value * np.hypot(0.0175 / motion.stature, 0.12))


def test_ranges_of_motion_are_largest_minus_smallest_of_valid_frames():
    q = standing(TIMES).coordinates.copy()
    knee = TABLE.coordinate("knee_angle_r")
    q[:, knee] = np.radians(np.linspace(10, 70, len(TIMES)))
    q[-1, knee] = np.radians(140)
    motion = motion_of(q, TIMES)
    motion = replace(motion, valid=np.arange(len(TIMES)) < len(TIMES) - 1)
    found = {(m.name, m.side): m for m in angle_ranges(motion)}
    top = 10 + 60 * (len(TIMES) - 2) / (len(TIMES) - 1)
    assert found["range_knee_angle", "right"].value == pytest.approx(top - 10)
    assert found["range_knee_angle", "right"].highest == pytest.approx(top)
    assert found["range_knee_angle", "left"].value == pytest.approx(0, abs=1e-9)


def test_whole_turns_of_the_heading_are_counted_and_jumps_by_360_are_not():
    q = standing(TIMES).coordinates.copy()
    heading = TABLE.coordinate("pelvis_rotation")
    q[:, heading] = np.angle(np.exp(1j * np.linspace(0, 3 * np.pi, len(TIMES))))
    found = {m.name: m for m in angle_ranges(motion_of(q, TIMES))}
    assert found["range_pelvis_rotation"].value == pytest.approx(540, abs=1e-6)


def test_angles_are_as_uncertain_as_stated_or_as_their_joints():
    motion = standing(TIMES)
    index = {name: i for i, name in enumerate(motion.joint_names)}
    sigma = np.full(motion.joint_sigma.shape, 0.02)
    sigma[:, index["knee_r"]], sigma[:, index["ankle_r"]] = 0.03, 0.05
    found = {(m.name, m.side): m for m in angle_ranges(replace(motion, joint_sigma=sigma))}
    lengths = dict(zip(motion.segment_names, motion.segment_lengths, strict=True))
    thigh, shank = 0.03**2 - 0.02**2, 0.05**2 - 0.03**2
    wanted = np.degrees(np.sqrt(thigh / lengths["thigh"] ** 2 + shank / lengths["shank"] ** 2))
    assert found["range_knee_angle", "right"].uncertainty == pytest.approx(wanted, rel=1e-3)
    assert found["range_hip_rotation", "right"].uncertainty is None
    stated = np.full(motion.coordinates.shape, np.radians(3))
    told = {(m.name, m.side): m for m in angle_ranges(replace(motion, coordinate_sigma=stated))}
    assert told["range_hip_rotation", "left"].uncertainty == pytest.approx(3 * 2**0.5)


def test_a_body_that_glides_has_the_way_and_speed_of_its_glide():
    q = standing(TIMES).coordinates.copy()
    q[:, -3] += 1.5 * TIMES
    q[:, -1] += 2.0 * TIMES
    motion = motion_of(q, TIMES, sigma=0.01)
    found = {m.name: m for m in mass_measures(motion, mass_path(motion))}
    assert found["com_path"].value == pytest.approx(2.5 * TIMES[-1])
    assert found["com_displacement"].value == pytest.approx(2.5 * TIMES[-1])
    assert found["com_displacement"].uncertainty == pytest.approx(0.01 * 2**0.5)
    assert found["com_speed"].value == pytest.approx(2.5)
    assert found["com_top_speed"].value == pytest.approx(2.5)
    assert found["com_vertical_range"].value == pytest.approx(0, abs=1e-9)


def jumping(speed: float, start: float = 0.3053, fall: float = 9.81):
    """Somebody who leaves the ground at a time that is no frame, and lands at the same height."""
    seconds = 2 * speed / fall
    inside = np.clip(TIMES - start, 0, seconds)
    q = standing(TIMES).coordinates.copy()
    q[:, -2] += speed * inside - fall * inside**2 / 2
    motion = standing(TIMES)
    air = (TIMES > start) & (TIMES < start + seconds)
    return replace(motion_of(q, TIMES), contacts=np.where(air[:, None], 0.0, motion.contacts)), seconds


@given(st.floats(1.0, 3.0))
@settings(max_examples=10)
def test_a_jump_is_as_high_and_as_long_as_free_fall_makes_it(speed):
    motion, seconds = jumping(speed)
    (jump,) = jumps(motion, mass_path(motion))
    found = {m.name: m for m in measure(motion).measures}
    # take-off and landing fall between frames of 10 ms
    assert found["flight_time"].value == pytest.approx(seconds, abs=0.01)
    assert found["jump_height"].value == pytest.approx(speed**2 / (2 * 9.81), abs=speed * 0.006)
    assert found["jump_height_by_time"].value == pytest.approx(speed**2 / (2 * 9.81), abs=speed * 0.006)
    assert jump.fall == pytest.approx(9.81, rel=1e-6)
    assert found["flights"].value == 1


def test_lifted_feet_that_do_not_fall_are_no_flight():
    sitting, _ = jumping(2.0, fall=3.0)
    assert jumps(sitting, mass_path(sitting)) == []
    hanging = standing(TIMES)
    hanging = replace(hanging, contacts=np.zeros_like(hanging.contacts))
    assert jumps(hanging, mass_path(hanging)) == []


def test_means_carry_spread_and_what_is_shared():
    (one,) = mean_of("step_time", "right", [0.5], [0.02])
    assert (one.spread, one.uncertainty) == (None, pytest.approx(0.02))
    (many,) = mean_of("step_time", "right", [0.4, 0.5, 0.6], [0.03, 0.03, np.nan])
    assert many.value == pytest.approx(0.5) and many.spread == pytest.approx(0.1)
    assert many.uncertainty == pytest.approx(np.hypot(0.1 / 3**0.5, 0.03))
    assert mean_of("step_time", "right", [], []) == []
    assert mean_of("step_time", "right", [0.5, 0.6], [np.nan])[0].uncertainty is None


def test_asymmetry_has_the_sign_of_the_larger_side_and_none_for_opposite_signs():
    assert asymmetry_percent(1.1, 0.9) == pytest.approx(20)
    assert asymmetry_percent(0.9, 1.1) == pytest.approx(-20)
    assert asymmetry_percent(0.0, 0.0) is None
    assert asymmetry_percent(-0.1, 0.1) is None


def test_every_number_has_a_definition_and_a_source():
    found = {m.name for m in measure(jumping(2.0)[0]).measures}
    for name in found:
        meaning = definitions()[name]
        assert meaning.definition and meaning.source and meaning.label


def test_a_motion_without_valid_frames_is_refused():
    motion = standing(TIMES)
    with pytest.raises(BorelliError, match="fewer than two valid frames"):
        measure(replace(motion, valid=np.zeros(len(TIMES), dtype=bool)))
