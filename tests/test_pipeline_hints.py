"""Hints borrowed from the detector for keypoints made elsewhere."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic_clip import make_video, observe_motion

from borelli.errors import BorelliError
from borelli.motion.motion import load_motion
from borelli.motion.observations import Observations
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.config import RunConfig
from borelli.pipeline.hints import with_hints
from borelli.pipeline.run import run_one

TIMES = np.arange(4) / 30


def as_coco(seen: Observations) -> Observations:
    """The same people with the keypoints of a COCO detector and no hints, in reverse order."""
    names, known = keypoint_set("coco17").keypoints, keypoint_set("blazepose33").keypoints
    pick = [known.index(name) for name in names]
    tracks = [
        replace(t, keypoints=t.keypoints[:, pick], covariance=t.covariance[:, pick], hints=None)
        for t in seen.tracks[::-1]
    ]
    return replace(seen, keypoint_set="coco17", tracks=tuple(tracks))


def test_everybody_gets_the_hints_of_the_person_in_the_same_place() -> None:
    seen = observe_motion(TIMES, (-0.5, 0.5))
    result = with_hints(as_coco(seen), seen)
    knee = keypoint_set("coco17").keypoints.index("left_knee")
    same = keypoint_set("blazepose33").keypoints.index("left_knee")
    for given, detected in zip(result.tracks, seen.tracks[::-1], strict=True):
        assert given.hints is not None and detected.hints is not None
        np.testing.assert_allclose(given.hints[:, knee], detected.hints[:, same])


def test_frames_in_which_the_detector_sees_nobody_have_no_hints() -> None:
    seen = observe_motion(TIMES)
    keypoints = seen.tracks[0].keypoints.copy()
    keypoints[2, :, 2] = 0.0
    detected = replace(seen, tracks=(replace(seen.tracks[0], keypoints=keypoints),))
    hints = with_hints(as_coco(seen), detected).tracks[0].hints
    assert hints is not None
    assert np.isfinite(hints[[0, 1, 3]]).any(axis=(1, 2)).all() and not np.isfinite(hints[2]).any()


def test_keypoints_of_another_picture_are_refused() -> None:
    seen = observe_motion(TIMES)
    moved = as_coco(seen)
    keypoints = moved.tracks[0].keypoints + np.array([60.0, 0.0, 0.0])
    moved = replace(moved, tracks=(replace(moved.tracks[0], keypoints=keypoints),))
    with pytest.raises(BorelliError, match="nowhere near a person"):
        with_hints(moved, seen)


def test_a_file_without_any_detected_person_is_used_without_3d_cues_and_says_so(tmp_path: Path) -> None:
    video, kinds = make_video(tmp_path / "walk.mp4"), keypoint_set("coco17").keypoints
    known = keypoint_set("blazepose33").keypoints
    seen = observe_motion(np.arange(8) / 30).tracks[0].keypoints[:, [known.index(name) for name in kinds]]
    people = [
        {"image_id": i, "keypoints": points.ravel().tolist(), "score": 1.0} for i, points in enumerate(seen)
    ]
    (tmp_path / "coco.json").write_text(json.dumps(people))
    config = RunConfig(keypoints=tmp_path / "coco.json", models=tmp_path, focal_px=130.0, stature=(1.7,))
    result = run_one(video, config, tmp_path / "out")
    assert "used without 3D cues" in result.report["warnings"][0]
    motion = load_motion(result.folder / "person_0" / "motion.npz")
    assert motion.keypoint_names == kinds and motion.valid.all()


def test_keypoints_of_an_unknown_set_are_refused_with_the_known_ones(tmp_path: Path) -> None:
    video = make_video(tmp_path / "walk.mp4")
    people = [{"image_id": 0, "keypoints": [10.0, 10.0, 1.0] * 19, "score": 1.0}]
    (tmp_path / "odd.json").write_text(json.dumps(people))
    with pytest.raises(BorelliError, match=r"19 .*coco17"):
        run_one(video, RunConfig(keypoints=tmp_path / "odd.json"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
