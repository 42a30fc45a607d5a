"""The avatar of one person, and their motion refined through it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from borelli.avatar.appearance import learn_looks, with_exposure
from borelli.avatar.avatar import Avatar
from borelli.avatar.binding import Binding, bind
from borelli.avatar.gate import Judgement, judge, measure
from borelli.avatar.key_frames import Shot
from borelli.avatar.masks import agreement, trust
from borelli.avatar.paint import Sighting, paint_avatar
from borelli.avatar.pose_evidence import PoseEvidence, Subject
from borelli.avatar.pose_refinement import refine_poses
from borelli.avatar.posing import pose_avatar
from borelli.avatar.refine_config import RefineConfig
from borelli.avatar.refit import brought_to_keypoints, refit, spread
from borelli.avatar.regularisers import Anchor, anchor
from borelli.avatar.splat import rasterise
from borelli.avatar.start import StartConfig, pixel_size, start_avatar
from borelli.body.kinematics import forward
from borelli.body.model import Person
from borelli.fitting.config import EstimatorConfig

Watch = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Learnt:
    """What the pictures say about one person's looks, in the poses of the motion so far."""

    before: Subject
    """With the motion so far."""
    subject: Subject
    """The same where the keypoints bring it, which is the motion so far unless they contradict it."""
    avatar: Avatar
    binding: Binding
    anchor: Anchor
    key: tuple[Shot, ...]
    held_out: tuple[Shot, ...]
    pixel_size: float
    """Metres on the body that one pixel of the crops shows, in the middle of the clip's distances."""

    @property
    def frames(self) -> np.ndarray:
        """(K,) key frames."""
        return np.array([shot.frame for shot in self.key])


@dataclass(frozen=True, eq=False)
class Candidate:
    """A motion with an avatar learnt in its poses."""

    avatar: Avatar
    person: Person
    coordinates: np.ndarray
    """(T, 49)."""


def learn(
    subject: Subject, key: Sequence[Shot], held_out: Sequence[Shot], config: RefineConfig, watch: Watch
) -> Learnt:
    """A first avatar in the poses so far; every frame's mask weighs as much as it agrees with the body."""
    before, person, model = subject, subject.person, subject.model
    subject = replace(before, coordinates=brought_to_keypoints(before, config, EstimatorConfig()))
    size = float(np.median([pixel_size(s.view, subject.coordinates[s.frame, -3:]) for s in key]))
    avatar = start_avatar(model, person, StartConfig(count=config.gaussians, pixel_size=size))
    binding, held = bind(avatar.faces, model), anchor(avatar, model)
    weighed = _weighed(avatar, binding, subject, [*key, *held_out])
    seen = weighed[: len(key)]
    sightings = (
        Sighting(subject.coordinates[s.frame], s.view, s.target.image, s.target.mask * s.target.known)
        for s in seen
    )
    avatar = paint_avatar(avatar, model, person, sightings)
    poses = subject.coordinates[[shot.frame for shot in seen]]
    avatar = learn_looks(avatar, binding, held, person, poses, seen, config, config.appearance_steps, watch)
    everything = with_exposure(avatar, binding, person, subject.coordinates, weighed)
    taught, judging = tuple(everything[: len(seen)]), tuple(everything[len(seen) :])
    return Learnt(before, subject, avatar, binding, held, taught, judging, size)


def refine(learnt: Learnt, config: RefineConfig, watch: Watch) -> Candidate:
    """Refine the key frames through the pictures, and bring the whole clip to agree with them."""
    assumed, subject = EstimatorConfig(), learnt.subject
    evidence = PoseEvidence(subject, learnt.frames, config, assumed)
    found = refine_poses(learnt.avatar, learnt.binding, learnt.anchor, evidence, learnt.key, config, watch)
    motion = spread(subject, learnt.frames, found.coordinates)
    return Candidate(found.avatar, found.person, refit(subject, found.person, motion, config, assumed))


def decide(
    learnt: Learnt,
    candidate: Candidate,
    config: RefineConfig,
    watch: Watch,
    physics_percent: tuple[float | None, float | None] = (None, None),
) -> tuple[Judgement, Candidate]:
    """Judge a candidate against the motion so far, and return the one to keep.

    Both avatars learn as long from the same frames, each in its own poses, before held-out frames judge.
    `physics_percent` is the residual force of the motion so far and of the candidate.
    """
    subject = learnt.before
    old = Candidate(learnt.avatar, subject.person, subject.coordinates)
    old = _polished(learnt, old, config, config.judged_steps + config.pose_steps, watch)
    new = _polished(learnt, candidate, config, config.judged_steps, watch)
    before, after = (
        measure(c.avatar, learnt.binding, subject, c.person, c.coordinates, learnt.held_out, percent)
        for c, percent in zip((old, new), physics_percent, strict=True)
    )
    joints = [forward(subject.model, c.person, c.coordinates).joints for c in (old, new)]
    moved = float(np.linalg.norm(joints[0] - joints[1], axis=-1).mean())
    judgement = judge(before, after, len(learnt.held_out), moved)
    return judgement, new if judgement.accepted else old


def steps(config: RefineConfig) -> int:
    """How often `watch` is called by all three together."""
    return config.appearance_steps + 2 * config.pose_steps + 2 * config.judged_steps


def _polished(
    learnt: Learnt, candidate: Candidate, config: RefineConfig, count: int, watch: Watch
) -> Candidate:
    poses = candidate.coordinates[learnt.frames]
    avatar = learn_looks(
        candidate.avatar, learnt.binding, learnt.anchor, candidate.person, poses, learnt.key, config, count,
        watch,
    )  # fmt: skip
    return replace(candidate, avatar=avatar)


def _weighed(avatar: Avatar, binding: Binding, subject: Subject, shots: Sequence[Shot]) -> list[Shot]:
    """The same frames with the trust that their masks deserve."""
    overlaps = []
    for shot in shots:
        posed = pose_avatar(avatar, subject.model, subject.person, subject.coordinates[shot.frame], binding)
        alpha = rasterise(posed.gaussians, shot.view).alpha
        overlaps.append(agreement(shot.target.mask, alpha, shot.target.known))
    weights = trust(np.array(overlaps))
    return [replace(shot, weight=float(w)) for shot, w in zip(shots, weights, strict=True)]
