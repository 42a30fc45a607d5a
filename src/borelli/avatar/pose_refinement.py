"""Looks and poses of key frames refined together through the pictures."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from borelli.avatar.adam import Adam, adam_step, cosine
from borelli.avatar.appearance import scaled
from borelli.avatar.avatar import Avatar
from borelli.avatar.binding import Binding
from borelli.avatar.key_frames import Shot
from borelli.avatar.looks import learnt, random_background, render_shot, with_learnt
from borelli.avatar.pose_evidence import PoseEvidence, Subject
from borelli.avatar.refine_config import RefineConfig
from borelli.avatar.regularisers import Anchor, regularise
from borelli.body.kinematics import forward
from borelli.body.model import Person
from borelli.body.skeleton import LENGTH_GROUPS

POSE, BODY, METRES = "coordinates", "body", "metres"
ROOT = slice(0, 3)
"""The three hinges of the pelvis."""


@dataclass(frozen=True)
class Poses:
    """What the refinement found."""

    avatar: Avatar
    person: Person
    coordinates: np.ndarray
    """(K, 49) of the key frames."""
    log_metres: float = 0.0
    """Logarithm of the factor on the depth maps."""


def refine_poses(
    avatar: Avatar,
    binding: Binding,
    held: Anchor,
    evidence: PoseEvidence,
    shots: Sequence[Shot],
    config: RefineConfig,
    watch: Callable[[], None],
) -> Poses:
    """Refine looks, K poses and body shape together from a learnt avatar.

    Args:
        avatar: learnt in the poses so far.
        binding: of it.
        held: what it must not stray from.
        evidence: what else holds the poses; its frames are those of the shots.
        shots: K key frames.
        config: steps, rates, weights.
        watch: called after each step.
    """
    rng = np.random.default_rng(config.seed + 1)
    start = Poses(avatar, evidence.subject.person, evidence.subject.coordinates[evidence.frames])
    metric = config.weights.depth > 0 and any(shot.target.depth is not None for shot in shots)
    found, values = start, _values(start)
    state = Adam.of(values)
    for step in range(config.pose_steps):
        gradients = _gradients(found, binding, held, evidence, shots, config, rng)
        rates = _rates(config, len(start.person.shape), cosine(step, config.pose_steps))
        state, values = adam_step(state, values, gradients, rates)
        found = _moved(found, values)
        if not metric:
            found = replace(found, person=replace(found.person, scale=start.person.scale))
            found = replace(found, coordinates=at_distance(found, start, evidence.subject))
        values = _values(found)
        watch()
    table = evidence.subject.model.skeleton
    return replace(found, coordinates=np.clip(found.coordinates, table.lower, table.upper))


def at_distance(poses: Poses, before: Poses, subject: Subject) -> np.ndarray:
    """Coordinates (K, 49) moved as one along the view, so that the mean distance of the joints is as before.

    Size and distance explain a picture alike, and the outline is that of clothes, through a detector with a
    bias of its own. Both errors last for a whole clip: pictures without depth may say that somebody came
    nearer, not how near they are on the whole.
    """
    now, then = (forward(subject.model, p.person, p.coordinates).joints.mean(axis=1) for p in (poses, before))
    rays = subject.rays(then)
    moved = poses.coordinates.copy()
    moved[:, -3:] -= np.mean(np.sum((now - then) * rays, axis=1)) * rays
    return moved


def _values(poses: Poses) -> dict[str, np.ndarray]:
    p = poses.person
    return learnt(poses.avatar) | {
        POSE: poses.coordinates,
        BODY: np.r_[np.log(p.scale), p.log_lengths, p.shape],
        METRES: np.array([poses.log_metres]),
    }


def _moved(poses: Poses, values: dict[str, np.ndarray]) -> Poses:
    looks = {name: value for name, value in values.items() if name not in (POSE, BODY, METRES)}
    body, first = values[BODY], 1 + len(LENGTH_GROUPS)
    person = Person(body[first:], body[1:first], float(np.exp(body[0])))
    return Poses(with_learnt(poses.avatar, looks), person, values[POSE], float(values[METRES][0]))


def _rates(config: RefineConfig, shape_size: int, slow: float) -> dict[str, np.ndarray | float]:
    by_coordinate = np.full(49, config.hinge_rate)
    by_coordinate[ROOT] = by_coordinate[-3:] = config.root_rate
    by_body = np.r_[
        np.full(1 + len(LENGTH_GROUPS), config.length_rate), np.full(shape_size, config.shape_rate)
    ]
    looks = {name: 0.5 * rate for name, rate in asdict(config.rates).items()}
    return looks | {POSE: slow * by_coordinate, BODY: slow * by_body, METRES: slow * config.metres_rate}


def _gradients(
    poses: Poses,
    binding: Binding,
    held: Anchor,
    evidence: PoseEvidence,
    shots: Sequence[Shot],
    config: RefineConfig,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    _, by_pose, by_body = evidence.gradient(poses.coordinates, poses.person)
    before, now = evidence.subject.person, poses.person
    by_body = (
        by_body
        + np.r_[
            np.log(now.scale / before.scale) / config.scale_sd**2,
            (now.log_lengths - before.log_lengths) / config.length_sd**2,
            (now.shape - before.shape) / config.shape_sd**2,
        ]
    )
    by_metres = poses.log_metres / config.metres_sd**2
    total = regularise(poses.avatar, held)[1]
    for k, shot in enumerate(shots):
        seen = replace(shot, target=shot.target.farther(float(np.exp(poses.log_metres))))
        shown = render_shot(
            poses.avatar, binding, poses.person, poses.coordinates[k], seen, random_background(rng),
            config.weights,
        )  # fmt: skip
        found = shown.gradients()
        by_pose[k] += config.picture_weight * shot.weight * found.coordinates
        by_body = by_body + config.picture_weight * shot.weight * found.body
        by_metres += config.picture_weight * shot.weight * shown.loss.d_log_metres
        total = total.plus(scaled(found.avatar, shot.weight / len(shots)))
    return dict(vars(total)) | {POSE: by_pose, BODY: by_body, METRES: np.array([by_metres])}
