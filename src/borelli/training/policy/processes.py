"""Processes that learn together: each has worlds of its own, and all have the same networks.

torchrun starts them and says in the environment where they meet. A process alone passes through unchanged.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch import distributed as dist

from borelli.errors import BorelliError

T = TypeVar("T")

PATIENCE = timedelta(days=1)
"""How long processes wait for each other: the first one reconstructs the clips of all."""
STEEPEST = 1.0
"""Gradients are cut to this norm."""


@contextmanager
def joined(device: str) -> Iterator[str]:
    """Meet the other processes that torchrun started, if any; yields the device of this one.

    Of "cuda", each process of a machine has the GPU of its own number.
    Raises BorelliError when there are more processes than GPUs.
    """
    if device == "cuda":
        own, there = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
        if own >= there:
            raise BorelliError(f"process {own} has no GPU of its own: give torchrun --nproc-per-node {there}")
        torch.cuda.set_device(own)
        device = f"cuda:{own}"
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device
        return
    # what is no network stays in the processor's memory, on GPUs too
    dist.init_process_group("gloo" if device == "cpu" else "cpu:gloo,cuda:nccl", timeout=PATIENCE)
    try:
        yield device
    finally:
        dist.destroy_process_group()


def rank() -> int:
    """Number of this process; the first one, 0, writes files and reports."""
    return dist.get_rank() if dist.is_initialized() else 0


def from_first(make: Callable[[], T]) -> T:
    """What `make` gives in the first process, in all of them; the others do not call it."""
    if not dist.is_initialized():
        return make()
    held: list[T | None] = [make() if dist.get_rank() == 0 else None]
    dist.broadcast_object_list(held, src=0, device=torch.device("cpu"))
    return held[0]  # type: ignore[return-value]


def from_all(part: T) -> list[T]:
    """What each process has, in their order, in all of them."""
    if not dist.is_initialized():
        return [part]
    parts: list[T | None] = [None] * dist.get_world_size()
    dist.all_gather_object(parts, part)
    return parts  # type: ignore[return-value]


def averaged(values: np.ndarray) -> np.ndarray:
    """Mean over processes of arrays of one shape."""
    return np.mean(from_all(values), axis=0) if dist.is_initialized() else values


def descend(optimizer: torch.optim.Optimizer, network: nn.Module, loss: Tensor) -> None:
    """One step down the gradient of the mean of all processes' losses."""
    optimizer.zero_grad()
    loss.backward()
    if dist.is_initialized():
        for parameter in network.parameters():
            assert parameter.grad is not None
            dist.all_reduce(parameter.grad)
            parameter.grad /= dist.get_world_size()
    torch.nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
    optimizer.step()
