"""Learning what a person looks like in given poses."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np

from borelli.avatar.adam import Adam, adam_step, cosine
from borelli.avatar.avatar import Avatar, AvatarGradients
from borelli.avatar.binding import Binding
from borelli.avatar.key_frames import Shot
from borelli.avatar.looks import learnt, random_background, render_shot, with_learnt
from borelli.avatar.paint import Sighting, settled
from borelli.avatar.posing import pose_avatar
from borelli.avatar.refine_config import RefineConfig
from borelli.avatar.regularisers import Anchor, regularise
from borelli.avatar.splat import rasterise
from borelli.body.model import Person

LAST_RATE = 0.3
"""Share of the step sizes left at the end of learning."""
FULL = 0.9
"""Coverage of pixels that tell the exposure of a frame."""
EXPOSURE = 1.5
"""Largest factor by which one frame may be brighter than the clip."""


def learn_looks(
    avatar: Avatar,
    binding: Binding,
    held: Anchor,
    person: Person,
    coordinates: np.ndarray,
    shots: Sequence[Shot],
    config: RefineConfig,
    steps: int,
    watch: Callable[[], None],
) -> Avatar:
    """Fit an avatar's looks to frames with the poses held.

    Args:
        avatar: to start from.
        binding: of this avatar.
        held: what it must not stray from.
        person: shape and size.
        coordinates: (K, 49) of the frames.
        shots: K frames.
        config: batches, rates, weights.
        steps: of Adam, each on one batch.
        watch: called after each step.
    """
    rng = np.random.default_rng(config.seed)
    state, order = Adam.of(learnt(avatar)), np.zeros(0, dtype=np.int64)
    for step in range(steps):
        if len(order) < min(config.batch, len(shots)):
            order = np.r_[order, rng.permutation(len(shots))]
        batch, order = order[: config.batch], order[config.batch :]
        total = regularise(avatar, held)[1]
        for k in batch:
            shown = render_shot(
                avatar, binding, person, coordinates[k], shots[k], random_background(rng), config.weights
            )
            total = total.plus(scaled(shown.gradients().avatar, shots[k].weight / len(batch)))
        slow = LAST_RATE + (1 - LAST_RATE) * cosine(step, steps)
        rates = {name: rate * slow for name, rate in asdict(config.rates).items()}
        state, values = adam_step(state, learnt(avatar), vars(total), rates)
        avatar = with_learnt(avatar, values)
        watch()
    sightings = (
        Sighting(pose, shot.view, shot.target.image, shot.weight * shot.target.mask * shot.target.known)
        for pose, shot in zip(coordinates, shots, strict=True)
    )
    return settled(avatar, binding, person, sightings)


def scaled(gradients: AvatarGradients, factor: float) -> AvatarGradients:
    """Derivatives of a loss times a factor."""
    return AvatarGradients(**{name: factor * value for name, value in vars(gradients).items()})


def with_exposure(
    avatar: Avatar, binding: Binding, person: Person, coordinates: np.ndarray, shots: Sequence[Shot]
) -> list[Shot]:
    """The same frames as if the camera had exposed all of them like the middle of the clip.

    One factor per frame and channel, by least squares between the avatar and the picture. Poses (T, 49) are
    those of the whole clip.
    """
    gains = np.ones((len(shots), 3))
    for k, shot in enumerate(shots):
        posed = pose_avatar(avatar, binding.model, person, coordinates[shot.frame], binding)
        picture = rasterise(posed.gaussians, shot.view)
        target = shot.target
        sure = (picture.alpha > FULL) & (target.mask > FULL) & (target.known > 0)
        shown, seen = picture.colour[sure], target.image[sure]
        gains[k] = (np.sum(shown * seen, axis=0) + 1.0) / (np.sum(shown * shown, axis=0) + 1.0)
    gains = np.clip(gains / np.median(gains, axis=0), 1 / EXPOSURE, EXPOSURE)
    return [
        replace(shot, target=replace(shot.target, image=shot.target.image / gain.astype(np.float32)))
        for shot, gain in zip(shots, gains, strict=True)
    ]
