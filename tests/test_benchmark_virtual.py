"""The virtual camera delivers the noise it promises, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from borelli.body.kinematics import forward, place
from borelli.body.model import average_person, body_model
from borelli.body.stature import stature
from borelli.evaluation import hint_errors
from borelli.evaluation.hint_errors import perturbed_hints, wandering_rotation
from borelli.evaluation.virtual import (
    NOISE_PX,
    Scene,
    bursts,
    observe_scene,
    performed_by,
    random_camera,
    random_person,
)
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import make_evidence
from borelli.geometry.frames import camera_centre, transform_points
from borelli.perception.keypoint_sets import keypoint_set

MODEL = body_model()
TABLE = MODEL.skeleton
FRAMES = 200
KEYPOINTS = keypoint_set("blazepose33")
USED, POINTS = KEYPOINTS.on_body(MODEL)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Somebody who stands and slowly turns."""
    q = np.tile(TABLE.neutral, (FRAMES, 1))
    q[:, TABLE.coordinate("pelvis_rotation")] = np.linspace(0, 2, FRAMES)
    q[:, -2] = 0.9
    person = average_person(1.75)
    return Scene(np.arange(FRAMES) / 30, person, q, random_camera(MODEL, person, q, np.random.default_rng(3)))


def body_in_camera(scene: Scene) -> np.ndarray:
    assert scene.camera.T_camera_world is not None
    world = place(forward(MODEL, scene.person, scene.coordinates), POINTS, MODEL, scene.person)
    return transform_points(scene.camera.T_camera_world, world)


def test_the_camera_stands_where_it_should_and_sees_the_person(scene: Scene) -> None:
    T = scene.camera.T_camera_world
    assert T is not None
    np.testing.assert_allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(T[:3, :3]) == pytest.approx(1.0)
    assert 0.8 <= camera_centre(T)[1] <= 1.8
    assert T[1, 1] < -0.9, "the picture is upright"
    pixels = scene.camera.project(body_in_camera(scene))
    inside = ((pixels > 0) & (pixels < [1920, 1080])).all(axis=-1)
    assert inside.mean() > 0.95


def test_noise_gaps_and_outliers_have_the_stated_size(scene: Scene) -> None:
    track = observe_scene(MODEL, scene, np.random.default_rng(0)).tracks[0]
    error = track.keypoints[:, USED, :2] - scene.camera.project(body_in_camera(scene))
    seen = track.keypoints[:, USED, 2] > 0
    assert np.isnan(track.keypoints[..., :2][track.keypoints[..., 2] == 0]).all()
    assert 0.05 < 1 - seen.mean() < 0.2
    clean = error[seen]
    assert 1.4826 * np.median(np.abs(clean)) == pytest.approx(NOISE_PX, rel=0.15)
    assert 0.01 < np.mean(np.linalg.norm(clean, axis=1) > 6 * NOISE_PX) < 0.08
    sd = np.sqrt(track.covariance[0, 0, 0, 0] * EstimatorConfig().heatmap_variance)
    assert sd == pytest.approx(NOISE_PX)


def test_evidence_turns_the_hints_to_the_true_directions(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hint_errors, "ERROR_DEG", 0.0)
    seen = observe_scene(MODEL, scene, np.random.default_rng(0))
    camera = replace(scene.camera, T_camera_world=None)
    evidence = make_evidence(MODEL, seen.tracks[0], seen.times, KEYPOINTS, camera, EstimatorConfig())
    body = body_in_camera(scene)
    bones = body[:, evidence.bones[:, 1]] - body[:, evidence.bones[:, 0]]
    bones /= np.linalg.norm(bones, axis=-1, keepdims=True)
    known = np.isfinite(evidence.direction_sd)
    np.testing.assert_allclose(evidence.directions[known], bones[known], atol=1e-9)


def test_bones_are_off_by_twenty_degrees_and_keep_their_length(scene: Scene) -> None:
    rng, body = np.random.default_rng(1), body_in_camera(scene)
    names = tuple(KEYPOINTS.keypoints[i] for i in USED)
    knee, hip = names.index("left_knee"), names.index("left_hip")
    true = body[:, knee] - body[:, hip]
    squares = []
    for _ in range(60):
        hints = perturbed_hints(body, names, scene.times, rng)
        guess = hints[:, knee] - hints[:, hip]
        np.testing.assert_allclose(np.linalg.norm(guess, axis=1), np.linalg.norm(true, axis=1))
        cosine = np.sum(guess * true, axis=1) / np.sum(true * true, axis=1)
        squares.append(np.mean(np.arccos(np.clip(cosine, -1, 1)) ** 2))
    assert np.degrees(np.sqrt(np.mean(squares))) == pytest.approx(20.0, rel=0.15)


def test_errors_of_hints_change_slowly() -> None:
    turns = wandering_rotation(np.arange(300) / 30, np.random.default_rng(0))
    step = np.degrees((turns[:-1].inv() * turns[1:]).magnitude())
    assert 0.5 < np.median(step) < 10.0


def test_bursts_have_their_share_and_length() -> None:
    found = bursts(4000, 20, 0.1, 9.0, np.random.default_rng(0))
    assert found.mean() == pytest.approx(0.1, abs=0.015)
    starts = np.sum(found[1:] & ~found[:-1])
    assert found.sum() / starts == pytest.approx(9.0, rel=0.15)


def test_people_are_plausible_and_take_steps_of_their_size() -> None:
    rng = np.random.default_rng(5)
    people = [random_person(MODEL, rng) for _ in range(20)]
    assert all(1.55 <= stature(MODEL, person) <= 1.92 for person in people)
    q = np.tile(TABLE.neutral, (2, 1))
    q[1, -3] = 1.0
    small, tall = average_person(1.6), average_person(1.8)
    scaled = performed_by(MODEL, tall, small, q)
    assert scaled[1, -3] == pytest.approx(1.8 / 1.6)
    np.testing.assert_array_equal(scaled[:, :-3], q[:, :-3])


def test_the_same_seed_gives_the_same_observations(scene: Scene) -> None:
    a, b = (observe_scene(MODEL, scene, np.random.default_rng(9)).tracks[0] for _ in range(2))
    np.testing.assert_array_equal(a.keypoints, b.keypoints)
    assert a.hints is not None and b.hints is not None
    np.testing.assert_array_equal(a.hints, b.hints)
