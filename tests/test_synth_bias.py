"""Offsets of a detector: recovered from made-up detections, and measured on rendered people."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from borelli.body.kinematics import forward, place
from borelli.body.model import body_model
from borelli.errors import BorelliError
from borelli.evaluation.benchmark.detector import SET, SetMeasured, bias_markdown, observe_set, summary
from borelli.evaluation.keypoint_bias import Sighting, keypoint_bias
from borelli.evaluation.virtual import random_person
from borelli.geometry.frames import transform_points
from borelli.perception.blazepose import BlazePose
from borelli.perception.keypoint_sets import keypoint_set
from borelli.training.synth.camera import random_camera
from borelli.training.synth.config import SynthConfig
from borelli.training.synth.generate import write_set
from borelli.training.synth.movement import random_motion
from borelli.training.synth.scene import body_extent

MODEL = body_model()
TRUE = {"knee": (-0.02, -0.03, 0.005), "nose": (0.01, 0.02, 0.0), "ankle": (0.0, 0.03, 0.01)}
NOISE_PX = 2.0


def planted(seed: int, blunders: float = 0.0) -> Sighting:
    """A person whose keypoints a detector sees with the offsets TRUE, zero elsewhere, and noise."""
    rng = np.random.default_rng(seed)
    keypoints = keypoint_set(SET)
    offsets = np.zeros_like(keypoints.offsets)
    for i, name in enumerate(keypoints.keypoints):
        for part, offset in TRUE.items():
            if name.endswith(part):
                offsets[i] = np.array(offset) * ([1, 1, -1] if name.startswith("left") else [1, 1, 1])
    person, times = random_person(MODEL, rng), np.arange(40) / 10
    q = random_motion(MODEL, person, times, rng)
    camera = random_camera(body_extent(MODEL, person, q), (640, 480), False, rng)
    index, points = replace(keypoints, offsets=offsets).on_body(MODEL)
    world = place(forward(MODEL, person, q), points, MODEL, person)
    assert camera.T_camera_world is not None
    seen = camera.project(transform_points(camera.T_camera_world, world))
    detected = np.full((40, 33, 2), np.nan)
    detected[:, index] = seen + rng.normal(0.0, NOISE_PX, seen.shape)
    wrong = rng.random((40, 33)) < blunders
    detected[wrong] += 150.0
    T = np.tile(camera.T_camera_world, (40, 1, 1))
    return Sighting(person, q, camera.K, T, detected, np.isfinite(detected[..., 0]))


def test_planted_offsets_are_recovered_within_their_standard_errors() -> None:
    found = {b.keypoint: b for b in keypoint_bias(MODEL, keypoint_set(SET), [planted(s) for s in range(16)])}
    for name, bias in found.items():
        error = bias.offset - TRUE.get(name, (0.0, 0.0, 0.0))
        assert np.abs(error).max() < 0.003, name
        assert np.abs(error / bias.standard_error).max() < 5.0, name
        assert 0.003 < bias.jitter < 0.03 and abs(bias.spread / bias.jitter - 1) < 0.3
    np.testing.assert_array_equal(found["ankle"].registered, [0.005, 0.027, 0.0])
    assert found["knee"].samples == 2 * 16 * 40 and found["nose"].samples == 16 * 40


def test_blunders_are_counted_and_do_not_pull() -> None:
    sightings = [planted(seed, blunders=0.05) for seed in range(12)]
    knee = next(b for b in keypoint_bias(MODEL, keypoint_set(SET), sightings) if b.keypoint == "knee")
    assert np.abs(knee.offset - TRUE["knee"]).max() < 0.006
    assert 0.02 < knee.blunders < 0.08


def test_unused_keypoints_do_not_count() -> None:
    sightings = []
    for seed in range(4):
        sighting = planted(seed)
        used = sighting.used.copy()
        used[:, 25:27] = False
        sightings.append(replace(sighting, used=used))
    assert "knee" not in {b.keypoint for b in keypoint_bias(MODEL, keypoint_set(SET), sightings)}


def test_a_set_without_finds_is_a_skipped_row() -> None:
    rows = summary(SetMeasured(frames=10, found=0, biases=[]))
    assert [row.value for row in rows] == [None] and "found nobody" in rows[0].note


def test_the_detector_finds_rendered_people(tmp_path: Path) -> None:
    try:
        BlazePose()
    except BorelliError as error:
        pytest.skip(str(error))
    config = SynthConfig(frames=8, fps=8.0, size="320x240", occluded=0.0, crowded=0.0, cropped=0.0)
    measured = observe_set(write_set(tmp_path, 2, config), None)
    assert measured.frames >= 12 and measured.found > 0.8 * measured.frames
    wrist = next(bias for bias in measured.biases if bias.keypoint == "wrist")
    assert wrist.samples > 10 and np.linalg.norm(wrist.offset) < 0.05
    assert "| wrist |" in bias_markdown(measured.biases)
    rows = {row.name: row.value for row in summary(measured)}
    assert rows["frames in which the person is found"] == 100 * measured.found / measured.frames
