"""`borelli train lifter`: weights from recordings, or the shipped ones fine-tuned on the user's videos."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console

from borelli.body.model import body_model
from borelli.cli.commands import TrainLifter
from borelli.errors import BorelliError
from borelli.evaluation.mocap import read_manifest

if TYPE_CHECKING:
    from borelli.lifting.network import LifterNetwork
    from borelli.training.corpus import Recording

VALIDATION_WINDOWS = 300


def train(command: TrainLifter) -> int:
    """Train, calibrate, write; returns the exit code."""
    try:
        import onnx as onnx
        import torch as torch
    except ImportError as error:
        raise BorelliError(f"training needs {error.name}: pip install 'borelli[torch]'") from error
    if command.videos is None:
        read_manifest(command.mocap)  # raises before anything is written
    console = Console()
    work = command.out.with_suffix(".work")
    work.mkdir(parents=True, exist_ok=True)
    if command.videos:
        _on_videos(command, work, console)
    else:
        _on_recordings(command, work, console)
    console.print(f"wrote {command.out}", highlight=False)
    return 0


def _on_recordings(command: TrainLifter, work: Path, console: Console) -> None:
    from borelli.training.export import export_lifter
    from borelli.training.lifter import LifterTraining, train_lifter

    recordings = _corpus(command, "train", work, console)

    def report(step: int, parts: dict[str, float]) -> None:
        shown = "  ".join(f"{name} {value:.3f}" for name, value in parts.items())
        console.print(f"{step:6d}  {shown}", highlight=False)

    config = LifterTraining(steps=command.steps, seed=command.seed)
    network = train_lifter(config, recordings, work / "checkpoint.pt", report)
    export_lifter(network, _calibrated(command, network, work, console), command.out)


def _on_videos(command: TrainLifter, work: Path, console: Console) -> None:
    from borelli.lifting.lifter import SHIPPED, Lifter, load_lifter
    from borelli.training.export import export_lifter, import_lifter
    from borelli.training.footage import read_footage
    from borelli.training.labels import Label
    from borelli.training.loop import LoopConfig, fit_in_loop
    from borelli.training.motions import Source
    from borelli.training.poses import pose_pool

    assert command.videos is not None
    footage = read_footage(command.videos, command.models, work)
    console.print(f"{len(footage)} people in the videos", highlight=False)
    network, inflation = import_lifter(command.start or SHIPPED)
    pool = pose_pool(body_model(), 5000, np.random.default_rng(command.seed))
    source = Source.of(body_model(), _corpus(command, "train", work, console), pool)
    draft = work / "round.onnx"

    def saved(network: LifterNetwork) -> Lifter:
        export_lifter(network, inflation, draft)
        return load_lifter(draft)

    def told(round_: int, labels: Mapping[str, Label], lifter: Lifter) -> None:
        errors = [1e3 * np.sqrt(label.error) for label in labels.values()]
        mean = f"{np.mean(errors):.1f} mm" if errors else "none"
        console.print(f"round {round_}: {len(labels)} fits kept, reprojection {mean}", highlight=False)

    fit_in_loop(network, footage, source, saved, LoopConfig(seed=command.seed), told)
    export_lifter(network, inflation, command.out)


def _corpus(command: TrainLifter, split: str, work: Path, console: Console) -> list[Recording]:
    from borelli.training.corpus import read_corpus

    folder = command.mocap
    with console.status(f"retargeting {split} recordings") as status:
        return read_corpus(
            body_model(),
            folder,
            split,
            work / "recordings",
            lambda done, total: status.update(f"retargeting {split} recordings: {done} of {total}"),
        )


def _calibrated(
    command: TrainLifter, network: LifterNetwork, work: Path, console: Console
) -> dict[str, float]:
    """Factors on the uncertainty from recordings of the validation split."""
    from borelli.lifting.lifter import load_lifter
    from borelli.training.calibrate import KINDS, inflation
    from borelli.training.export import export_lifter
    from borelli.training.motions import Source
    from borelli.training.poses import pose_pool

    draft = work / "uncalibrated.onnx"
    export_lifter(network, dict.fromkeys(KINDS, 1.0), draft)
    pool = pose_pool(body_model(), 2000, np.random.default_rng(command.seed + 1))
    source = Source.of(body_model(), _corpus(command, "val", work, console), pool)
    return inflation(load_lifter(draft), source, VALIDATION_WINDOWS, command.seed + 1)
