"""Rows about avatars: figures by hand, and clips handed over as a video would be."""

from pathlib import Path

import numpy as np
import pytest

from borelli.avatar.refine_config import RefineConfig
from borelli.evaluation.avatar_trial import depth_of, pictures_of, prepare
from borelli.evaluation.benchmark.avatar import DEPTH, FULL, stage_rows, unseen_rows
from borelli.evaluation.case_motion import case_motion, case_observations
from borelli.evaluation.rendered_clips import PoseErrors, RefinementCase, refinement_case

START = PoseErrors(mpjpe=0.160, pa_mpjpe=0.070, root_depth=0.05)
PAIRS = [
    (START, PoseErrors(mpjpe=0.040, pa_mpjpe=0.020, root_depth=0.010)),
    (START, PoseErrors(mpjpe=0.032, pa_mpjpe=0.010, root_depth=0.030)),
]


@pytest.fixture(scope="module")
def case() -> RefinementCase:
    return refinement_case(0, frames=9, side=96)


def test_shares_and_depths_are_means_over_clips() -> None:
    share, depth = stage_rows(FULL, PAIRS)
    assert share.value == pytest.approx(22.5) and share.met is True
    assert depth.value == pytest.approx(20.0) and depth.met is True
    assert share.note == "160 to 36 mm, PA 15 mm, seeds 0 to 1, gate off"


def test_clips_that_nobody_looked_at_have_the_same_targets() -> None:
    share, depth = unseen_rows(PAIRS)
    assert (share.value, depth.value) == (pytest.approx(22.5), pytest.approx(20.0))
    assert (share.at_most, depth.at_most) == (25.0, 30.0)
    assert "seeds 6 to 8" in share.name and share.note == "25, 20 % clip by clip, gate off"


def test_only_the_whole_refinement_without_depth_has_a_target() -> None:
    assert all(row.met is None for row in stage_rows(DEPTH, PAIRS))


def test_a_clip_is_handed_over_frame_by_frame(case: RefinementCase, tmp_path: Path) -> None:
    maps = depth_of(case, tmp_path)
    for index, frame in enumerate(pictures_of(case)):
        assert frame.index == index and frame.time == case.clip.truth.times[index]
        np.testing.assert_array_equal(frame.image, case.clip.images[index])
        np.testing.assert_array_equal(maps.frame(index), case.depth[index])


def test_frames_that_teach_and_frames_that_judge_are_cut_out(case: RefinementCase, tmp_path: Path) -> None:
    config = RefineConfig(size=64)
    maps = depth_of(case, tmp_path)
    trial = prepare(case_motion(case), case_observations(case), pictures_of(case), config, maps)
    assert len(trial.key) + len(trial.held_out) == 9 and trial.held_out
    assert not {s.frame for s in trial.key} & {s.frame for s in trial.held_out}
    for shot in trial.key:
        assert shot.target.image.shape == (64, 64, 3) and shot.target.mask.sum() > 50
        assert shot.target.depth is not None and np.isfinite(shot.target.depth).any()
    np.testing.assert_array_equal(trial.subject.coordinates, case.start)
