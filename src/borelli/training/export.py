"""A trained lifter as an ONNX file that carries the factors on its uncertainty."""

import json
import os
from pathlib import Path

import onnx
import torch

from borelli.lifting.network import LifterNetwork
from borelli.lifting.rays import FEATURES

LARGEST = 20e6
"""Bytes that a shipped network may have."""


def export_lifter(network: LifterNetwork, inflation: dict[str, float], path: Path) -> None:
    """Write features (N, frames, FEATURES) -> answers (N, frames, OUTPUTS), for any N."""
    part = path.with_suffix(".part.onnx")
    example = torch.zeros(2, network.config.frames, FEATURES)
    program = torch.onnx.export(
        network.eval().cpu(),
        (example,),
        input_names=["features"],
        output_names=["answers"],
        dynamic_shapes={"features": {0: torch.export.Dim("windows", min=1, max=4096)}},
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    program.save(str(part), external_data=False)
    model = onnx.load(str(part))
    entry = model.metadata_props.add()
    entry.key, entry.value = "inflation", json.dumps(inflation)
    onnx.save(model, str(part))
    assert part.stat().st_size < LARGEST
    os.replace(part, path)
