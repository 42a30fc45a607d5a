"""`borelli train policy`: a policy from clips, or one fine-tuned on clips."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from borelli.body.model import body_model
from borelli.cli.commands import TrainPolicy
from borelli.dynamics.policy.clips import Clip
from borelli.errors import BorelliError


def train_policy(command: TrainPolicy) -> int:
    """Read clips, train, write; returns the exit code. torchrun may start it several times over."""
    try:
        import gymnasium as gymnasium
        import onnx as onnx
        import torch as torch
    except ImportError as error:
        raise BorelliError(f"training needs {error.name}: pip install 'borelli[policy]'") from error
    from borelli.training.policy import train
    from borelli.training.policy.config import PolicyTraining
    from borelli.training.policy.export import import_policy
    from borelli.training.policy.processes import from_first, joined, rank

    with joined(_there(command.device)) as device:
        plain = PolicyTraining(seed=command.seed, device=device)
        training = replace(
            plain,
            distil=replace(plain.distil, rounds=command.rounds),
            ppo=replace(plain.ppo, iterations=command.refine),
        )
        console = Console(quiet=rank() > 0)
        work = command.out.with_suffix(".work")
        start = from_first(lambda: import_policy(command.start) if command.start else None)
        clips = from_first(lambda: _clips(command.clips, work, console))

        def tell(stage: str, number: int, figures: dict[str, float]) -> None:
            shown = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
            console.print(f"{stage} {number:4d}  {shown}", highlight=False)

        train.train_policy(body_model(), clips, training, work, command.out, tell, start)
        console.print(f"wrote {command.out}", highlight=False)
    return 0


def _clips(folder: Path, work: Path, console: Console) -> list[Clip]:
    from borelli.training.policy.clips import training_clips

    work.mkdir(parents=True, exist_ok=True)
    with console.status("reconstructing clips") as status:
        return training_clips(
            body_model(),
            folder,
            work / "clips",
            lambda done, total: status.update(f"reconstructing clips: {done} of {total}"),
        )


def _there(device: str) -> str:
    """A device that torch has. Raises BorelliError for any other."""
    import torch

    if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise BorelliError(f"--device {device}: give cpu, cuda or cuda:N")
    count, number = torch.cuda.device_count(), int(device.partition(":")[2] or 0)
    if device != "cpu" and number >= count:
        found = "no GPU" if count == 0 else f"GPUs 0 to {count - 1}"
        raise BorelliError(
            f"--device {device}: torch {torch.__version__} sees {found}; give --device cpu, or install torch "
            "for CUDA as pytorch.org says"
        )
    return device
