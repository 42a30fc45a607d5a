"""The avatar stage: what it makes of a good clip, and what it says of clips it can do nothing with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filmed_person import Film, film

from borelli.avatar.depth_maps import open_depth_maps
from borelli.avatar.refine_config import RefineConfig
from borelli.errors import BorelliError
from borelli.pipeline.avatar import Made, NotMade, make_avatars, residual_percent
from borelli.pipeline.config import RunConfig, check
from borelli.pipeline.detect import silent

QUICK = RefineConfig(
    gaussians=500, size=96, key_frames=6, held_out=2, appearance_steps=12, batch=3, pose_steps=4,
    judged_steps=2,
)  # fmt: skip
CONFIG = RunConfig(avatar=True, no_physics=True, lifter="none")


@pytest.fixture(scope="module")
def clip() -> Film:
    """Twelve frames."""
    return film(12)


def make(clip: Film) -> Made | NotMade:
    """The stage over one clip, as short as it can be."""
    (made,) = make_avatars([clip.motion], clip.observations, clip.frames, CONFIG, None, silent, QUICK)
    return made


def reason(clip: Film) -> str:
    """Why there is no avatar."""
    made = make(clip)
    assert isinstance(made, NotMade)
    return made.reason


def test_a_good_clip_gets_an_avatar_and_a_motion_that_is_not_worse(clip: Film) -> None:
    told: list[int] = []
    (made,) = make_avatars(
        [clip.motion], clip.observations, clip.frames, CONFIG, None,
        lambda stage, done, expected: told.append(expected - done), QUICK,
    )  # fmt: skip
    assert isinstance(made, Made)
    assert len(made.avatar.faces) == 500 and made.judgement.held_out >= 1
    assert 0.005 < made.pixel_size < 0.03
    moved = np.linalg.norm(made.motion.joints - clip.motion.joints, axis=-1).mean()
    assert moved < 0.02
    assert made.judgement.accepted or made.motion is clip.motion
    assert min(told) == 0


def test_keypoints_without_masks_are_refused(clip: Film) -> None:
    track = replace(clip.observations.tracks[0], masks=None, mask_to_image=None)
    blind = replace(clip, observations=replace(clip.observations, tracks=(track,)))
    assert "needs person masks" in reason(blind)


def test_empty_masks_are_refused(clip: Film) -> None:
    track = clip.observations.tracks[0]
    assert track.masks is not None
    empty = replace(track, masks=np.zeros_like(track.masks))
    assert "0 have one" in reason(replace(clip, observations=replace(clip.observations, tracks=(empty,))))


def test_black_frames_are_refused(clip: Film) -> None:
    assert "black" in reason(replace(clip, images=np.zeros_like(clip.images)))


def test_a_person_outside_the_picture_is_refused(clip: Film) -> None:
    T = clip.motion.T_camera_world.copy()
    T[:, 0, 3] += 3.0
    gone = replace(clip.motion, T_camera_world=T)
    assert "outside the picture" in reason(replace(clip, motion=gone))


def test_a_clip_of_five_frames_is_refused() -> None:
    assert "8 frames" in reason(film(5))


def test_depth_maps_of_another_size_leave_the_motion(clip: Film, tmp_path: Path) -> None:
    for t in range(12):
        np.save(tmp_path / f"{t:03d}.npy", np.full((10, 10), 3.0))
    with pytest.raises(BorelliError, match="10 x 10"):
        open_depth_maps(tmp_path, 12, clip.observations.width, clip.observations.height)


def test_depth_needs_the_avatar_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="--depth is for --avatar"):
        check(RunConfig(depth=tmp_path))
    with pytest.raises(BorelliError, match="not a folder"):
        check(RunConfig(avatar=True, depth=tmp_path / "none"))


def test_residual_is_in_percent_of_body_weight(clip: Film) -> None:
    assert residual_percent(clip.motion) is None
    wrench = np.zeros((12, 6))
    wrench[:, 1] = 0.03 * clip.motion.mass * 9.81
    assert residual_percent(replace(clip.motion, residual_wrench=wrench)) == pytest.approx(3.0)
