"""Random checkpoints with the names and, but for their width, the shapes of the published ones."""

import torch

from borelli.lifting.published.body_networks import Sizes
from borelli.lifting.published.layouts import HMR2
from borelli.lifting.published.load import empty_network, shapes_of

SMALL = Sizes(
    width=128, depth=2, heads=2, hidden=256, tokens=192,
    decoder_width=96, decoder_depth=2, inner=128, decoder_hidden=80, queries=1,
)  # fmt: skip
SMALL_CF = Sizes(
    width=128, depth=2, heads=2, hidden=256, tokens=192,
    decoder_width=128, decoder_depth=3, inner=128, decoder_hidden=80, queries=1, bottleneck=32,
)  # fmt: skip


def random_weights(kind: str, seed: int = 0) -> dict[str, torch.Tensor]:
    """Weights of a small network as its published file names them."""
    generator = torch.Generator().manual_seed(seed)
    shapes = shapes_of(empty_network(kind, SMALL_CF if kind == "skelcf" else SMALL))
    weights = {name: 0.05 * torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    if kind == "hmr2":
        weights = {HMR2.theirs(name): value for name, value in weights.items()}
    return weights


def official_file(kind: str, weights: dict[str, torch.Tensor]) -> dict:
    """What each project's training code writes around its weights."""
    if kind == "skelcf":
        older = {name: torch.zeros_like(value) for name, value in weights.items()}
        return {"model": older, "ema_model": weights, "optimizer": {"state": {}}, "epoch": 29}
    extra = {"discriminator.D_shape.weight": torch.zeros(3), "skel_model.skin_f": torch.zeros(2, 3)}
    return {"epoch": 35, "state_dict": {**weights, **extra}, "pytorch-lightning_version": "1.8.1"}
