"""Which first guess a run starts from, and what is said when there is none to be had."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from borelli.body.model import body_model
from borelli.body.stature import person_of_stature
from borelli.errors import BorelliError
from borelli.evaluation.virtual import Scene, observe_scene, random_camera
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.estimator import Subject, estimate
from borelli.fitting.evidence import Evidence, make_evidence
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import silent
from borelli.pipeline.first_guess import Seen, with_first_guesses

MODEL = body_model()


@pytest.fixture(scope="module")
def clip() -> tuple[Seen, Evidence]:
    """A person who stands and waves, seen by a camera whose pose is not told."""
    rng, times = np.random.default_rng(0), np.arange(30) / 30
    q = np.tile(MODEL.skeleton.neutral, (30, 1))
    q[:, MODEL.skeleton.coordinate("arm_add_r")] = -1.2 + 0.4 * np.sin(6 * times)
    q[:, -2] = 0.95
    person = person_of_stature(MODEL, 1.75)
    camera = random_camera(MODEL, person, q, rng)
    observed = observe_scene(MODEL, Scene(times, person, q, camera), rng)
    blind = replace(camera, T_camera_world=None)
    keypoints = keypoint_set(observed.keypoint_set)
    evidence = make_evidence(MODEL, observed.tracks[0], times, keypoints, blind, EstimatorConfig())
    return Seen(times, observed.tracks, blind), evidence


def guessed(clip: tuple[Seen, Evidence], **choice: object) -> Evidence:
    seen, evidence = clip
    config = replace(RunConfig(), **choice)
    return with_first_guesses(MODEL, [evidence], seen, config, None, silent)[0]


def test_the_lifter_that_comes_with_the_program_is_the_default(clip: tuple[Seen, Evidence]) -> None:
    learned = guessed(clip).learned
    assert learned is not None
    assert learned.directions.shape == (30, len(clip[1].bones), 3)
    known = np.any(learned.sqrt_information != 0, axis=(2, 3))
    assert known.all()
    assert np.linalg.norm(learned.directions, axis=-1) == pytest.approx(np.ones(known.shape))


def test_without_a_lifter_there_is_no_guess(clip: tuple[Seen, Evidence]) -> None:
    assert guessed(clip, lifter="none").learned is None


def test_a_file_that_is_no_lifter_is_refused_by_name(clip: tuple[Seen, Evidence], tmp_path: Path) -> None:
    wrong = tmp_path / "mine.onnx"
    wrong.write_bytes(b"nothing")
    with pytest.raises(BorelliError, match=r"mine\.onnx is not a lifter.*--lifter hsmr"):
        guessed(clip, checkpoint=wrong)
    with pytest.raises(BorelliError, match=r"gone\.onnx: no such lifter"):
        guessed(clip, checkpoint=tmp_path / "gone.onnx")


def test_a_network_that_looks_at_pictures_needs_them(clip: tuple[Seen, Evidence], tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="needs the video"):
        guessed(clip, lifter="hsmr", checkpoint=tmp_path / "hsmr.ckpt")


def test_a_long_clip_is_estimated_in_windows_that_share_the_guess(clip: tuple[Seen, Evidence]) -> None:
    seen, _ = clip
    config = EstimatorConfig(window=12, overlap=4)
    found = estimate(MODEL, [Subject(guessed(clip), 1.75)], seen.camera, config)[0]
    assert found.state.coordinates.shape == (30, 49)
    assert np.isfinite(found.joint_sigma).all()
