"""Which network a checkpoint belongs to, its sizes by the shapes of its weights, and what it lacks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from borelli.errors import BorelliError
from borelli.lifting.published.body_networks import BOTTLENECK, Sizes
from borelli.lifting.published.cross_attention import HEAD_WIDTH

Shapes = Mapping[str, tuple[int, ...]]

HEADS_OF_WIDTH = {1280: 16}
"""Heads of ViT-H are 80 wide; those of all smaller backbones 64."""
SHOWN = 3
"""Names in an error message; more are counted."""


@dataclass(frozen=True)
class Layout:
    """How one published network names its weights."""

    title: str
    head: str
    """Prefix of the head in our modules: head or decoder."""
    renamed: tuple[tuple[str, str], ...] = ()
    """Beginnings of names in the file, and in our modules."""
    alternative: tuple[tuple[str, str], ...] = ()
    """Beginnings that other versions of the code wrote, likewise."""

    def ours(self, name: str) -> str:
        """Name in our modules of a weight of the file."""
        for theirs, own in (*self.renamed, *self.alternative):
            if name.startswith(theirs):
                return own + name.removeprefix(theirs)
        return name

    def theirs(self, name: str) -> str:
        """Name in the file of a weight of our modules."""
        for theirs, own in self.renamed:
            if name.startswith(own):
                return theirs + name.removeprefix(own)
        return name


HSMR = Layout("HSMR", "head")
HMR2 = Layout(
    "HMR2.0",
    "head",
    renamed=(
        ("smpl_head.decpose.", "head.poses_decoder."),
        ("smpl_head.decshape.", "head.betas_decoder."),
        ("smpl_head.deccam.", "head.cam_decoder."),
        ("smpl_head.init_body_pose", "head.init_poses"),
        ("smpl_head.init_betas", "head.init_betas"),
        ("smpl_head.init_cam", "head.init_cam"),
        ("smpl_head.transformer.", "head.transformer."),
    ),
)
SKELCF = Layout(
    "SKEL-CF",
    "decoder",
    alternative=(("decoder.transformer.layers.", "decoder.transformer.transformer.layers."),),
)


def sizes_of(layout: Layout, shapes: Shapes) -> Sizes:
    """Sizes of a network from the shapes of its weights, under our names.

    Raises BorelliError naming the weights that tell them, where they are missing or not of the right kind.
    """
    head = layout.head
    first = f"{head}.transformer.transformer.layers.0."
    telling = (
        "backbone.patch_embed.proj.weight",
        "backbone.pos_embed",
        "backbone.blocks.0.mlp.fc1.weight",
        f"{head}.transformer.pos_embedding",
        f"{first}0.fn.to_qkv.weight",
        f"{first}2.fn.net.0.weight",
    )
    missing = [layout.theirs(name) for name in telling if name not in shapes]
    if missing:
        raise BorelliError(f"it lacks {_listed(missing)}")
    if any(len(shapes[name]) != rank for name, rank in zip(telling, (4, 3, 2, 3, 2, 2), strict=True)):
        raise BorelliError(f"the shapes of {_listed([layout.theirs(name) for name in telling])} are unknown")
    width = shapes[telling[0]][0]
    return Sizes(
        width=width,
        depth=_count(shapes, "backbone.blocks."),
        heads=HEADS_OF_WIDTH.get(width, max(1, width // 64)),
        hidden=shapes[telling[2]][0],
        tokens=shapes[telling[1]][1] - 1,
        decoder_width=shapes[telling[3]][2],
        decoder_depth=_count(shapes, f"{head}.transformer.transformer.layers."),
        inner=shapes[telling[4]][0] // 3 // HEAD_WIDTH * HEAD_WIDTH,
        decoder_hidden=shapes[telling[5]][0],
        queries=shapes[telling[3]][1],
        bottleneck=shapes.get(f"{head}.poses_decoder.0.weight", (BOTTLENECK,))[0],
    )


def check_shapes(layout: Layout, expected: Shapes, found: Shapes) -> None:
    """Raise BorelliError naming the weights that are missing or of another shape, as the file calls them."""
    missing = [layout.theirs(name) for name in expected if name not in found]
    if missing:
        raise BorelliError(f"it lacks {_listed(missing)}")
    wrong = [
        f"{layout.theirs(name)} {_size(found[name])} instead of {_size(shape)}"
        for name, shape in expected.items()
        if found[name] != shape
    ]
    if wrong:
        raise BorelliError(f"it holds {_listed(wrong)}")


def _count(shapes: Shapes, prefix: str) -> int:
    """How many numbered modules there are under a prefix."""
    pattern = re.compile(re.escape(prefix) + r"(\d+)\.")
    return 1 + max(int(match[1]) for name in shapes if (match := pattern.match(name)))


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
