"""GLB: a skinned, animated person in one file, as Blender, Unity, Unreal, Godot and three.js open it.

Metres, Y up, facing +Z. Nodes rest in the T-pose of `rig.py`. The skin is bound where it was modelled, arms
half raised, through its inverse bind matrices: baked into a T-pose it would lose volume at the shoulders.
"""

from pathlib import Path
from typing import Any

import numpy as np

from borelli.body.model import BodyModel, Person
from borelli.body.skin import bind_pose, normals, skin
from borelli.export.gltf_buffer import INDICES, VERTICES, Column, glb, pack
from borelli.export.rig import Rig, bind_transforms
from borelli.geometry.frames import R_ZFRONT_XFRONT, invert_transform
from borelli.geometry.rotations import quaternion_from_matrix, unflip_quaternions

SKIN_COLOUR = (0.72, 0.62, 0.55, 1.0)
POSITION, NORMAL, JOINTS, WEIGHTS, FACES, BIND, TIMES, ROOT = range(8)
"""Accessors; the rotations of the bones follow."""


def write_glb(path: Path, model: BodyModel, person: Person, rig: Rig, times: np.ndarray) -> None:
    """Write skin, skeleton and animation; `times` (T,) seconds of the frames of the rig, increasing."""
    bones = len(rig.names)
    binary, described = pack([*_mesh(model, person), *_animation(rig, times)])
    content: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "borelli"},
        "scene": 0,
        "scenes": [{"nodes": [0, bones]}],
        "nodes": [*_nodes(rig), {"name": "body", "mesh": 0, "skin": 0}],
        "meshes": [{"name": "body", "primitives": [_primitive()]}],
        "materials": [_material()],
        "skins": [{"joints": list(range(bones)), "inverseBindMatrices": BIND, "skeleton": 0}],
        "animations": [_channels(bones)],
    }
    path.write_bytes(glb(content | described, binary))


def _mesh(model: BodyModel, person: Person) -> list[Column]:
    """Skin in the bind pose, in the order of the accessors."""
    points = skin(model, person, bind_pose(model, person))
    facing = R_ZFRONT_XFRONT.T.astype(np.float32)
    weights = model.skin_weights.astype(np.float32)
    weights /= weights.sum(axis=1, keepdims=True)
    # joints without weight must be 0: a validator calls anything else a mistake
    joints = np.where(weights > 0, model.skin_segments, 0).astype(np.uint8)
    inverse = invert_transform(bind_transforms(model, person)).astype(np.float32)
    index = np.uint16 if len(model.vertices) < 2**16 else np.uint32
    return [
        Column(points[0] @ facing, VERTICES, bounded=True),
        Column(_unit(normals(points, model.faces)[0] @ facing), VERTICES),
        Column(joints, VERTICES),
        Column(weights, VERTICES),
        Column(model.faces.reshape(-1).astype(index), INDICES),
        Column(inverse),
    ]


def _animation(rig: Rig, times: np.ndarray) -> list[Column]:
    """Times, root positions, and quaternions xyzw of one bone after another."""
    wxyz = unflip_quaternions(quaternion_from_matrix(rig.local_rotations))
    xyzw = wxyz[..., [1, 2, 3, 0]].astype(np.float32)
    return [
        Column(times.astype(np.float32), bounded=True),
        Column(rig.positions[:, 0].astype(np.float32)),
        *(Column(xyzw[:, bone]) for bone in range(len(rig.names))),
    ]


def _nodes(rig: Rig) -> list[dict[str, Any]]:
    nodes = []
    for bone, name in enumerate(rig.names):
        offset = rig.rest[0] if bone == 0 else rig.offsets[bone]
        children = np.flatnonzero(rig.parents == bone).tolist()
        node: dict[str, Any] = {"name": name, "translation": offset.tolist()}
        nodes.append(node | {"children": children} if children else node)
    return nodes


def _channels(bones: int) -> dict[str, Any]:
    """Sampler 0 moves the root, sampler 1 + i turns bone i."""
    outputs = [ROOT, *(ROOT + 1 + bone for bone in range(bones))]
    targets = [{"node": 0, "path": "translation"}]
    targets += [{"node": bone, "path": "rotation"} for bone in range(bones)]
    return {
        "name": "motion",
        "samplers": [{"input": TIMES, "output": output, "interpolation": "LINEAR"} for output in outputs],
        "channels": [{"sampler": i, "target": target} for i, target in enumerate(targets)],
    }


def _primitive() -> dict[str, Any]:
    attributes = {"POSITION": POSITION, "NORMAL": NORMAL, "JOINTS_0": JOINTS, "WEIGHTS_0": WEIGHTS}
    return {"attributes": attributes, "indices": FACES, "material": 0}


def _material() -> dict[str, Any]:
    surface = {"baseColorFactor": list(SKIN_COLOUR), "metallicFactor": 0.0, "roughnessFactor": 0.8}
    return {"name": "skin", "pbrMetallicRoughness": surface}


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Normals of length one; up where a vertex has none."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0], dtype=np.float32)
    return np.where(length > 0, vectors / np.maximum(length, 1e-12), up).astype(np.float32)
