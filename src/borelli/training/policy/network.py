"""The student: a plain network from normalised observations to actions (torch; needed to train only)."""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

LARGEST_INPUT = 5.0
"""Standard deviations at which inputs are cut off."""
SMALLEST_SCALE = 1e-2
"""Inputs that hardly vary are not blown up."""


class Perceptron(nn.Module):
    """Normalisation, hidden layers with ELU, and a linear answer."""

    def __init__(self, inputs: int, hidden: Sequence[int], outputs: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.register_buffer("shown", torch.ones(inputs))
        sizes = [inputs, *hidden]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))
        self.leave = nn.Linear(sizes[-1], outputs)
        nn.init.normal_(self.leave.weight, std=0.01)
        nn.init.zeros_(self.leave.bias)

    def forward(self, observations: Tensor) -> Tensor:
        """(N, inputs) to (N, outputs)."""
        x = self.normalised(observations)
        for layer in self.hidden:
            x = nn.functional.elu(layer(x))
        return self.leave(x)

    def normalised(self, observations: Tensor) -> Tensor:
        """Inputs in standard deviations, cut off; what is not shown is zero."""
        mean, scale, shown = (self.get_buffer(name) for name in ("mean", "scale", "shown"))
        return shown * ((observations - mean) / scale).clamp(-LARGEST_INPUT, LARGEST_INPUT)

    def look_at(self, observations: Tensor) -> None:
        """Take mean and scale from examples (N, inputs)."""
        self.get_buffer("mean").copy_(observations.mean(dim=0))
        self.get_buffer("scale").copy_(observations.std(dim=0).clamp_min(SMALLEST_SCALE))
