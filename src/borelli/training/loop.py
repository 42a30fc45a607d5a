"""Fit in the loop: the network starts the fit, the fit teaches the network, round after round.

For videos without labels (SPIN, Kolotouros et al. 2019; HSMR, Xia et al. 2025): perception and estimator run
on the user's videos, the better of old and new fit is kept (training/labels.py), and the network is
fine-tuned on what is kept together with synthetic batches, so that it does not forget.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from borelli.body.kinematics import forward, place
from borelli.body.model import BodyModel, body_model
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.estimator import Estimate, Subject, estimate
from borelli.fitting.evidence import Evidence, lifted
from borelli.geometry.camera import Camera
from borelli.lifting.lifter import Lifter
from borelli.lifting.network import LifterNetwork
from borelli.training.labels import Label, is_sane, kept
from borelli.training.lifter_loss import LossConfig, Scoring, lifter_loss, tensors
from borelli.training.motions import Motion, MotionConfig, Source
from borelli.training.samples import Sample, draw_sample, make_sample, stack
from borelli.training.views import View, ViewConfig

HIDDEN_S, HIDDEN_ONE_IN = 0.67, 4
"""Seconds that a keypoint is hidden from the fit, and how often; the fit is judged there."""


@dataclass(frozen=True)
class LoopConfig:
    """A fine-tuning on videos."""

    rounds: int = 3
    steps: int = 200
    """Per round."""
    batch: int = 32
    real: float = 0.5
    """Share of a batch that comes from the videos."""
    rate: float = 1e-4
    seed: int = 0
    loss: LossConfig = field(default_factory=LossConfig)


@dataclass(frozen=True)
class Footage:
    """One person in one video, without a guess."""

    name: str
    evidence: Evidence
    camera: Camera
    stature: float | None


def fit_labels(model: BodyModel, footage: Sequence[Footage], lifter: Lifter) -> dict[str, Label]:
    """Fits of all footage that start from a lifter's guess."""
    config = EstimatorConfig()
    found = {}
    for shot in footage:
        hidden = held_out(shot.evidence)
        shown = replace(shot.evidence, confidence=np.where(hidden, 0.0, shot.evidence.confidence))
        evidence = lifted(model, shown, shot.camera, lifter)
        result = estimate(model, [Subject(evidence, shot.stature)], shot.camera, config)[0]
        found[shot.name] = label_of(model, shot.evidence, hidden, result, config)
    return found


def held_out(evidence: Evidence) -> np.ndarray:
    """(T, M) bool: every keypoint is hidden from a fit for a quarter of the time, in spells.

    Which, depends on the keypoint alone, so that all fits of a track are judged on the same.
    """
    spell = np.floor((evidence.times - evidence.times[0]) / HIDDEN_S).astype(int)
    return (spell[:, None] + 5 * np.arange(len(evidence.names))) % HIDDEN_ONE_IN == 0


def label_of(
    model: BodyModel, evidence: Evidence, hidden: np.ndarray, result: Estimate, config: EstimatorConfig
) -> Label:
    """A fit with what decides whether it is kept: its error at the hidden keypoints (T, M)."""
    state = result.state
    placed = place(forward(model, state.person, state.coordinates), evidence.points, model, state.person)
    body = state.camera.to_camera(placed)
    miss = np.sum((state.camera.image(body) - evidence.image) ** 2, axis=-1)
    weight = evidence.confidence * np.isfinite(evidence.spread) * hidden
    size = state.person.scale / np.maximum(body[..., 2].mean(axis=1, keepdims=True), 0.3)
    error = float(np.sum(weight * miss / size**2) / max(np.sum(weight), 1e-9))
    longest = float(np.abs(state.person.log_lengths).max() / config.length_sd)
    seen = float(evidence.confidence.mean())
    return Label(state.person, state.coordinates, state.camera.T_camera_world(), error, longest, seen)


def taught_by(
    model: BodyModel, shot: Footage, label: Label, frames: int, rng: np.random.Generator
) -> Sample | None:
    """A window of footage with its label as truth; None where nobody is seen."""
    e = shot.evidence
    gap = float(np.median(np.diff(e.times)))
    stride = max(1, round(rng.uniform(1 / 20, 1 / 11) / gap))
    last = e.frames - 1
    start = rng.integers(max(last - stride * (frames - 1), 0) + 1)
    index = np.minimum(start + stride * np.arange(frames), last)
    there = (start + stride * np.arange(frames) <= last)[:, None]
    # the network works at scale 1
    person = replace(label.person, scale=1.0)
    q = label.coordinates[index].copy()
    q[:, -3:] /= label.person.scale
    R, t = label.T_camera_world[:3, :3], label.T_camera_world[:3, 3] / label.person.scale
    sd = np.sqrt(np.trace(e.covariance[index], axis1=-2, axis2=-1) / 2)
    known = shot.camera.T_camera_world is not None and rng.random() < 0.5
    view = View(
        e.names, e.image[index], e.confidence[index] * there, sd, R[:, 1] if known else None, R, -R.T @ t
    )
    motion = Motion(person, q, gap * stride, np.zeros((frames, 4)), False)
    return make_sample(model, motion, view)


def fine_tune(
    network: LifterNetwork,
    footage: Sequence[Footage],
    labels: Mapping[str, Label],
    source: Source,
    config: LoopConfig,
    round_: int,
) -> None:
    """Move the network towards the labels, in place."""
    taught = [shot for shot in footage if shot.name in labels and is_sane(labels[shot.name])]
    if not taught:
        return
    scoring = Scoring.of(source.model, torch.device("cpu"))
    optimizer = torch.optim.AdamW(network.parameters(), config.rate, weight_decay=0.01)
    frames = network.config.frames
    network.train()
    for step in range(config.steps):
        rng = np.random.default_rng([config.seed, round_, step])
        samples: list[Sample] = []
        while len(samples) < config.batch:
            drawn: Sample | None
            if len(samples) < config.real * config.batch:
                shot = taught[rng.integers(len(taught))]
                drawn = taught_by(source.model, shot, labels[shot.name], frames, rng)
            else:
                drawn = draw_sample(source, frames, MotionConfig(), ViewConfig(), rng)
            samples += [drawn] if drawn is not None else []
        batch = tensors(stack(samples), torch.device("cpu"))
        loss, _ = lifter_loss(network(batch["features"]), batch, scoring, config.loss)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    network.eval()


Saved = Callable[[LifterNetwork], Lifter]
"""Makes a network ready to run."""
Told = Callable[[int, Mapping[str, Label], Lifter], None]
"""Told the round, the labels kept after it, and the lifter that made the newest of them."""


def fit_in_loop(
    network: LifterNetwork,
    footage: Sequence[Footage],
    source: Source,
    saved: Saved,
    config: LoopConfig,
    told: Told,
) -> dict[str, Label]:
    """Rounds of fitting, keeping what is better, and fine-tuning; the network is changed in place."""
    labels: dict[str, Label] = {}
    for round_ in range(config.rounds + 1):
        lifter = saved(network)
        labels = kept(labels, fit_labels(body_model(), footage, lifter))
        told(round_, labels, lifter)
        if round_ < config.rounds:
            fine_tune(network, footage, labels, source, config, round_)
    return labels
