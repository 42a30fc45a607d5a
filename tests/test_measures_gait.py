"""Gait: steps worked out by hand, walks of a laboratory, force plates, mirrors."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marker_trial import trial
from measured_motion import MODEL, mirrored, motion_of, standing, stepping, values

from borelli.body.mirror import MIRROR, mirrored_name
from borelli.evaluation.mocap import read_clip
from borelli.evaluation.retarget import retarget
from borelli.formats.external_loads import read_loads
from borelli.formats.trc import read_trc
from borelli.markers.ik import solve_ik
from borelli.measures.feet import foot_stances
from borelli.measures.gait import gait_measures, longest_walk, timing
from borelli.measures.json_form import asymmetries, measures_json
from borelli.measures.report import measure
from borelli.pipeline.without_camera import Recorded, motion_without_camera

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
SWAP = {"right": "left", "left": "right", "": ""}


def gait_of(motion):
    stances, source = foot_stances(motion)
    return gait_measures(longest_walk(stances), timing(motion, source))


def test_a_walk_made_by_hand_has_its_cadence_lengths_and_shares():
    found = values(gait_of(stepping()))
    assert found["cadence", ""] == pytest.approx(120, abs=1e-6)
    assert found["step_length", "right"] == pytest.approx(0.65, abs=1e-3)
    assert found["step_length", "left"] == pytest.approx(0.55, abs=1e-3)
    assert found["stride_length", "right"] == pytest.approx(1.2, abs=1e-9)
    assert found["step_width", ""] == pytest.approx(0.1, abs=1e-9)
    assert found["walking_speed", ""] == pytest.approx(1.2, abs=1e-6)
    for side in ("right", "left"):
        assert found["step_time", side] == pytest.approx(0.5, abs=1e-9)
        assert found["stride_time", side] == pytest.approx(1.0, abs=1e-9)
        assert found["stance_share", side] == pytest.approx(60, abs=1e-6)
    assert found["double_support", ""] == pytest.approx(20, abs=1e-6)


@given(st.floats(-3.1, 3.1), st.floats(0.2, 0.9), st.floats(0.2, 0.9), st.floats(0.02, 0.3))
@settings(max_examples=10)
def test_where_the_world_points_does_not_matter(heading, right, left, width):
    there = values(gait_of(stepping(4, right, left, width, heading)))
    here = values(gait_of(stepping(4, right, left, width)))
    for key, value in here.items():
        assert there[key] == pytest.approx(value, abs=1e-9)


def test_feet_that_cross_have_a_negative_width_and_a_mirror_keeps_it():
    assert values(gait_of(stepping(5, width=-0.04)))["step_width", ""] == pytest.approx(-0.04)
    motion = stepping(5, width=-0.04)
    swapped = [motion.landmark_names.index(name) for name in map(mirrored_name, motion.landmark_names)]
    order = [motion.contact_names.index(name) for name in map(mirrored_name, motion.contact_names)]
    seen = replace(
        motion, landmarks=motion.landmarks[:, swapped] * MIRROR, contacts=motion.contacts[:, order]
    )
    here, there = values(gait_of(motion)), values(gait_of(seen))
    assert {(name, SWAP[side]): value for (name, side), value in there.items()} == pytest.approx(here)


def test_what_follows_a_gap_is_no_strike():
    motion = stepping(6)
    # the second landing of the right foot, at 1.295 s, falls into a gap
    valid = (motion.time < 1.25) | (motion.time > 1.35)
    found = {(m.name, m.side): m for m in gait_of(replace(motion, valid=valid))}
    for name in ("step_time", "stride_time", "stance_share"):
        for side in ("right", "left"):
            if (name, side) in found:
                wanted = {"step_time": 0.5, "stride_time": 1.0, "stance_share": 60.0}[name]
                assert found[name, side].value == pytest.approx(wanted), name
    assert ("stride_time", "left") in found


def test_the_events_are_where_the_feet_land_and_leave():
    stances, source = foot_stances(stepping(3))
    assert source == "contacts"
    assert [stance.side for stance in stances] == ["right", "left", "right"]
    np.testing.assert_allclose([s.start for s in stances], [0.295, 0.795, 1.295], atol=1e-9)
    np.testing.assert_allclose([s.end for s in stances], [0.895, 1.395, 1.895], atol=1e-9)
    assert all(s.strike_seen and s.off_seen for s in stances)


def test_a_stance_that_the_clip_cuts_has_no_strike_and_no_footprint():
    stances, _ = foot_stances(cut(stepping(4), 0.5))
    assert not stances[0].strike_seen and np.isnan(stances[0].place).all()
    found = values(gait_of(cut(stepping(4), 0.5)))
    assert found["step_length", "right"] == pytest.approx(0.65, abs=1e-3)


def cut(motion, start):
    """Without what is before a time."""
    kept = motion.time >= start
    arrays = {
        name: value[kept]
        for name, value in vars(motion).items()
        if isinstance(value, np.ndarray) and value.ndim and len(value) == len(kept)
    }
    return replace(motion, **arrays)


def test_a_gap_ends_a_stance_without_an_event():
    motion = stepping(4)
    valid = motion.valid.copy()
    valid[50:60] = False
    stances, _ = foot_stances(replace(motion, valid=valid))
    first, second = (s for s in stances if s.side == "right" and s.start < 0.9)
    assert first.strike_seen and not first.off_seen and first.end == pytest.approx(0.49)
    assert not second.strike_seen and second.off_seen and second.start == pytest.approx(0.60)


def test_forces_tell_the_events_where_they_can_be_trusted():
    motion = stepping(3)
    load = np.zeros((*motion.contacts.shape, 3))
    # the force is there 0.05 s later than the contacts say
    load[5:, :, 1] = motion.contacts[:-5] * motion.mass * 9.81
    with_forces = replace(motion, forces=load, explained=np.ones(len(motion.time), dtype=bool))
    stances, source = foot_stances(with_forces)
    assert source == "forces"
    np.testing.assert_allclose([s.start for s in stances], [0.345, 0.845, 1.345], atol=0.006)
    doubtful = replace(with_forces, explained=np.zeros(len(motion.time), dtype=bool))
    assert foot_stances(doubtful)[1] == "contacts"


def test_without_contacts_the_legs_tell_the_events():
    made = trial(frames=360)
    motion = motion_of(made.coordinates, made.times)
    blind = replace(motion, contacts=np.zeros_like(motion.contacts))
    stances, source = foot_stances(blind)
    assert source == "kinematics"
    heel = motion.landmarks[:, motion.landmark_names.index("heel_r"), :] - motion.joint("ground_pelvis")
    heading = motion.coordinate("pelvis_rotation")
    ahead = heel[:, 0] * np.cos(heading) - heel[:, 2] * np.sin(heading)
    strikes = [s.start for s in stances if s.side == "right" and s.strike_seen]
    assert len(strikes) >= 3
    for strike in strikes:
        near = np.abs(motion.time - strike) < 0.3
        assert abs(motion.time[near][ahead[near].argmax()] - strike) < 0.02


def test_feet_that_land_together_and_feet_at_rest_are_no_walk():
    motion = stepping(6)
    both = motion.contacts.max(axis=1, keepdims=True) * np.ones_like(motion.contacts)
    assert gait_of(replace(motion, contacts=both)) == []
    assert gait_of(standing(motion.time)) == []
    assert any("no gait" in note for note in measure(standing(motion.time)).notes)


def test_stepping_on_the_spot_is_no_walk():
    found = measure(stepping(6, right=0.3, left=-0.25))
    assert ("cadence", "") not in values(found.measures)
    assert any("no gait" in note for note in found.notes)


def test_irregular_steps_come_with_a_warning():
    regular = stepping(6)
    assert not any("irregular" in note for note in measure(regular).notes)
    time = np.where(regular.time < 1.6, 0.45 * regular.time, regular.time - 0.88)
    assert any("irregular" in note for note in measure(replace(regular, time=time)).notes)


def test_the_uncertainty_joins_joints_and_spread():
    exact = {(m.name, m.side): m for m in gait_of(stepping(8, 0.6, 0.6))}
    rough = {(m.name, m.side): m for m in gait_of(stepping(8, 0.6, 0.6, sigma=0.03))}
    assert exact["stride_length", "right"].uncertainty == pytest.approx(0, abs=1e-9)
    assert rough["stride_length", "right"].uncertainty == pytest.approx(0.03 * 2**0.5, abs=1e-9)
    assert rough["step_length", "left"].uncertainty == pytest.approx(0.03 * 2**0.5, abs=1e-9)
    # an event falls anywhere in 10 ms, and contacts miss it by 12 ms in recordings, by 40 ms in videos
    steps = exact["step_time", "left"]
    assert steps.uncertainty == pytest.approx(np.hypot(0.01 / 12**0.5, 0.012) * (2 / steps.count) ** 0.5)
    seen = rough["step_time", "left"]
    assert seen.uncertainty == pytest.approx(np.hypot(0.01 / 12**0.5, 0.04) * (2 / seen.count) ** 0.5)


def test_asymmetry_is_the_difference_over_the_mean():
    found = asymmetries(measure(stepping()))
    assert found["step_length"] == pytest.approx(100 * 0.1 / 0.6, abs=0.2)
    assert found["stride_time"] == pytest.approx(0, abs=1e-6)


def test_json_lists_events_in_order_with_definitions():
    motion = stepping(4)
    content = measures_json(motion, measure(motion, 0.02), None)
    times = [event["time_s"] for event in content["events"]]
    assert times == sorted(times) and len(times) == 8
    assert all(item["definition"] and item["source"] for item in content["measures"])
    length = next(item for item in content["measures"] if item["name"] == "stature")
    assert (length["unit"], length["uncertainty"]) == ("m", pytest.approx(0.02))


@pytest.fixture(scope="module")
def walk():
    path = DATA / "mocap" / "val" / "cmux_te_walking_7.bvh.gz"
    if not path.is_file():
        pytest.skip("shared mocap is not here")
    done = retarget(MODEL, read_clip(path))
    return motion_of(done.coordinates, done.times, person=done.person)


def test_a_recorded_walk_is_an_ordinary_walk(walk):
    found = measure(walk)
    number = values(found.measures)
    assert 95 < number["cadence", ""] < 125
    assert 0.03 < number["step_width", ""] < 0.2
    assert 10 < number["double_support", ""] < 30
    assert number["walking_speed", ""] == pytest.approx(number["com_speed", ""], rel=0.05)
    for side in ("right", "left"):
        assert 0.55 < number["step_length", side] < 0.85
        assert 55 < number["stance_share", side] < 65
        assert 45 < number["range_knee_angle", side] < 75
        assert 30 < number["range_hip_flexion", side] < 60
    assert not found.jumps and ("flights", "") not in number


def test_a_mirror_mirrors_the_numbers(walk):
    here, there = values(measure(walk).measures), values(measure(mirrored(walk)).measures)
    assert {(name, SWAP[side]) for name, side in here} == set(there)
    for (name, side), value in here.items():
        assert there[name, SWAP[side]] == pytest.approx(value, rel=1e-4, abs=1e-4), name
    uneven, swapped = asymmetries(measure(walk)), asymmetries(measure(mirrored(walk)))
    for name, percent in uneven.items():
        assert swapped[name] == pytest.approx(-percent, abs=0.05), name


def test_a_walk_on_a_treadmill_is_measured_over_its_belt(walk):
    q = walk.coordinates.copy()
    forward = np.polyfit(walk.time, q[:, -3:], 1)[0] * (1, 0, 1)
    q[:, -3:] -= walk.time[:, None] * forward
    still = replace(motion_of(q, walk.time), shape=walk.shape, log_lengths=walk.log_lengths, scale=walk.scale)
    found = measure(still)
    assert any("treadmill" in note for note in found.notes)
    here, there = values(found.measures), values(measure(walk).measures)
    assert here["walking_speed", ""] == pytest.approx(there["walking_speed", ""], rel=0.06)
    assert here["cadence", ""] == pytest.approx(there["cadence", ""], rel=0.03)


def test_events_agree_with_force_plates():
    folder = DATA / "biomech" / "opensim_core_walk3d"
    if not folder.is_dir():
        pytest.skip("shared recordings are not here")
    markers = read_trc(folder / "markers_walk.trc")
    solved = solve_ik(markers.positions, markers.names, markers.times)
    unknown = np.full((len(markers.times), 24), np.nan)
    recorded = Recorded("walk", markers.times, solved.person, solved.coordinates, unknown, solved.valid)
    stances, _ = foot_stances(motion_without_camera(MODEL, recorded))
    loads = read_loads(folder / "grf_walk.mot")
    found = 0
    for b, body in enumerate(loads.bodies):
        side = "right" if body.endswith("_r") else "left"
        loaded = np.flatnonzero(np.diff((loads.wrenches[:, b, 4] > 30).astype(int)))
        for sample in loaded:
            strike = loads.wrenches[sample + 1, b, 4] > 30
            own = [s.start if strike else s.end for s in stances if s.side == side]
            error = np.abs(np.array(own) - loads.times[sample]).min()
            assert error < (0.02 if strike else 0.035)
            found += 1
    assert found == 6
