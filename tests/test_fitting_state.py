"""Shared unknowns by name, and what the terms read from a state."""

import numpy as np
import pytest
from fitting_clip import BORDER, EVERYTHING, MODEL, TABLE, camera_state, free_to_move, world_points
from hypothesis import given
from hypothesis import strategies as st

from borelli.body.model import Person
from borelli.body.skeleton import LENGTH_GROUPS
from borelli.fitting.camera_state import CAMERA_UNKNOWNS
from borelli.fitting.state import State, View, border_names


def random_state(seed: int) -> State:
    rng = np.random.default_rng(seed)
    person = Person(rng.normal(size=MODEL.shape_size), rng.normal(0, 0.1, 10), rng.uniform(0.9, 1.1))
    return State(rng.normal(0, 0.5, (2, 49)), person, camera_state(unknowns=rng.normal(0, 0.1, 4)))


def test_border_names_are_scale_lengths_shape_camera() -> None:
    names = border_names(3)
    assert names[0] == "scale"
    assert names[1:11] == tuple(f"length_{group}" for group in LENGTH_GROUPS)
    assert names[11:14] == ("shape_0", "shape_1", "shape_2")
    assert names[14:] == CAMERA_UNKNOWNS == ("log_focal", "pitch", "roll", "height")


@given(st.integers(0, 2**32 - 1))
def test_a_step_adds_to_every_unknown_and_back_again_returns(seed: int) -> None:
    state, rng = random_state(seed), np.random.default_rng(seed)
    step, border_step = rng.normal(size=(2, 49)), rng.normal(0, 0.1, len(BORDER))
    ahead = state.moved(step, border_step)
    np.testing.assert_allclose(ahead.border(), state.border() + border_step, atol=1e-12)
    np.testing.assert_allclose(ahead.coordinates, state.coordinates + step)
    back = ahead.moved(-step, -border_step)
    np.testing.assert_allclose(back.border(), state.border(), atol=1e-12)
    assert back.person.scale == pytest.approx(state.person.scale)


def test_border_step_by_name_reaches_the_right_unknown() -> None:
    state = random_state(1)

    def stepped(name: str) -> State:
        return state.moved(np.zeros((2, 49)), 0.1 * free_to_move(name))

    assert stepped("scale").person.scale == pytest.approx(state.person.scale * np.exp(0.1))
    thigh = LENGTH_GROUPS.index("thigh")
    longer = stepped("length_thigh").person.log_lengths - state.person.log_lengths
    np.testing.assert_allclose(longer, 0.1 * np.eye(10)[thigh], atol=1e-12)
    assert stepped("shape_2").person.shape[2] == pytest.approx(state.person.shape[2] + 0.1)
    assert stepped("roll").camera.unknowns[2] == pytest.approx(state.camera.unknowns[2] + 0.1)


def test_view_gives_points_in_world_and_camera() -> None:
    state = random_state(2)
    view = View(MODEL, EVERYTHING, state)
    world = world_points(state.person, state.coordinates)
    np.testing.assert_allclose(view.world, world)
    np.testing.assert_allclose(view.camera, state.camera.to_camera(world))


def test_unknowns_that_are_held_have_no_column() -> None:
    free = np.flatnonzero(free_to_move("scale", "pitch"))
    view = View(MODEL, EVERYTHING, random_state(3), free)
    count = len(TABLE.coordinate_names)
    assert view.column("pitch") == count + 1
    assert view.column("log_focal") is None
    assert view.world_jacobian.shape[-1] == count + 2
