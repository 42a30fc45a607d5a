"""From tracks to evidence: rays, units, bones, and what missing points become."""

from dataclasses import replace

import numpy as np
import pytest
from fitting_clip import LOOKING_FORWARD, MODEL, K, camera, evidence_of, observed, smooth_motion, world_points
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import strictly_increasing, turn_to_rays

CONFIG = EstimatorConfig(heatmap_variance=0.25, hint_sd=0.6)
CLIP = observed(smooth_motion(0, 4))


def turned(column: float, row: float, hints: np.ndarray) -> np.ndarray:
    """Hints (M, 3) of somebody all of whose keypoints are at one place of the image."""
    image = np.tile([column, row], (1, len(hints), 1))
    return turn_to_rays(hints[None], image, np.ones((1, len(hints))))[0]


def test_somebody_on_the_optical_axis_keeps_the_hints() -> None:
    hints = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(turned(0.0, 0.0, hints), hints)


@pytest.mark.parametrize("degrees", [20.0, -20.0, 50.0])
def test_somebody_off_axis_is_turned_by_that_angle(degrees: float) -> None:
    angle = np.radians(degrees)
    depth, right, down = turned(np.tan(angle), 0.0, np.eye(3)[[2, 0, 1]])
    np.testing.assert_allclose(depth, [np.sin(angle), 0, np.cos(angle)], atol=1e-12)
    np.testing.assert_allclose(right, [np.cos(angle), 0, -np.sin(angle)], atol=1e-12)
    np.testing.assert_allclose(down, [0, 1, 0], atol=1e-12)
    depth, right, down = turned(0.0, np.tan(angle), np.eye(3)[[2, 0, 1]])
    np.testing.assert_allclose(depth, [0, np.sin(angle), np.cos(angle)], atol=1e-12)
    np.testing.assert_allclose(right, [1, 0, 0], atol=1e-12)


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_turning_is_the_shortest_rotation_onto_the_ray(column: float, row: float) -> None:
    R = turned(column, row, np.eye(3)).T
    ray = np.array([column, row, 1.0]) / np.linalg.norm([column, row, 1.0])
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(R @ [0, 0, 1], ray, atol=1e-12)
    assert Rotation.from_matrix(R).magnitude() == pytest.approx(np.arccos(ray[2]), abs=1e-7)


def test_points_nobody_saw_do_not_move_the_ray() -> None:
    image = np.array([[[0.0, 0.0], [0.0, 0.0], [3.0, 3.0]]])
    hints = np.random.default_rng(1).normal(size=(1, 3, 3))
    found = turn_to_rays(hints, image, np.array([[1.0, 0.5, 0.0]]))
    np.testing.assert_allclose(found, hints, atol=1e-6)


def test_exact_hints_become_the_true_directions_of_bones() -> None:
    evidence = evidence_of(CLIP, camera())
    points = world_points(CLIP.person, CLIP.coordinates, evidence.points)
    points = points @ LOOKING_FORWARD[:3, :3].T
    bones = points[:, evidence.bones[:, 1]] - points[:, evidence.bones[:, 0]]
    expected = bones / np.linalg.norm(bones, axis=-1, keepdims=True)
    np.testing.assert_allclose(evidence.directions, expected, atol=1e-6)


def test_image_coordinates_are_rays_and_covariance_is_scaled_by_the_focal_length() -> None:
    evidence = evidence_of(CLIP, camera(), CONFIG)
    used = [i for i, name in enumerate(evidence.names) if name == "left_knee"]
    points = world_points(CLIP.person, CLIP.coordinates, evidence.points)
    points = points @ LOOKING_FORWARD[:3, :3].T + LOOKING_FORWARD[:3, 3]
    np.testing.assert_allclose(evidence.image, points[..., :2] / points[..., 2:], atol=1e-12)
    np.testing.assert_allclose(evidence.covariance[0, used[0]], 0.25 * np.eye(2) / K[0, 0] ** 2)
    assert evidence.frames == 4
    assert evidence.index("left_knee") == used[0]
    assert evidence.index("tail") is None


def test_missing_points_have_no_confidence_no_direction_and_no_nan() -> None:
    keypoints = CLIP.track.keypoints.copy()
    keypoints[1, 25] = [np.nan, np.nan, 0.9]
    keypoints[2, 25] = [np.nan, np.nan, 0.0]
    evidence = evidence_of(replace(CLIP, track=replace(CLIP.track, keypoints=keypoints)), camera())
    knee = evidence.index("left_knee")
    assert knee is not None
    np.testing.assert_array_equal(evidence.confidence[:, knee] > 0, [True, False, False, True])
    assert all(np.isfinite(a).all() for a in (evidence.image, evidence.covariance, evidence.directions))
    touching = np.any(evidence.bones == knee, axis=1)
    assert np.isinf(evidence.direction_sd[1:3, touching]).all()
    assert np.isfinite(evidence.direction_sd[1:3, ~touching]).all()


def test_confidence_and_repaired_sides_set_the_weight_of_directions() -> None:
    keypoints = CLIP.track.keypoints.copy()
    keypoints[0, :, 2] *= 0.25 / 0.95
    swapped = np.array([False, False, True, False])
    track = replace(CLIP.track, keypoints=keypoints, swapped=swapped)
    sd = evidence_of(replace(CLIP, track=track), camera(), CONFIG).direction_sd
    np.testing.assert_allclose(sd[0] / sd[1], np.sqrt(0.95 / 0.25))
    np.testing.assert_allclose(sd[2] / sd[1], 2.0)
    assert sd[1].min() == pytest.approx(0.6 / np.sqrt(0.95))


def test_without_hints_no_direction_is_known() -> None:
    evidence = evidence_of(replace(CLIP, track=replace(CLIP.track, hints=None)), camera())
    assert evidence.hints is None
    assert np.isinf(evidence.direction_sd).all()
    assert not evidence.directions.any()


def test_bones_join_points_of_one_side_or_the_two_hips_and_shoulders() -> None:
    evidence = evidence_of(CLIP, camera())
    pairs = {tuple(evidence.names[i] for i in pair) for pair in evidence.bones}
    assert len(pairs) == len(evidence.bones)
    assert {("left_hip", "right_hip"), ("left_hip", "left_knee"), ("right_elbow", "right_wrist")} <= pairs
    crossing = {p for p in pairs if {n.split("_")[0] for n in p} == {"left", "right"}}
    assert crossing == {("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")}


def test_evidence_speaks_only_about_points_of_the_body() -> None:
    evidence = evidence_of(CLIP, camera())
    assert len(evidence.names) == len(evidence.points.segments) == evidence.image.shape[1]
    assert np.isfinite(evidence.spread).all()
    assert evidence.points.segments.max() < len(MODEL.skeleton.segment_names)


def test_repeated_and_reversed_timestamps_are_moved_behind_the_one_before() -> None:
    fixed = strictly_increasing(np.array([0.0, 0.04, 0.04, 0.03, 0.10]))
    np.testing.assert_allclose(fixed, [0.0, 0.04, 0.041, 0.042, 0.10])
