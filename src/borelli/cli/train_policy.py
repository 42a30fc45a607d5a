"""`borelli train policy`: a policy from clips, or one fine-tuned on clips."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from borelli.body.model import body_model
from borelli.cli.commands import TrainPolicy
from borelli.errors import BorelliError


def train_policy(command: TrainPolicy) -> int:
    """Read clips, train, write; returns the exit code."""
    try:
        import gymnasium as gymnasium
        import onnx as onnx
        import torch as torch
    except ImportError as error:
        raise BorelliError(f"training needs {error.name}: pip install 'borelli[policy]'") from error
    from borelli.training.policy import train
    from borelli.training.policy.clips import training_clips
    from borelli.training.policy.config import PolicyTraining
    from borelli.training.policy.export import import_policy

    console = Console()
    work = command.out.with_suffix(".work")
    work.mkdir(parents=True, exist_ok=True)
    start = import_policy(command.start) if command.start else None
    with console.status("reconstructing clips") as status:
        clips = training_clips(
            body_model(),
            command.clips,
            work / "clips",
            lambda done, total: status.update(f"reconstructing clips: {done} of {total}"),
        )

    def tell(stage: str, number: int, figures: dict[str, float]) -> None:
        shown = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
        console.print(f"{stage} {number:4d}  {shown}", highlight=False)

    plain = PolicyTraining(seed=command.seed)
    training = replace(
        plain,
        distil=replace(plain.distil, rounds=command.rounds),
        ppo=replace(plain.ppo, iterations=command.refine),
    )
    train.train_policy(body_model(), clips, training, work, command.out, tell, start)
    console.print(f"wrote {command.out}", highlight=False)
    return 0
