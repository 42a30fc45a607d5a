"""The world of a result: hand-computed and invariant."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from synthetic_clip import T_CAMERA_WORLD, moving_coordinates

from borelli.body.kinematics import forward
from borelli.body.model import average_person, body_model
from borelli.pipeline.world import World, lowest_level, world_of


def world_from(coordinates: np.ndarray) -> World:
    model = body_model()
    pose = forward(model, average_person(), coordinates[:1])
    heading = coordinates[0, model.skeleton.coordinate("pelvis_rotation")]
    return world_of(pose.joints[0, 0], pose.rotations[0, 0], float(heading))


def test_who_faces_minus_z_at_a_known_place_faces_plus_x_over_the_origin() -> None:
    table = body_model().skeleton
    old = moving_coordinates(2, place_z=2.0, heading=np.pi / 2)
    old[:, table.coordinate("pelvis_tx")] = [1.0, 1.0]
    old[1, table.coordinate("pelvis_tz")] = 1.5  # half a metre ahead: +90 degrees about Y turns +X to -Z
    new = world_from(old).coordinates(old, table)
    np.testing.assert_allclose(new[:, table.coordinate("pelvis_rotation")], 0.0, atol=1e-12)
    np.testing.assert_allclose(new[:, -3:], [[0.0, 0.96, 0.0], [0.5, 0.96, 0.0]], atol=1e-12)


@given(st.floats(-3.1, 3.1), st.floats(-5, 5), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_points_and_camera_move_together(heading: float, right: float, tilt: float, lean: float) -> None:
    model = body_model()
    old = moving_coordinates(3, right, heading)
    old[:, 0], old[:, 1] = tilt, lean
    world = world_from(old)
    new = world.coordinates(old, model.skeleton)
    before = forward(model, average_person(), old)
    after = forward(model, average_person(), new)
    T_old, T_new = T_CAMERA_WORLD, world.camera(T_CAMERA_WORLD)
    seen_before = before.joints @ T_old[:3, :3].T + T_old[:3, 3]
    seen_after = after.joints @ T_new[:3, :3].T + T_new[:3, 3]
    np.testing.assert_allclose(seen_after, seen_before, atol=1e-9)
    facing = after.rotations[0, 0, :, 0]
    assert facing[0] > 0 and abs(facing[2]) < 1e-9
    np.testing.assert_allclose(after.joints[0, 0, [0, 2]], 0.0, atol=1e-9)
    np.testing.assert_allclose(after.joints[..., 1], before.joints[..., 1], atol=1e-9)


def test_who_lies_on_the_back_gets_the_heading_of_the_angles() -> None:
    old = moving_coordinates(1, heading=0.7)
    old[:, 0] = np.pi / 2
    new = world_from(old).coordinates(old, body_model().skeleton)
    assert abs(new[0, 2]) < 1e-9


def test_the_heading_of_the_first_frame_is_within_half_a_turn() -> None:
    old = moving_coordinates(2, heading=3.0)
    old[:, 2] += 4 * np.pi
    table = body_model().skeleton
    other = World(0.5, np.eye(4)).coordinates(old, table)
    np.testing.assert_allclose(other[:, 2], 3.5 - 2 * np.pi, atol=1e-9)


def test_the_floor_is_the_lowest_level_on_which_somebody_stands_for_a_while() -> None:
    floor, roof = np.full(40, -1.9), np.zeros(100)
    assert lowest_level([roof, np.r_[roof, floor]]) == -1.9
    assert lowest_level([np.r_[roof, -1.9]]) == 0.0  # one frame is an error
    assert lowest_level([roof - 0.2]) == 0.0  # as level as estimates get
    assert lowest_level([np.zeros(0)]) == 0.0


def test_a_lower_floor_raises_people_and_camera_alike() -> None:
    old = moving_coordinates(1)
    pose = forward(body_model(), average_person(), old)
    world = world_of(pose.joints[0, 0], pose.rotations[0, 0], 0.0, floor=-2.0)
    new = world.coordinates(old, body_model().skeleton)
    assert abs(new[0, -2] - 2.96) < 1e-12
    camera = world.camera(T_CAMERA_WORLD)
    assert abs(-(camera[:3, :3].T @ camera[:3, 3])[1] - 3.2) < 1e-12
