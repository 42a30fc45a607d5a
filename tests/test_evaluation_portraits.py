"""People cut out of videos: the right frames, and masks that hold the person."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from borelli.body.model import body_model
from borelli.evaluation.case_motion import case_motion, case_observations
from borelli.evaluation.novel_view import seen_body
from borelli.evaluation.pictures import mask_iou
from borelli.evaluation.portraits import SIZE, Portrait, portraits
from borelli.evaluation.rendered_clips import RefinementCase, exact, refinement_case
from borelli.motion.observations import Observations
from borelli.video import write_video


@pytest.fixture(scope="module")
def case() -> RefinementCase:
    return exact(refinement_case(1, frames=6, side=128))


@pytest.fixture(scope="module")
def video(case: RefinementCase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("portraits") / "clip.mp4"
    write_video(path, zip(case.clip.truth.times, case.clip.images, strict=True), 10.0)
    return path


def cut(case: RefinementCase, video: Path, observations: Observations, chosen: list[int]) -> list[Portrait]:
    truth = case_motion(case, case.clip.truth.coordinates)
    points = np.concatenate([truth.joints, truth.landmarks], axis=1)
    return portraits(video, observations, 0, case.camera, truth.time, points, chosen)


def test_portraits_are_of_the_chosen_frames_and_hold_the_body(case: RefinementCase, video: Path) -> None:
    found = cut(case, video, case_observations(case), [1, 4])
    assert [shot.frame for shot in found] == [1, 4]
    for shot in found:
        assert shot.image.shape == (SIZE, SIZE, 3) and 0 <= shot.image.min() < shot.image.max() <= 1
        pose = case.clip.truth.coordinates[shot.frame]
        body = seen_body(body_model(), case.person, pose, shot.camera)
        assert mask_iou(shot.mask, body.mask) > 0.75


def test_frames_without_a_mask_are_left_out(case: RefinementCase, video: Path) -> None:
    seen = case_observations(case)
    masks = seen.tracks[0].masks
    assert masks is not None
    masks = masks.copy()
    masks[4] = 0
    without = replace(seen, tracks=(replace(seen.tracks[0], masks=masks),))
    assert [shot.frame for shot in cut(case, video, without, [1, 4])] == [1]
