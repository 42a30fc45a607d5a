"""A trained policy as an ONNX file and back; normalisation and limits of the inputs are part of the graph."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from borelli.dynamics.policy.body import BodyConfig
from borelli.dynamics.policy.observation import VERSION, Layout
from borelli.errors import BorelliError
from borelli.training.policy.network import LARGEST_INPUT, Perceptron

OPSET = 18
LARGEST = 20e6
"""Bytes that a shipped network may have."""


@dataclass(frozen=True)
class Purpose:
    """What a policy was made for; written into its file."""

    layout: Layout
    body: BodyConfig
    trained: str
    """On what, in a sentence."""


def export_policy(network: Perceptron, purpose: Purpose, path: Path) -> None:
    """Write observations (N, D) -> actions (N, 43), for any N; `dynamics.policy.policy` reads it."""
    weights = {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}
    limits = {"least": np.float32(-LARGEST_INPUT), "most": np.float32(LARGEST_INPUT)}
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in (weights | limits).items()]
    nodes = [
        helper.make_node("Sub", ["observations", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "scale"], ["scaled"]),
        helper.make_node("Clip", ["scaled", "least", "most"], ["cut"]),
        helper.make_node("Mul", ["cut", "shown"], ["x0"]),
    ]
    for i in range(len(network.hidden)):
        nodes.append(_linear(f"x{i}", f"hidden.{i}", f"h{i}"))
        nodes.append(helper.make_node("Elu", [f"h{i}"], [f"x{i + 1}"]))
    nodes.append(_linear(f"x{len(network.hidden)}", "leave", "actions"))
    inputs, outputs = len(weights["mean"]), len(weights["leave.bias"])
    graph = helper.make_graph(
        nodes,
        "policy",
        [helper.make_tensor_value_info("observations", TensorProto.FLOAT, ["worlds", inputs])],
        [helper.make_tensor_value_info("actions", TensorProto.FLOAT, ["worlds", outputs])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    helper.set_model_props(model, _properties(purpose))
    onnx.checker.check_model(model)
    part = path.with_suffix(".part")
    part.write_bytes(model.SerializeToString())
    assert part.stat().st_size < LARGEST
    os.replace(part, path)


def import_policy(path: Path) -> Perceptron:
    """The network in a file that `export_policy` wrote. Raises BorelliError for any other file."""
    try:
        held = {t.name: numpy_helper.to_array(t) for t in onnx.load(str(path)).graph.initializer}
        count = sum(name.startswith("hidden.") and name.endswith(".bias") for name in held)
        hidden = [len(held[f"hidden.{i}.bias"]) for i in range(count)]
        network = Perceptron(len(held["mean"]), hidden, len(held["leave.bias"]))
        network.load_state_dict({name: torch.tensor(held[name]) for name in network.state_dict()})
        return network
    except Exception as error:
        raise BorelliError(f"{path} is not a policy of this program: {str(error).splitlines()[0]}") from error


def _linear(x: str, layer: str, result: str) -> onnx.NodeProto:
    return helper.make_node("Gemm", [x, f"{layer}.weight", f"{layer}.bias"], [result], transB=1)


def _properties(purpose: Purpose) -> dict[str, str]:
    return {
        "version": VERSION,
        "keypoints": str(purpose.layout.keypoints),
        "features": str(purpose.layout.features),
        "frequency": repr(purpose.body.frequency),
        "damping_ratio": repr(purpose.body.damping_ratio),
        "share": repr(purpose.body.share),
        "trained": purpose.trained,
    }
