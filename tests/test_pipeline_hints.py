"""Hints borrowed from the detector for keypoints made elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_clip import observe_motion

from borelli.errors import BorelliError
from borelli.motion.observations import Observations
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.hints import with_hints

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
