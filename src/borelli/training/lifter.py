"""Train the lifter: motions seen by virtual detectors in, weights out. `borelli train lifter` runs this file.

The batch of every step depends on the seed and the step alone, and nothing else is random after the weights
are drawn: a run that was interrupted goes on to the bit.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from borelli.body.model import body_model
from borelli.errors import BorelliError
from borelli.lifting.network import LifterNetwork, NetworkConfig
from borelli.training.corpus import Recording
from borelli.training.lifter_loss import LossConfig, Scoring, lifter_loss, tensors
from borelli.training.motions import MotionConfig, Source
from borelli.training.poses import pose_pool
from borelli.training.samples import Sample, draw_sample, stack
from borelli.training.views import ViewConfig

POOL = 20000
"""Procedural postures to draw from."""
NARROW_MOTIONS = {"plain": 0.3, "procedural": 0.4, "leaning": 0.0}
"""What ordinary motions differ in."""


@dataclass(frozen=True)
class LifterTraining:
    """All choices of a training run; the defaults made the shipped weights."""

    steps: int = 15000
    batch: int = 64
    rate: float = 1e-3
    """Peak learning rate: warms up linearly, then falls along a cosine to a hundredth."""
    polish: float = 0.28
    """Steps of a second, lower arc of the learning rate after the first has ended, as a share of `steps`."""
    polish_rate: float = 4e-4
    """Its peak."""
    warm_up: int = 500
    decay: float = 0.01
    """Of weights, per unit of learning rate."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    average: float = 0.999
    """Memory of the running mean of weights that is kept in the end."""
    seed: int = 0
    threads: int = 1
    """Of torch; sums depend on it in the last bit."""
    keep_every: int = 250
    """Steps between checkpoints."""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    narrow: float = 0.35
    """Share of `steps` at the beginning with more ordinary postures and cameras."""
    motions: MotionConfig = field(default_factory=MotionConfig)
    views: ViewConfig = field(default_factory=ViewConfig)
    loss: LossConfig = field(default_factory=LossConfig)

    @property
    def all_steps(self) -> int:
        """Of both arcs."""
        return self.steps + round(self.polish * self.steps)


Report = Callable[[int, dict[str, float]], None]
"""Told the step and the mean of every part of the loss since the last time."""


def train_lifter(
    config: LifterTraining, recordings: list[Recording], checkpoint: Path, report: Report
) -> LifterNetwork:
    """Train to the end, from `checkpoint` if it exists; returns the network with averaged weights.

    Raises BorelliError when the checkpoint is of another configuration.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = body_model()
    wide, narrow = (
        Source.of(model, recordings, pose_pool(model, POOL, np.random.default_rng(config.seed), extent))
        for extent in (True, False)
    )
    network = LifterNetwork(config.network).to(device)
    optimizer = torch.optim.AdamW(
        network.parameters(), config.rate, betas=(0.9, 0.98), weight_decay=config.decay
    )
    average = {name: value.detach().clone() for name, value in network.state_dict().items()}
    first = _resume(config, checkpoint, network, optimizer, average)
    scoring = Scoring.of(model, device)
    sums: dict[str, Tensor] = {}
    batches = DataLoader(
        _Batches(wide, narrow, config),
        batch_size=None,
        sampler=range(first, config.all_steps),
        num_workers=1,
    )
    for step, sample in enumerate(batches, start=first):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, step)
        truth = tensors(sample, device)
        loss, parts = lifter_loss(network(truth["features"]), truth, scoring, config.loss)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip)
        optimizer.step()
        _update(average, network, min(config.average, (step + 1) / (step + 10)))
        for name, value in parts.items():
            sums[name] = value.detach() + sums.get(name, 0.0)
        if (step + 1) % config.keep_every == 0 or step + 1 == config.all_steps:
            _keep(config, checkpoint, step + 1, network, optimizer, average)
            report(step + 1, {name: float(value) / config.keep_every for name, value in sums.items()})
            sums = {}
    network.load_state_dict(average)
    return network.eval()


def learning_rate(config: LifterTraining, step: int) -> float:
    """Warm-up, then half a cosine; then another, lower one."""
    if step < config.warm_up:
        return config.rate * (step + 1) / config.warm_up
    peak, first, last = config.rate, config.warm_up, config.steps
    if step >= config.steps:
        peak, first, last = config.polish_rate, config.steps, config.all_steps
    part = (step - first) / max(last - first, 1)
    return peak * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * part))))


@dataclass(frozen=True)
class _Batches(Dataset[Sample]):
    """The batch of a step, from the seed and the step alone."""

    wide: Source
    narrow: Source
    config: LifterTraining

    def __len__(self) -> int:
        return self.config.all_steps

    def __getitem__(self, step: int) -> Sample:
        c = self.config
        rng = np.random.default_rng([c.seed, step])
        choice = (self.wide, c.motions, c.views)
        if step < round(c.narrow * c.steps):
            choice = (self.narrow, replace(c.motions, **NARROW_MOTIONS), replace(c.views, rolled=0.1))
        drawn = [draw_sample(choice[0], c.network.frames, *choice[1:], rng) for _ in range(c.batch)]
        return stack(drawn)


@torch.no_grad()
def _update(average: dict[str, Tensor], network: LifterNetwork, memory: float) -> None:
    for name, value in network.state_dict().items():
        average[name].lerp_(value, 1 - memory)


def _keep(
    config: LifterTraining,
    checkpoint: Path,
    step: int,
    network: LifterNetwork,
    optimizer: torch.optim.Optimizer,
    average: dict[str, Tensor],
) -> None:
    state = {
        "config": repr(config),
        "step": step,
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average,
    }
    part = checkpoint.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, checkpoint)


def _resume(
    config: LifterTraining,
    checkpoint: Path,
    network: LifterNetwork,
    optimizer: torch.optim.Optimizer,
    average: dict[str, Tensor],
) -> int:
    """Step to go on from."""
    if not checkpoint.is_file():
        return 0
    try:
        state = torch.load(checkpoint, weights_only=True)
    except Exception as error:
        raise BorelliError(
            f"{checkpoint} is not a checkpoint of this training; remove it: {error}"
        ) from error
    if state["config"] != repr(config):
        raise BorelliError(
            f"{checkpoint} is of other settings; remove it or use the settings it was made with"
        )
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    for name, value in state["average"].items():
        average[name].copy_(value)
    return int(state["step"])
