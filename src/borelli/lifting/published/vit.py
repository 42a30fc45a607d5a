"""The image backbone of ViTPose, HSMR, HMR2.0 and SKEL-CF: a plain vision transformer without class token.

Sources: Xu et al. 2022, ViTPose; Dosovitskiy et al. 2021, An Image is Worth 16x16 Words. Attributes carry the
names of the published checkpoints, so that `state_dict` is the file format.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PATCH, PADDING = 16, 2
EPSILON = 1e-6


class Attention(nn.Module):
    """Multi-head self-attention over tokens (N, L, width)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (N, L, width) to tokens (N, L, width)."""
        q, k, v = self.qkv(tokens).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    """Two linear layers with a GELU between them."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (N, L, width) to tokens (N, L, width)."""
        return self.fc2(F.gelu(self.fc1(tokens)))


class Block(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=EPSILON)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=EPSILON)
        self.mlp = Mlp(width, hidden)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (N, L, width) to tokens (N, L, width)."""
        tokens = tokens + self.attn(self.norm1(tokens))
        return tokens + self.mlp(self.norm2(tokens))


class PatchEmbed(nn.Module):
    """Pictures to one token per patch; the padding makes 16 x 12 patches of 256 x 192 pixels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, PATCH, stride=PATCH, padding=PADDING)

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, H / 16 * W / 16, width), row by row."""
        return self.proj(pictures).flatten(2).transpose(1, 2)


class Backbone(nn.Module):
    """Normalised pictures to tokens."""

    def __init__(self, width: int, depth: int, heads: int, hidden: int, tokens: int) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(width)
        self.pos_embed = nn.Parameter(torch.zeros(1, tokens + 1, width))
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(depth))
        self.last_norm = nn.LayerNorm(width, eps=EPSILON)

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, 256, 192), ImageNet normalisation, to tokens (N, 192, width).

        The position of the class token, which the network no longer has, is added to all others.
        """
        tokens = self.patch_embed(pictures) + self.pos_embed[:, 1:] + self.pos_embed[:, :1]
        for block in self.blocks:
            tokens = block(tokens)
        return self.last_norm(tokens)
