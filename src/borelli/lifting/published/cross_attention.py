"""The transformer decoder shared by HMR2.0, HSMR and SKEL-CF: query tokens that look at the image's tokens.

Source: Goel et al. 2023, Humans in 4D. Attributes carry the names of the published checkpoints; entries
of `nn.Sequential` without weights (dropout, which is inactive here) are kept as identities for that reason.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HEAD_WIDTH = 64


class SelfAttention(nn.Module):
    """Attention among the query tokens, heads of 64."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.to_qkv = nn.Linear(width, 3 * inner, bias=False)
        self.to_out = nn.Sequential(nn.Linear(inner, width), nn.Identity())

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, Q, width) to (N, Q, width)."""
        return self.to_out(_attend(*self.to_qkv(tokens).chunk(3, dim=-1)))


class CrossAttention(nn.Module):
    """Attention of the query tokens to the image's, heads of 64."""

    def __init__(self, width: int, inner: int, context: int) -> None:
        super().__init__()
        self.to_kv = nn.Linear(context, 2 * inner, bias=False)
        self.to_q = nn.Linear(width, inner, bias=False)
        self.to_out = nn.Sequential(nn.Linear(inner, width), nn.Identity())

    def forward(self, tokens: Tensor, image: Tensor) -> Tensor:
        """(N, Q, width) and (N, L, context) to (N, Q, width)."""
        return self.to_out(_attend(self.to_q(tokens), *self.to_kv(image).chunk(2, dim=-1)))


class FeedForward(nn.Module):
    """Two linear layers with a GELU between them."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(width, hidden), nn.GELU(), nn.Identity(), nn.Linear(hidden, width), nn.Identity()
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, Q, width) to (N, Q, width)."""
        return self.net(tokens)


class PreNorm(nn.Module):
    """A layer behind its normalisation."""

    def __init__(self, width: int, layer: nn.Module) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fn = layer

    def forward(self, tokens: Tensor, *image: Tensor) -> Tensor:
        """The layer's output, without the residual."""
        return self.fn(self.norm(tokens), *image)


class Layers(nn.Module):
    """A stack of self-attention, cross-attention and feed-forward layers."""

    def __init__(self, width: int, depth: int, inner: int, hidden: int, context: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.ModuleList(
                PreNorm(width, layer)
                for layer in (
                    SelfAttention(width, inner),
                    CrossAttention(width, inner, context),
                    FeedForward(width, hidden),
                )
            )
            for _ in range(depth)
        )

    def step(self, index: int, tokens: Tensor, image: Tensor) -> Tensor:
        """One layer with its residuals: (N, Q, width) to (N, Q, width)."""
        attend, look, think = cast(nn.ModuleList, self.layers[index])
        tokens = tokens + attend(tokens)
        tokens = tokens + look(tokens, image)
        return tokens + think(tokens)


class Decoder(nn.Module):
    """Layers with a learned position of the query tokens, and their embedding where they have one."""

    def __init__(
        self, width: int, depth: int, inner: int, hidden: int, context: int, queries: int, embedded: bool
    ) -> None:
        super().__init__()
        if embedded:
            self.to_token_embedding = nn.Linear(1, width)
        self.pos_embedding = nn.Parameter(torch.zeros(1, queries, width))
        self.transformer = Layers(width, depth, inner, hidden, context)


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention (N, Q, inner) of queries to keys and values (N, L, inner), split into heads of 64."""
    q, k, v = (x.unflatten(-1, (-1, HEAD_WIDTH)).transpose(1, 2) for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
