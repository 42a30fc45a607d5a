"""Raised surfaces of the report page: what is one, how high it is, how far it reaches, and plain names."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reported_run import FRAMES, swaying_motion

from borelli.body.skeleton import skeleton
from borelli.motion.motion import Motion
from borelli.report.page_surfaces import bounding_rectangle, surface_entries
from borelli.report.plain_names import in_plain_words, plain_name

REACH = 0.3


def resting(places: dict[str, tuple[float, float, float]], frames: slice = slice(None)) -> Motion:
    """Only these contact points touch something, at (x, height, z), in some frames."""
    motion = swaying_motion()
    contacts = np.zeros_like(motion.contacts)
    points, support = motion.contact_places.copy(), np.zeros(contacts.shape)
    for name, (x, height, z) in places.items():
        column = motion.contact_names.index(name)
        contacts[frames, column] = 1.0
        points[:, column] = [x, height + 0.01, z]
        support[:, column] = height
    return replace(motion, contacts=contacts, contact_points=points, support=support)


def test_the_floor_is_no_raised_surface():
    assert surface_entries([swaying_motion()]) == []
    assert surface_entries([resting({"heel_medial_r": (0, 0.05, 0), "big_toe_r": (0.2, 0.06, 0)})]) == []


def test_a_motion_without_physics_has_none():
    assert surface_entries([replace(swaying_motion(), support=None)]) == []
    assert surface_entries([]) == []


def test_a_step_reaches_from_its_outermost_contacts_by_a_margin():
    (step,) = surface_entries([resting({"heel_medial_r": (1.0, 0.2, 0.0), "big_toe_r": (1.5, 0.22, 0.0)})])
    corners = np.array(step["corners"])
    assert step["height"] == pytest.approx(0.21, abs=0.03)
    assert corners.min(axis=0) == pytest.approx([1.0 - REACH, -REACH], abs=0.03)
    assert corners.max(axis=0) == pytest.approx([1.5 + REACH, REACH], abs=0.03)


def test_two_chairs_and_the_steps_of_a_stair_are_surfaces_of_their_own():
    seats = [resting({"buttock_r": (x, 0.45, 0.0), "heel_medial_r": (x, 0.0, 0.4)}) for x in (0.0, 3.0)]
    assert [one["height"] for one in surface_entries(seats)] == pytest.approx([0.45, 0.45])
    stair = {"heel_medial_r": (0.3, 0.17, 0.0), "heel_medial_l": (0.6, 0.34, 0.0), "palm_r": (0.6, 0.9, 0.3)}
    heights = sorted(one["height"] for one in surface_entries([resting(stair)]))
    assert heights == pytest.approx([0.17, 0.34, 0.9], abs=0.026)


def test_what_is_touched_for_a_moment_or_while_interpolated_is_not_drawn():
    brief = resting({"palm_r": (0.0, 1.0, 0.0)}, slice(10, 14))
    assert surface_entries([brief]) == []
    lasting = resting({"palm_r": (0.0, 1.0, 0.0)})
    assert len(surface_entries([lasting])) == 1
    assert surface_entries([replace(lasting, valid=np.zeros(FRAMES, dtype=bool))]) == []


@given(st.integers(0, 2**32 - 1), st.floats(0, np.pi))
def test_a_rectangle_holds_all_places_and_turns_with_them(seed: int, turn: float):
    places = np.random.default_rng(seed).uniform(-1, 1, (6, 2)) * [2.0, 0.5]
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = bounding_rectangle(places @ rotation.T, REACH)
    edges = np.roll(corners, -1, axis=0) - corners
    assert edges[0] @ edges[1] == pytest.approx(0, abs=1e-9)
    for corner, edge in zip(corners, edges, strict=True):
        inward = np.array([-edge[1], edge[0]]) / np.linalg.norm(edge)
        inward *= np.sign(inward @ (corners.mean(axis=0) - corner))
        assert ((places @ rotation.T - corner) @ inward).min() >= REACH - 1e-9
    area = np.prod(np.linalg.norm(edges[:2], axis=1))
    straight = np.prod(np.ptp(places, axis=0) + 2 * REACH)
    assert area <= 1.12 * straight


def test_every_coordinate_and_joint_has_a_plain_name():
    table = skeleton()
    names = [plain_name(name) for name in table.coordinate_names]
    assert len(set(names)) == len(names) and not any("_" in name for name in names)
    assert plain_name("mtp_angle_l") == "left toe flexion" and plain_name("radioulnar") == "forearm"
    assert all(plain_name(joint) for joint in table.joint_names)


def test_sentences_name_coordinates_in_plain_words_and_leave_the_rest():
    text = "hip_adduction_l needs 3 times, pro_sup_r 2; see person_0/motion.npz and force_at"
    said = "left hip adduction needs 3 times, right forearm pronation 2; see person_0/motion.npz and force_at"
    assert in_plain_words(text) == said
