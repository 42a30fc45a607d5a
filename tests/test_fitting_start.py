"""Where the estimator starts: trunk angles, placing on the rays, bending to exact hints."""

from dataclasses import replace

import numpy as np
import pytest
from fitting_clip import (
    JOINTS,
    LOOKING_FORWARD,
    MODEL,
    TABLE,
    camera,
    evidence_of,
    level_camera_pose,
    observed,
    smooth_motion,
    standing_motion,
    world_points,
)
from hypothesis import given
from hypothesis import strategies as st

from borelli.body.kinematics import forward
from borelli.body.model import average_person
from borelli.fitting.camera_state import CameraState
from borelli.fitting.regular import regular_terms
from borelli.fitting.start import placed, start_from_hints, trunk_angles
from borelli.fitting.state import State

angles = st.floats(-1.4, 1.4)


@given(angles, angles, st.floats(-3.1, 3.1), st.floats(-2, 2))
def test_trunk_angles_and_forward_kinematics_round_trip(
    tilt: float, bending: float, rotation: float, lean: float
) -> None:
    q = np.zeros((1, 49))
    q[0, :3] = tilt, bending, rotation
    R = forward(MODEL, average_person(), q).rotations[:, 0]
    right, up = R[..., 2], R[..., 1]
    found = trunk_angles(3 * right, 0.5 * up + lean * right)
    q[:, :3] = found
    np.testing.assert_allclose(forward(MODEL, average_person(), q).rotations[:, 0], R, atol=1e-9)
    np.testing.assert_allclose(found, [[tilt, bending, rotation]], atol=1e-6)


def test_upright_trunk_facing_forward_has_zero_angles() -> None:
    np.testing.assert_allclose(trunk_angles(np.array([[0, 0, 1.0]]), np.array([[0, 1.0, 0]])), 0, atol=1e-12)


@pytest.mark.parametrize("unknowns", [[0.0, 0, 0, 0], [0.2, 0.1, -0.05, 0.3]])
def test_placed_is_exact_for_exact_keypoints(unknowns: list[float]) -> None:
    state_camera = CameraState(level_camera_pose(), np.array(unknowns))
    q = smooth_motion(1, 8)
    q[:, -3:] = [0.3, 0.9, -0.4]
    clip = observed(q, 1.6, level_camera_pose())
    seen = state_camera.to_camera(world_points(clip.person, q, evidence_of(clip, camera()).points))
    evidence = replace(evidence_of(clip, camera()), image=state_camera.image(seen))
    lost = q.copy()
    lost[:, -3:] = [5.0, -3.0, 1.0]
    found = placed(MODEL, evidence, State(lost, clip.person, state_camera))
    np.testing.assert_allclose(found.coordinates, q, atol=1e-5)


def test_placed_follows_steady_motion_and_bridges_frames_without_keypoints() -> None:
    q = smooth_motion(2, 21)
    q[:, -3:] = np.array([0, 0.95, 0]) + np.outer(np.arange(21) / 30, [0.5, 0.0, 1.0])
    clip = observed(q)
    keypoints = clip.track.keypoints.copy()
    keypoints[8:12] = [np.nan, np.nan, 0.0]
    evidence = evidence_of(replace(clip, track=replace(clip.track, keypoints=keypoints)), camera())
    state = State(q, clip.person, CameraState(LOOKING_FORWARD, np.zeros(4)))
    found = placed(MODEL, evidence, state).coordinates[:, -3:]
    np.testing.assert_allclose(found[4:-4], q[4:-4, -3:], atol=1e-5)


def test_placed_takes_a_single_wild_frame_back_to_its_neighbours() -> None:
    q = standing_motion(3, 15)
    clip = observed(q)
    keypoints = clip.track.keypoints.copy()
    keypoints[7, :, :2] = 640 + 4 * (keypoints[7, :, :2] - 640)
    evidence = evidence_of(replace(clip, track=replace(clip.track, keypoints=keypoints)), camera())
    found = placed(MODEL, evidence, State(q, clip.person, CameraState(LOOKING_FORWARD, np.zeros(4))))
    np.testing.assert_allclose(found.coordinates[7, -3:], q[7, -3:], atol=0.01)


@pytest.mark.parametrize("heading", [0.0, 1.5, 3.0, -2.0])
def test_start_from_exact_hints_is_near_the_truth_whatever_the_heading(heading: float) -> None:
    q = smooth_motion(4, 10)
    q[:, TABLE.coordinate("pelvis_rotation")] += heading
    clip = observed(q)
    evidence = evidence_of(clip, camera(LOOKING_FORWARD))
    state_camera = CameraState(LOOKING_FORWARD, np.zeros(4))
    regular = regular_terms(TABLE, clip.times)
    found = start_from_hints(MODEL, evidence, clip.person, state_camera, regular)
    error = world_points(clip.person, found.coordinates, JOINTS) - world_points(clip.person, q, JOINTS)
    limbs = [
        TABLE.segment(f"{name}_{s}") for name in ("femur", "tibia", "talus", "ulna", "hand") for s in "rl"
    ]
    assert np.linalg.norm(error[:, limbs], axis=-1).max() < 0.12
    relative = error - error[:, :1]
    assert np.linalg.norm(relative[:, limbs], axis=-1).mean() < 0.04
