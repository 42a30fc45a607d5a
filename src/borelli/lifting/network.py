"""The lifter's network: a plain transformer over the frames of a window (torch; needed to train only)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from borelli.lifting.layout import OUTPUTS
from borelli.lifting.rays import FEATURES


@dataclass(frozen=True)
class NetworkConfig:
    """Size of the transformer; about 1.8 million parameters."""

    frames: int = 24
    """Of a window."""
    width: int = 192
    layers: int = 5
    heads: int = 6
    hidden: int = 512


class Block(nn.Module):
    """Attention over frames, then a two-layer perceptron, each with its norm before and a bypass."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.norm_attention = nn.LayerNorm(config.width)
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.mix = nn.Linear(config.width, config.width)
        self.norm_hidden = nn.LayerNorm(config.width)
        self.widen = nn.Linear(config.width, config.hidden)
        self.narrow = nn.Linear(config.hidden, config.width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, width) to the same shape."""
        batch, frames, width = x.shape
        parts = self.query_key_value(self.norm_attention(x))
        query, key, value = parts.view(batch, frames, 3, self.heads, width // self.heads).permute(
            2, 0, 3, 1, 4
        )
        attended = F.scaled_dot_product_attention(query, key, value)
        x = x + self.mix(attended.transpose(1, 2).reshape(batch, frames, width))
        return x + self.narrow(F.gelu(self.widen(self.norm_hidden(x)), approximate="tanh"))


class LifterNetwork(nn.Module):
    """Features (B, T, FEATURES) of `lifting.rays` to answers (B, T, OUTPUTS) of `lifting.layout`."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.enter = nn.Linear(FEATURES, config.width)
        self.position = nn.Parameter(0.02 * torch.randn(config.frames, config.width))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.leave = nn.Linear(config.width, OUTPUTS)
        nn.init.normal_(self.leave.weight, std=0.02)

    def forward(self, features: Tensor) -> Tensor:
        """Answers; what describes the whole window is the same in all its frames."""
        return self.leave(self.norm(self.latent(features)))

    def latent(self, features: Tensor) -> Tensor:
        """(B, T, width) after the last block: visual features for other networks."""
        x = self.enter(features) + self.position
        for block in self.blocks:
            x = block(x)
        return x
