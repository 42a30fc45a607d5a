"""From a checkpoint file to a network that runs: kind, sizes, weights, precision, device."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from borelli.errors import BorelliError, choices
from borelli.lifting.published.body_networks import CoarseToFine, SinglePass, Sizes
from borelli.lifting.published.checkpoint import read_tensors
from borelli.lifting.published.kinds import WHERE, Kind
from borelli.lifting.published.layouts import HMR2, HSMR, SKELCF, Layout, Shapes, check_shapes, sizes_of

Precision = Literal["float32", "bfloat16"]

LAYOUTS: dict[str, Layout] = {"hsmr": HSMR, "hmr2": HMR2, "skelcf": SKELCF}
BODY_PREFIX = "skel_model."
"""Under it HSMR and SKEL-CF may have saved the SKEL model that they were trained with."""


@dataclass(frozen=True)
class Network:
    """A loaded network."""

    kind: Kind
    module: SinglePass | CoarseToFine
    precision: Precision
    device: torch.device
    body: Mapping[str, np.ndarray]
    """SKEL's constants by their upstream names, where the checkpoint holds them; else empty."""

    def predict(self, pictures: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pose codes (N, 144) and shapes (N, 10).

        Args:
            pictures: (N, 3, 256, 192) crops with ImageNet normalisation.
            boxes: (N, 3) centre of the crop from the middle of the picture and its side, in focal lengths.
        """
        half = self.precision == "bfloat16"
        arrays = (np.asarray(x, dtype=np.float32) for x in (pictures, boxes))
        crops, places = (torch.from_numpy(x).to(self.device) for x in arrays)
        with torch.inference_mode():
            # the head stays exact: it costs little, and its numbers are angles
            with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
                image = self.module.backbone(crops)
            found = self.module.read(image.float(), places)
        return found.pose.double().cpu().numpy(), found.shape.double().cpu().numpy()


def load_network(
    kind: Kind, path: Path, precision: Precision = "bfloat16", device: str | None = None
) -> Network:
    """Read a checkpoint of a published network; nothing in the file is executed.

    Args:
        kind: hsmr, hmr2 or skelcf.
        path: the user's own file.
        precision: of the matrix products; bfloat16 halves memory and time of the large backbone.
        device: of PyTorch; cuda where there is one by default.

    Raises BorelliError naming the file, what is wrong with it, and which file is meant.
    """
    if kind not in LAYOUTS:
        raise choices("network", kind, sorted(LAYOUTS))
    layout, tensors = LAYOUTS[kind], read_tensors(path)
    renamed = {layout.ours(name): value for name, value in tensors.items()}
    shapes = {name: tuple(value.shape) for name, value in renamed.items()}
    try:
        module = empty_network(kind, sizes_of(layout, shapes))
        expected = shapes_of(module)
        check_shapes(layout, expected, shapes)
    except BorelliError as error:
        other = next((LAYOUTS[k].title for k in LAYOUTS if k != kind and _belongs(k, tensors)), None)
        seems = f" (it looks like {other})" if other else ""
        raise BorelliError(
            f"{path} is not a checkpoint of {layout.title}{seems}: {error}; give {WHERE[kind]}"
        ) from error
    module.load_state_dict({name: renamed[name].float() for name in expected}, assign=True)
    module.eval().requires_grad_(False)
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if precision == "bfloat16":
        store_half(module.backbone)
    return Network(kind, module.to(place), precision, place, _body(tensors))


def empty_network(kind: Kind, sizes: Sizes) -> SinglePass | CoarseToFine:
    """A network of these sizes without memory behind its weights."""
    with torch.device("meta"):
        return CoarseToFine(sizes) if kind == "skelcf" else SinglePass(sizes)


def shapes_of(module: nn.Module) -> Shapes:
    """Names and shapes of a network's weights, under our names."""
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


def _belongs(kind: str, tensors: Mapping[str, torch.Tensor]) -> bool:
    telling = {"hsmr": "head.poses_decoder.weight", "hmr2": "smpl_head.decpose.weight"}
    return telling.get(kind, "decoder.to_pose_embedding.weight") in tensors


def store_half(module: nn.Module) -> None:
    """Keep the large matrices in bfloat16; norms, positions and the residual stream stay in float32."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Conv2d):
            part.to(torch.bfloat16)


def _body(tensors: Mapping[str, torch.Tensor]) -> dict[str, np.ndarray]:
    """SKEL's constants that say how its angles turn bones; its meshes stay behind."""
    wanted = ("apose_rel_transfo", "per_joint_rot", "J_regressor_osim", "skin_template_v", "shapedirs")
    found = {name: tensors[BODY_PREFIX + name] for name in wanted if BODY_PREFIX + name in tensors}
    return {name: value.to_dense().double().numpy() for name, value in found.items()} if found else {}
