"""A policy from clips: distillation, refinement if it is asked for, and the file that comes of them."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from borelli.body.model import BodyModel
from borelli.dynamics.policy.body import BodyConfig
from borelli.dynamics.policy.clips import RATE, Clip
from borelli.dynamics.policy.library import library
from borelli.dynamics.policy.observation import layout_of
from borelli.training.policy.config import PolicyTraining
from borelli.training.policy.distil import distil
from borelli.training.policy.export import Purpose, export_policy
from borelli.training.policy.network import Perceptron
from borelli.training.policy.ppo import refine
from borelli.training.policy.processes import rank

Tell = Callable[[str, int, dict[str, float]], None]
"""Told the stage, the number of its round, and figures of it."""


def train_policy(
    model: BodyModel,
    clips: Sequence[Clip],
    training: PolicyTraining,
    work: Path,
    out: Path,
    tell: Tell,
    start: Perceptron | None = None,
) -> Perceptron:
    """Train on clips with references, write the network to `out`; goes on from what is in the folder `work`.

    `start` is a network to fine-tune; by default a new one learns. Of several processes (`processes`) the
    first one reads and writes files.

    Raises BorelliError for no clips, or for what another training left in `work`.
    """
    body = BodyConfig()
    prepared = library(model, clips, body)
    network = distil(training, prepared, work / "distil.pt", partial(tell, "distil"), start)
    if training.ppo.iterations:
        network = refine(training, network, prepared, work / "ppo.pt", partial(tell, "refine"))
    seconds = sum(len(clip) for clip in clips) / RATE
    trained = f"{len(clips)} clips, {seconds:.0f} s, seed {training.seed}"
    if rank() == 0:
        export_policy(network, Purpose(layout_of(prepared), body, trained), out)
    return network
