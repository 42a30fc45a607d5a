"""The networks of HSMR, HMR2.0 and SKEL-CF: published layouts at full width, arithmetic, precision."""

import numpy as np
import pytest
import torch
from published_checkpoints import SMALL, random_weights

from borelli.lifting.published.body_networks import Sizes
from borelli.lifting.published.cross_attention import CrossAttention, SelfAttention
from borelli.lifting.published.layouts import HMR2, SKELCF
from borelli.lifting.published.load import empty_network, shapes_of, store_half
from borelli.lifting.published.vit import Attention, Backbone, Block

VIT_H = Sizes(
    width=1280, depth=32, heads=16, hidden=5120, tokens=192,
    decoder_width=1024, decoder_depth=6, inner=512, decoder_hidden=1024, queries=1,
)  # fmt: skip
VIT_H_CF = Sizes(
    width=1280, depth=32, heads=16, hidden=5120, tokens=192,
    decoder_width=1280, decoder_depth=6, inner=512, decoder_hidden=1024, queries=1,
)  # fmt: skip


def linear(name: str, out: int, into: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


def norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def published_backbone() -> dict[str, tuple[int, ...]]:
    shapes = {
        "backbone.patch_embed.proj.weight": (1280, 3, 16, 16),
        "backbone.patch_embed.proj.bias": (1280,),
        "backbone.pos_embed": (1, 193, 1280),
        **norm("backbone.last_norm", 1280),
    }
    for i in range(32):
        block = f"backbone.blocks.{i}"
        shapes |= norm(f"{block}.norm1", 1280) | norm(f"{block}.norm2", 1280)
        shapes |= linear(f"{block}.attn.qkv", 3840, 1280) | linear(f"{block}.attn.proj", 1280, 1280)
        shapes |= linear(f"{block}.mlp.fc1", 5120, 1280) | linear(f"{block}.mlp.fc2", 1280, 5120)
    return shapes


def published_decoder(prefix: str, width: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {f"{prefix}.pos_embedding": (1, 1, width)}
    for i in range(6):
        layer = f"{prefix}.transformer.layers.{i}"
        for k in range(3):
            shapes |= norm(f"{layer}.{k}.norm", width)
        shapes |= {f"{layer}.0.fn.to_qkv.weight": (1536, width), f"{layer}.1.fn.to_kv.weight": (1024, 1280)}
        shapes |= {f"{layer}.1.fn.to_q.weight": (512, width)}
        shapes |= linear(f"{layer}.0.fn.to_out.0", width, 512) | linear(f"{layer}.1.fn.to_out.0", width, 512)
        shapes |= linear(f"{layer}.2.fn.net.0", 1024, width) | linear(f"{layer}.2.fn.net.3", width, 1024)
    return shapes


def published_hsmr() -> dict[str, tuple[int, ...]]:
    return {
        **published_backbone(),
        **published_decoder("head.transformer", 1024),
        **linear("head.transformer.to_token_embedding", 1024, 1),
        **linear("head.poses_decoder", 144, 1024),
        **linear("head.betas_decoder", 10, 1024),
        **linear("head.cam_decoder", 3, 1024),
        "head.init_poses": (1, 144),
        "head.init_betas": (1, 10),
        "head.init_cam": (1, 3),
    }


def published_hmr2() -> dict[str, tuple[int, ...]]:
    return {
        **published_backbone(),
        **published_decoder("smpl_head.transformer", 1024),
        **linear("smpl_head.transformer.to_token_embedding", 1024, 1),
        **linear("smpl_head.decpose", 144, 1024),
        **linear("smpl_head.decshape", 10, 1024),
        **linear("smpl_head.deccam", 3, 1024),
        "smpl_head.init_body_pose": (1, 144),
        "smpl_head.init_betas": (1, 10),
        "smpl_head.init_cam": (1, 3),
    }


def published_skelcf() -> dict[str, tuple[int, ...]]:
    shapes = {**published_backbone(), **published_decoder("decoder.transformer", 1280)}
    for name, size in (("poses", 144), ("betas", 10), ("cam", 3)):
        shapes |= linear(f"decoder.{name}_decoder.0", 256, 1280)
        shapes |= linear(f"decoder.{name}_decoder.2", size, 256)
        shapes[f"decoder.mean_{name}"] = (1, size)
    for name, size in (("pose", 147), ("betas", 13), ("cam", 6)):
        shapes |= linear(f"decoder.to_{name}_embedding", 1280, size)
    return shapes


def test_hsmr_at_full_width_has_exactly_the_published_weights() -> None:
    shapes = shapes_of(empty_network("hsmr", VIT_H))
    assert shapes == published_hsmr()
    assert sum(int(np.prod(shape)) for shape in shapes.values()) == pytest.approx(670.4e6, rel=2e-4)


def test_hmr2_at_full_width_has_exactly_the_published_weights() -> None:
    shapes = shapes_of(empty_network("hmr2", VIT_H))
    assert {HMR2.theirs(name): shape for name, shape in shapes.items()} == published_hmr2()
    assert {HMR2.ours(name): shape for name, shape in published_hmr2().items()} == shapes


def test_skelcf_at_full_width_has_exactly_the_published_weights() -> None:
    shapes = shapes_of(empty_network("skelcf", VIT_H_CF))
    assert shapes == published_skelcf()
    flat = {name.replace("transformer.transformer.", "transformer.") for name in shapes}
    assert {SKELCF.ours(name) for name in flat} == set(shapes)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def by_hand(q: np.ndarray, k: np.ndarray, v: np.ndarray, heads: int) -> np.ndarray:
    """Attention of (Q, C) to (L, C), head by head."""
    size = q.shape[1] // heads
    parts = []
    for h in range(heads):
        own = slice(h * size, (h + 1) * size)
        parts.append(softmax(q[:, own] @ k[:, own].T / np.sqrt(size)) @ v[:, own])
    return np.concatenate(parts, axis=1)


def double(module: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: value.detach().double().numpy() for name, value in module.named_parameters()}


def test_attention_of_the_backbone_is_that_of_the_textbook() -> None:
    torch.manual_seed(1)
    module = Attention(32, 4).double()
    w, x = double(module), np.random.default_rng(1).normal(size=(5, 32))
    q, k, v = np.split(x @ w["qkv.weight"].T + w["qkv.bias"], 3, axis=1)
    expected = by_hand(q, k, v, 4) @ w["proj.weight"].T + w["proj.bias"]
    assert np.allclose(module(torch.from_numpy(x)[None])[0].detach().numpy(), expected, atol=1e-12)


def test_attention_of_the_decoder_is_that_of_the_textbook() -> None:
    torch.manual_seed(2)
    rng = np.random.default_rng(2)
    x, image = rng.normal(size=(3, 24)), rng.normal(size=(7, 40))
    own, cross = SelfAttention(24, 128).double(), CrossAttention(24, 128, 40).double()
    w = double(own)
    q, k, v = np.split(x @ w["to_qkv.weight"].T, 3, axis=1)
    expected = by_hand(q, k, v, 2) @ w["to_out.0.weight"].T + w["to_out.0.bias"]
    assert np.allclose(own(torch.from_numpy(x)[None])[0].detach().numpy(), expected, atol=1e-12)
    w = double(cross)
    k, v = np.split(image @ w["to_kv.weight"].T, 2, axis=1)
    expected = by_hand(x @ w["to_q.weight"].T, k, v, 2) @ w["to_out.0.weight"].T + w["to_out.0.bias"]
    found = cross(torch.from_numpy(x)[None], torch.from_numpy(image)[None])
    assert np.allclose(found[0].detach().numpy(), expected, atol=1e-12)


def test_a_block_adds_its_two_parts_to_the_stream() -> None:
    torch.manual_seed(3)
    block = Block(32, 4, 64).double()
    for part in (block.attn.proj, block.mlp.fc2):
        torch.nn.init.zeros_(part.weight)
        torch.nn.init.zeros_(part.bias)
    x = torch.randn(1, 6, 32, dtype=torch.float64)
    assert torch.equal(block(x), x)


def test_patches_are_read_row_by_row_and_the_class_position_is_shared() -> None:
    backbone = Backbone(8, 0, 1, 8, 192).eval()
    torch.nn.init.zeros_(backbone.patch_embed.proj.weight)
    torch.nn.init.zeros_(backbone.patch_embed.proj.bias)
    positions = torch.randn(1, 193, 8)
    backbone.pos_embed.data = positions.clone()
    expected = torch.nn.functional.layer_norm(positions[:, 1:] + positions[:, :1], (8,), eps=1e-6)
    assert torch.allclose(backbone(torch.zeros(1, 3, 256, 192)), expected)
    torch.nn.init.ones_(backbone.patch_embed.proj.weight)
    picture = torch.zeros(1, 3, 256, 192)
    picture[:, :, 3 * 16 + 4, 5 * 16 + 4] = 1.0
    lit = backbone.patch_embed(picture)[0, :, 0].nonzero().flatten().tolist()
    assert lit == [3 * 12 + 5]


def small(kind: str) -> torch.nn.Module:
    module = empty_network(kind, SMALL)
    weights = {HMR2.ours(name): value for name, value in random_weights(kind).items()}
    module.load_state_dict(weights, assign=True)
    return module.eval().requires_grad_(False)


def test_the_head_adds_what_its_token_saw_to_the_mean_parameters() -> None:
    module = small("hsmr")
    for name in ("poses_decoder", "betas_decoder", "cam_decoder"):
        torch.nn.init.zeros_(getattr(module.head, name).weight)
        torch.nn.init.zeros_(getattr(module.head, name).bias)
    found = module(torch.randn(2, 3, 256, 192), torch.zeros(2, 3))
    assert torch.equal(found.pose, module.head.init_poses.expand(2, -1))
    assert torch.equal(found.camera, module.head.init_cam.expand(2, -1))


def test_bfloat16_stays_close_to_float32_and_keeps_norms_exact() -> None:
    pictures, box = torch.randn(2, 3, 256, 192), torch.zeros(2, 3)
    exact = small("hsmr")(pictures, box).pose
    module = small("hsmr")
    store_half(module.backbone)
    assert module.backbone.blocks[0].mlp.fc1.weight.dtype == torch.bfloat16
    assert module.backbone.blocks[0].norm1.weight.dtype == torch.float32
    assert module.head.poses_decoder.weight.dtype == torch.float32
    with torch.autocast("cpu", torch.bfloat16):
        image = module.backbone(pictures)
    half = module.read(image.float(), box).pose
    spread = (exact - module.head.init_poses).abs().mean()
    assert 0 < (half - exact).abs().max() < 0.05 * spread
