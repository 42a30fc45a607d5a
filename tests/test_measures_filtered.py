"""Filtering is explicit: what passes, what does not, what is kept and what is left out."""

from dataclasses import replace

import numpy as np
import pytest
from measured_motion import MODEL, RATE, TABLE, motion_of, standing

from borelli.body.kinematics import forward
from borelli.body.model import average_person
from borelli.errors import BorelliError
from borelli.measures.filtered import filter_note, filtered

TIMES = np.arange(400) / RATE
KNEE = TABLE.coordinate("knee_angle_r")
INSIDE = slice(100, 300)


def shaking(slow: float = 0.3, fast: float = 0.05):
    """A knee that swings at 1 Hz and trembles at 30 Hz, radians."""
    q = standing(TIMES).coordinates.copy()
    q[:, KNEE] = 0.6 + slow * np.sin(2 * np.pi * TIMES) + fast * np.sin(2 * np.pi * 30 * TIMES)
    return motion_of(q, TIMES)


def test_slow_motion_passes_without_delay_and_tremor_does_not():
    found = filtered(shaking(), 6.0)
    wanted = 0.6 + 0.3 * np.sin(2 * np.pi * TIMES)
    np.testing.assert_allclose(found.coordinates[INSIDE, KNEE], wanted[INSIDE], atol=1e-3)


def test_the_gain_at_the_cut_off_is_three_decibels():
    q = standing(TIMES).coordinates.copy()
    q[:, KNEE] = 0.6 + 0.2 * np.sin(2 * np.pi * 6 * TIMES)
    found = filtered(motion_of(q, TIMES), 6.0).coordinates[INSIDE, KNEE]
    assert (found.max() - found.min()) / 0.4 == pytest.approx(2**-0.5, abs=0.02)


def test_joints_and_landmarks_follow_and_the_raw_motion_stays():
    motion = shaking()
    before = motion.coordinates.copy()
    found = filtered(motion, 6.0)
    pose = forward(MODEL, average_person(1.75), found.coordinates)
    np.testing.assert_allclose(found.joints, pose.joints, atol=1e-12)
    np.testing.assert_array_equal(motion.coordinates, before)
    heel = motion.landmark_names.index("heel_r")
    assert np.abs(found.landmarks[:, heel] - motion.landmarks[:, heel]).max() > 0.005
    assert np.shares_memory(found.contacts, motion.contacts)


def test_joints_in_the_camera_stay_those_of_the_camera():
    T = np.tile(np.eye(4), (len(TIMES), 1, 1))
    T[:, :3, 3] = [0.1, 0.2, 4.0]
    found = filtered(replace(shaking(), T_camera_world=T), 6.0)
    np.testing.assert_allclose(found.joints_camera, found.joints + T[0, :3, 3], atol=1e-12)


def test_gaps_are_neither_bridged_nor_filtered_and_stay_marked():
    motion = shaking()
    valid = np.ones(len(TIMES), dtype=bool)
    valid[180:220] = False
    q = motion.coordinates.copy()
    q[~valid, KNEE] = 99.0
    broken = replace(motion, coordinates=q, valid=valid)
    found = filtered(broken, 6.0)
    np.testing.assert_array_equal(found.valid, valid)
    np.testing.assert_array_equal(found.coordinates[~valid], q[~valid])
    assert np.abs(found.coordinates[valid, KNEE]).max() < 1.0
    alone = filtered(motion_of(motion.coordinates[:180], TIMES[:180]), 6.0)
    np.testing.assert_allclose(found.coordinates[:180], alone.coordinates, atol=1e-12)


def test_a_heading_that_wraps_is_not_smeared():
    q = standing(TIMES).coordinates.copy()
    heading = TABLE.coordinate("pelvis_rotation")
    turning = np.linspace(0, 3 * np.pi, len(TIMES))
    q[:, heading] = np.angle(np.exp(1j * turning))
    found = filtered(motion_of(q, TIMES), 6.0).coordinates[:, heading]
    np.testing.assert_allclose(found[INSIDE], turning[INSIDE], atol=1e-6)


def test_forces_of_the_unfiltered_motion_are_left_out():
    motion = shaking()
    load = np.zeros((*motion.contacts.shape, 3))
    found = filtered(replace(motion, forces=load, support=load[..., 0], contact_points=load), 6.0)
    assert found.forces is None and found.contact_points is None and found.support is None


@pytest.mark.parametrize("hz", [0.0, -1.0, 50.0, 80.0, float("nan")])
def test_a_cut_off_out_of_range_is_refused(hz):
    with pytest.raises(BorelliError, match="half the frame rate of 100 Hz; 6 is usual"):
        filtered(shaking(), hz)


def test_the_note_states_order_phase_and_cut_off():
    assert filter_note(6.0) == (
        "coordinates filtered: Butterworth, 4th order, zero phase, -3 dB at 6 Hz; gaps not bridged"
    )
