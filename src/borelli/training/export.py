"""A trained lifter as an ONNX file and back: the graph of `lifting.network`, weights by their torch names."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import NodeProto, TensorProto, helper, numpy_helper

from borelli.errors import BorelliError
from borelli.lifting.layout import OUTPUTS
from borelli.lifting.network import LifterNetwork, NetworkConfig
from borelli.lifting.rays import FEATURES

OPSET = 20
"""The first with Gelu."""
LARGEST = 20e6
"""Bytes that a shipped network may have."""


def export_lifter(network: LifterNetwork, inflation: dict[str, float], path: Path) -> None:
    """Write features (N, frames, FEATURES) -> answers (N, frames, OUTPUTS) and latent, for any N.

    `inflation` are the factors on each kind of stated deviation, see `lifting.lifter.Lifter`.
    """
    weights = {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}
    config = network.config
    tensors = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    tensors += [
        numpy_helper.from_array(np.array([0, config.frames, 3, config.heads, -1]), "split_heads"),
        numpy_helper.from_array(np.array([0, config.frames, config.width]), "join_heads"),
        numpy_helper.from_array(np.array(0), "0"),
        numpy_helper.from_array(np.array(1), "1"),
        numpy_helper.from_array(np.array(2), "2"),
        numpy_helper.from_array(np.array((config.width / config.heads) ** -0.5, np.float32), "scale"),
    ]
    shape = ["windows", config.frames]
    graph = helper.make_graph(
        _nodes(config),
        "lifter",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [*shape, FEATURES])],
        [
            helper.make_tensor_value_info("answers", TensorProto.FLOAT, [*shape, OUTPUTS]),
            helper.make_tensor_value_info("latent", TensorProto.FLOAT, [*shape, config.width]),
        ],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    helper.set_model_props(model, {"inflation": json.dumps(inflation), "network": json.dumps(vars(config))})
    onnx.checker.check_model(model)
    part = path.with_suffix(".part")
    part.write_bytes(model.SerializeToString())
    assert part.stat().st_size < LARGEST
    os.replace(part, path)


def import_lifter(path: Path) -> tuple[LifterNetwork, dict[str, float]]:
    """The network in a file that `export_lifter` wrote, and its inflation. Raises BorelliError otherwise."""
    try:
        model = onnx.load(str(path))
        properties = {entry.key: entry.value for entry in model.metadata_props}
        network = LifterNetwork(NetworkConfig(**json.loads(properties["network"])))
        held = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        state = {name: torch.tensor(held[name]) for name in network.state_dict()}
        network.load_state_dict(state)
        return network, json.loads(properties["inflation"])
    except Exception as error:
        raise BorelliError(f"{path} is not a lifter of this program: {str(error).splitlines()[0]}") from error


def _nodes(config: NetworkConfig) -> list[NodeProto]:
    nodes = _linear("features", "enter", "entered")
    nodes.append(helper.make_node("Add", ["entered", "position"], ["x0"]))
    for i in range(config.layers):
        nodes += _block(f"blocks.{i}", f"x{i}", f"x{i + 1}")
    nodes.append(helper.make_node("Identity", [f"x{config.layers}"], ["latent"]))
    return nodes + _norm("latent", "norm", "normed") + _linear("normed", "leave", "answers")


def _block(block: str, x: str, result: str) -> list[NodeProto]:
    """What `lifting.network.Block` computes."""

    def name(part: str) -> str:
        return f"{block}.{part}"

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> NodeProto:
        known = [part if "." in part or part in _SHARED or part == x else name(part) for part in inputs]
        return helper.make_node(kind, known, [name(output)], **attributes)

    return [
        *_norm(x, name("norm_attention"), name("a")),
        *_linear(name("a"), name("query_key_value"), name("b")),
        node("Reshape", ["b", "split_heads"], "c"),
        node("Transpose", ["c"], "d", perm=[2, 0, 3, 1, 4]),
        *(node("Gather", ["d", str(i)], part, axis=0) for i, part in enumerate(("q", "k", "v"))),
        node("Transpose", ["k"], "kt", perm=[0, 1, 3, 2]),
        node("MatMul", ["q", "kt"], "e"),
        node("Mul", ["e", "scale"], "f"),
        node("Softmax", ["f"], "g", axis=-1),
        node("MatMul", ["g", "v"], "h"),
        node("Transpose", ["h"], "i", perm=[0, 2, 1, 3]),
        node("Reshape", ["i", "join_heads"], "j"),
        *_linear(name("j"), name("mix"), name("l")),
        node("Add", [x, "l"], "m"),
        *_norm(name("m"), name("norm_hidden"), name("n")),
        *_linear(name("n"), name("widen"), name("o")),
        node("Gelu", ["o"], "p", approximate="tanh"),
        *_linear(name("p"), name("narrow"), name("r")),
        helper.make_node("Add", [name("m"), name("r")], [result]),
    ]


_SHARED = {"split_heads", "join_heads", "scale", "0", "1", "2"}


def _linear(x: str, layer: str, result: str) -> list[NodeProto]:
    return [
        helper.make_node("Transpose", [f"{layer}.weight"], [f"{layer}.turned"], perm=[1, 0]),
        helper.make_node("MatMul", [x, f"{layer}.turned"], [f"{layer}.product"]),
        helper.make_node("Add", [f"{layer}.product", f"{layer}.bias"], [result]),
    ]


def _norm(x: str, layer: str, result: str) -> list[NodeProto]:
    inputs = [x, f"{layer}.weight", f"{layer}.bias"]
    return [helper.make_node("LayerNormalization", inputs, [result], axis=-1, epsilon=1e-5)]
