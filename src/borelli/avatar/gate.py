"""Whether refined poses replace the motion they came from: decided on frames nobody learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from borelli.avatar.avatar import Avatar
from borelli.avatar.binding import Binding
from borelli.avatar.key_frames import Shot
from borelli.avatar.looks import render_shot
from borelli.avatar.losses import LossWeights
from borelli.avatar.pose_evidence import Subject
from borelli.body.model import Person
from borelli.fitting.state import View

PICTURE_GAIN = 0.98
"""The error of held-out pictures must fall to this share: less is within the luck of learning."""
WORSE_MASK = 1.02
WORSE_KEYPOINTS, KEYPOINT_SLACK = 1.2, 0.002
"""Share, and metres on the body; detectors have biases that pictures rightly contradict."""
WORSE_PHYSICS, PHYSICS_SLACK = 1.1, 0.5
"""Share, and percent of body weight."""
WORSE_SLIDE, SLIDE_SLACK = 1.2, 0.002
"""Share, and metres, by which stances may slide more than before."""


@dataclass(frozen=True)
class Errors:
    """One motion with an avatar learnt in its poses, on held-out frames where pictures are concerned."""

    colour: float
    """Mean absolute colour difference over the person's pixels, in [0, 1]."""
    dissimilarity: float
    """Mean of 1 - SSIM over the person's pixels."""
    mask: float
    """Mean squared difference of coverage over the person's pixels."""
    keypoints_mm: float
    """Root mean square distance to the keypoints on the body, all frames."""
    slide_mm: float
    """Farthest distance of a foot point from the middle of its stance, mean over stances."""
    physics_percent: float | None = None
    """Residual force of the motion in percent of body weight, None without physics."""

    @property
    def picture(self) -> float:
        """Colour and structure as the loss weighs them."""
        return 0.8 * self.colour + 0.2 * self.dissimilarity


@dataclass(frozen=True)
class Judgement:
    """The gate's decision about one person."""

    accepted: bool
    reasons: tuple[str, ...]
    """Why the motion stays as it was; empty when it was replaced."""
    before: Errors
    after: Errors
    held_out: int
    """Frames that judged the pictures."""
    moved_mm: float
    """Mean distance of the joints between the two motions."""


def measure(
    avatar: Avatar,
    binding: Binding,
    subject: Subject,
    person: Person,
    coordinates: np.ndarray,
    shots: Sequence[Shot],
    physics_percent: float | None = None,
) -> Errors:
    """Errors of a motion (T, 49) in held-out frames and against the other evidence."""
    grey = np.full(3, 0.5, dtype=np.float32)
    losses, weights = [], np.array([shot.weight for shot in shots])
    for shot in shots:
        shown = render_shot(avatar, binding, person, coordinates[shot.frame], shot, grey, LossWeights())
        losses.append((shown.loss.l1, shown.loss.ssim, shown.loss.mask))
    colour, dissimilarity, mask = np.average(losses, axis=0, weights=weights)
    return Errors(
        round(float(colour), 5),
        round(float(dissimilarity), 5),
        round(float(mask), 5),
        round(1e3 * keypoint_error(subject, person, coordinates), 2),
        round(1e3 * slide(subject, person, coordinates), 2),
        physics_percent,
    )


def keypoint_error(subject: Subject, person: Person, coordinates: np.ndarray) -> float:
    """Root mean square distance to the keypoints, metres on the body."""
    e = subject.evidence
    state = subject.state(coordinates, person)
    view = View(subject.model, e.points, state)
    error = (state.camera.image(view.camera) - e.image) * view.camera[..., 2:]
    weight = e.confidence * np.isfinite(e.spread)
    return float(np.sqrt(np.sum(weight * np.sum(error**2, axis=-1)) / max(np.sum(weight), 1e-9)))


def slide(subject: Subject, person: Person, coordinates: np.ndarray) -> float:
    """Metres over the ground: farthest that a point is from the middle of its stance, mean over stances."""
    places, numbers = subject.foot_places(coordinates, person)[..., [0, 2]], subject.stances()
    standing = numbers >= 0
    if not standing.any():
        return 0.0
    size = np.bincount(numbers[standing])
    total = np.zeros((len(size), 2))
    np.add.at(total, numbers[standing], places[standing])
    middle = total / np.maximum(size, 1)[:, None]
    away = np.zeros(len(size))
    np.maximum.at(
        away, numbers[standing], np.linalg.norm(places[standing] - middle[numbers[standing]], axis=1)
    )
    return float(away.mean())


def judge(before: Errors, after: Errors, held_out: int, moved: float) -> Judgement:
    """Accept a refined motion only if the pictures gain and nothing else loses; `moved` in metres."""
    reasons = []
    if not after.picture <= PICTURE_GAIN * before.picture:
        reasons.append(f"held-out pictures: error {before.picture:.4f} to {after.picture:.4f}")
    if not after.mask <= WORSE_MASK * before.mask:
        reasons.append(f"held-out masks: error {before.mask:.4f} to {after.mask:.4f}")
    if not after.keypoints_mm <= WORSE_KEYPOINTS * before.keypoints_mm + 1e3 * KEYPOINT_SLACK:
        reasons.append(f"keypoints: {before.keypoints_mm:.1f} to {after.keypoints_mm:.1f} mm")
    if not after.slide_mm <= WORSE_SLIDE * before.slide_mm + 1e3 * SLIDE_SLACK:
        reasons.append(f"standing feet slide: {before.slide_mm:.1f} to {after.slide_mm:.1f} mm")
    worse = _physics(before.physics_percent, after.physics_percent)
    if worse:
        reasons.append(worse)
    return Judgement(not reasons, tuple(reasons), before, after, held_out, round(1e3 * moved, 2))


def _physics(before: float | None, after: float | None) -> str:
    """Why physics speaks against the refined motion; empty if it does not."""
    if before is None:
        return ""
    if after is None:
        return "physics no longer explains the motion"
    if after > WORSE_PHYSICS * before + PHYSICS_SLACK:
        return f"residual force: {before:.1f} to {after:.1f} % of body weight"
    return ""
