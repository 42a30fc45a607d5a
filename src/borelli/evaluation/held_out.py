"""How well an avatar shows frames that it did not learn from, in poses found before or fitted to them."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.avatar.avatar import Avatar
from borelli.avatar.binding import bind
from borelli.avatar.looks import render_shot
from borelli.avatar.losses import LossWeights
from borelli.avatar.pose_evidence import PoseEvidence
from borelli.avatar.pose_refinement import refine_poses
from borelli.avatar.refine import Candidate, Learnt
from borelli.avatar.refine_config import LearningRates, RefineConfig
from borelli.body.model import Person
from borelli.evaluation.pictures import mask_iou, psnr, ssim
from borelli.fitting.config import EstimatorConfig

SURE, COVERED = 0.5, 0.9
STILL = LearningRates(0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Likeness:
    """Means over frames of an avatar over black against the person cut out by the mask, over black."""

    psnr: float
    """Decibels, inside the mask."""
    ssim: float
    """Inside the mask."""
    covered_psnr: float
    """Where the avatar covers the mask: how good the colours are."""
    covered_ssim: float
    crop_psnr: float
    """Over the whole crop with its black surroundings, which is what papers on avatars report."""
    crop_ssim: float
    iou: float
    """Of the avatar's outline and the mask."""


def held_out_likeness(learnt: Learnt, avatar: Avatar, person: Person, poses: np.ndarray) -> Likeness:
    """Compare an avatar with the H held-out frames, in poses (H, 49)."""
    binding, black = bind(avatar.faces, learnt.subject.model), np.zeros(3, dtype=np.float32)
    scores = []
    for shot, pose in zip(learnt.held_out, poses, strict=True):
        target = shot.target
        shown = render_shot(avatar, binding, person, pose, shot, black, LossWeights()).picture
        wanted, known = target.image * target.mask[..., None], target.known > SURE
        mask = (target.mask > SURE) & known
        places = (mask, mask & (shown.alpha > COVERED), known)
        alike = [f(shown.colour, wanted, where) for where in places for f in (psnr, ssim)]
        scores.append((*alike, mask_iou((shown.alpha > SURE) & known, mask)))
    return Likeness(*np.nanmean(scores, axis=0).tolist())


def found_poses(learnt: Learnt, kept: Candidate) -> np.ndarray:
    """(H, 49) of the held-out frames in a motion that was made without looking at their pictures."""
    return kept.coordinates[[shot.frame for shot in learnt.held_out]]


def fitted_poses(learnt: Learnt, kept: Candidate, config: RefineConfig) -> np.ndarray:
    """(H, 49) fitted to the pictures of the held-out frames while avatar and body stay as they are.

    What is left tells how good the avatar is, apart from the poses; papers on avatars from one camera fit
    the poses of their test frames likewise (InstantAvatar, ExAvatar).
    """
    assumed = replace(config, rates=STILL, length_rate=0.0, shape_rate=0.0)
    subject = replace(learnt.subject, coordinates=kept.coordinates, person=kept.person)
    frames = np.array([shot.frame for shot in learnt.held_out])
    evidence = PoseEvidence(subject, frames, assumed, EstimatorConfig())
    found = refine_poses(
        kept.avatar, learnt.binding, learnt.anchor, evidence, learnt.held_out, assumed, lambda: None
    )
    return found.coordinates
