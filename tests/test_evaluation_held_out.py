"""Avatars in frames that they did not learn from: likeness by construction, and poses fitted to pictures."""

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from borelli.avatar.avatar import Avatar
from borelli.avatar.gaussians import View
from borelli.avatar.key_frames import Shot
from borelli.avatar.looks import facing, render_shot
from borelli.avatar.losses import LossWeights, Target
from borelli.avatar.posing import pose_avatar
from borelli.avatar.refine import Learnt
from borelli.avatar.splat import rasterise
from borelli.avatar.start import StartConfig, start_avatar
from borelli.body.model import average_person, body_model
from borelli.evaluation.held_out import held_out_likeness

SIDE = 96
MODEL, PERSON = body_model(), average_person()
POSE = MODEL.skeleton.neutral
T = np.array([[0.0, 0, -1, 0], [0, -1, 0, 0], [-1, 0, 0, 4], [0, 0, 0, 1]])
VIEW = View(np.array([[170.0, 0, 47.5], [0, 170.0, 47.5], [0, 0, 1]]), T, SIDE, SIDE)


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    rng = np.random.default_rng(0)
    start = start_avatar(MODEL, PERSON, StartConfig(count=1500, pixel_size=0.024))
    return replace(start, colours=rng.uniform(0.2, 0.8, (1500, 3)))


@pytest.fixture(scope="module")
def shot(avatar) -> Shot:
    """A picture of this very avatar, before a white wall."""
    shown = rasterise(pose_avatar(avatar, MODEL, PERSON, POSE).gaussians, VIEW)
    mask = shown.alpha.astype(np.float64)
    colours = shown.colour / np.maximum(mask, 1e-3)[..., None]
    image = np.where(mask[..., None] > 1e-3, colours, 1.0)
    return Shot(0, VIEW, Target(image, mask, np.ones((SIDE, SIDE))))


def judged_by(shot: Shot) -> Learnt:
    return cast(Learnt, SimpleNamespace(subject=SimpleNamespace(model=MODEL), held_out=(shot,)))


def test_an_avatar_is_its_own_picture(avatar, shot) -> None:
    found = held_out_likeness(judged_by(shot), avatar, PERSON, POSE[None])
    assert min(found.psnr, found.covered_psnr, found.crop_psnr) > 60.0
    assert min(found.ssim, found.covered_ssim, found.crop_ssim) > 0.999 and found.iou == 1.0


def test_wrong_colours_and_wrong_outlines_are_told_apart(avatar, shot) -> None:
    judged = judged_by(shot)
    darker = replace(avatar, colours=avatar.colours - 0.1)
    found = held_out_likeness(judged, darker, PERSON, POSE[None])
    assert found.iou == 1.0 and found.covered_psnr == pytest.approx(20.0, abs=0.3)
    assert found.crop_psnr > found.psnr + 5.0
    aside = POSE.copy()
    aside[-1] += 0.1
    moved = held_out_likeness(judged, avatar, PERSON, aside[None])
    assert moved.iou < 0.7 and moved.covered_psnr > moved.psnr + 2.0


def test_the_far_side_neither_takes_colours_nor_opens(avatar, shot) -> None:
    dark = replace(shot, target=replace(shot.target, image=0.2 * shot.target.image))
    thin = replace(avatar, opacity_logits=np.zeros(1500))
    shown = render_shot(thin, pose_avatar(thin, MODEL, PERSON, POSE).binding, PERSON, POSE, dark,
                        np.zeros(3, dtype=np.float32), LossWeights())  # fmt: skip
    gradients, near = shown.gradients().avatar, facing(shown.posed.gaussians, VIEW)
    for name in ("colours", "opacity_logits", "log_scales"):
        moved = np.abs(getattr(gradients, name)).reshape(1500, -1).max(axis=1)
        assert moved[~near].max() == 0.0 and np.mean(moved[near] > 0.0) > 0.5
