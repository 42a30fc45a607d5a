"""A small reader of .glb files: node tree, skin and animation evaluated as the specification says."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

TYPES = {5121: "<u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
SIZES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@dataclass(frozen=True)
class Gltf:
    content: dict
    binary: bytes

    def accessor(self, index: int) -> np.ndarray:
        """(N, components) of an accessor."""
        accessor = self.content["accessors"][index]
        view = self.content["bufferViews"][accessor["bufferView"]]
        count = accessor["count"] * SIZES[accessor["type"]]
        data = np.frombuffer(self.binary, TYPES[accessor["componentType"]], count, view["byteOffset"])
        assert view["byteLength"] == data.nbytes
        return data.reshape(accessor["count"], -1)

    def worlds(self, frame: int | None) -> np.ndarray:
        """(N, 4, 4) matrices of all nodes at a key of the animation, or at rest."""
        nodes = self.content["nodes"]
        local = np.tile(np.eye(4), (len(nodes), 1, 1))
        for i, node in enumerate(nodes):
            local[i, :3, 3] = node.get("translation", [0, 0, 0])
        animation = self.content["animations"][0]
        for channel in animation["channels"] if frame is not None else []:
            sampler, target = animation["samplers"][channel["sampler"]], channel["target"]
            value = self.accessor(sampler["output"])[frame]
            if target["path"] == "translation":
                local[target["node"], :3, 3] = value
            else:
                local[target["node"], :3, :3] = Rotation.from_quat(value).as_matrix()
        result = local.copy()
        for i, node in enumerate(nodes):  # parents come first in our files
            for child in node.get("children", []):
                assert child > i
                result[child] = result[i] @ local[child]
        return result

    def skin_at(self, frame: int | None) -> np.ndarray:
        """(V, 3) skinned vertices."""
        skin, attributes = self.content["skins"][0], self.content["meshes"][0]["primitives"][0]["attributes"]
        inverse = self.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).swapaxes(1, 2)
        matrices = self.worlds(frame)[skin["joints"]] @ inverse
        points = np.c_[self.accessor(attributes["POSITION"]), np.ones(self.vertex_count)]
        joints, weights = self.accessor(attributes["JOINTS_0"]), self.accessor(attributes["WEIGHTS_0"])
        mixed = np.einsum("vk,vkab->vab", weights, matrices[joints])
        return np.einsum("vab,vb->va", mixed, points)[:, :3]

    @property
    def vertex_count(self) -> int:
        primitive = self.content["meshes"][0]["primitives"][0]
        return self.content["accessors"][primitive["attributes"]["POSITION"]]["count"]


def read_glb(path: Path) -> Gltf:
    data = path.read_bytes()
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON" and size % 4 == 0
    count, kind_binary = struct.unpack_from("<I4s", data, 20 + size)
    assert kind_binary == b"BIN\0" and 28 + size + count == len(data)
    return Gltf(json.loads(data[20 : 20 + size]), data[28 + size :])
