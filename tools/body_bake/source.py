"""Random adults out of the `anny` package (MakeHuman data, CC0): the only file that needs anny and torch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

ADULT_AGES = (2 / 3, 1.0)
HEIGHT_RANGE = (0.3, 0.7)
"""MakeHuman's height slider changes the thigh far more than the shank outside this range."""


@dataclass(frozen=True)
class RawBodies:
    """N bodies of one topology in MakeHuman's rest pose; metres, x forward, y up, z to the body's right."""

    vertices: np.ndarray
    """(N, V, 3)."""
    bone_heads: np.ndarray
    """(N, B, 3)."""
    bone_names: tuple[str, ...]
    quads: np.ndarray
    """(Q, 4)."""
    weights: np.ndarray
    """(V, B) skin weights."""
    uvs: np.ndarray
    """(V, 2); at texture seams the first of a vertex's coordinates."""


def sample_adults(count: int, seed: int) -> RawBodies:
    """Uniformly random adult phenotypes: gender, age, muscle, weight, height, proportions."""
    import anny
    import torch

    model = anny.Anny(rig="makehuman", topology="anny-quads")
    rng = np.random.default_rng(seed)
    phenotypes = {
        label: torch.as_tensor(rng.uniform(*_range(label), count))
        for label in ("gender", "age", "muscle", "weight", "height", "proportions")
    }
    with torch.no_grad():
        inputs = model.get_tensor_inputs(None, phenotypes, None, None)
        coefficients = model._get_phenotype_blendshape_coefficients(*inputs[1:])
    vertices = _combine(model.template_vertices, model.blendshapes, coefficients)
    heads = _combine(model.template_bone_heads, model.bone_heads_blendshapes, coefficients)
    weights = np.zeros((vertices.shape[1], len(model.bone_labels)))
    rows = np.arange(len(weights))[:, None]
    np.add.at(weights, (rows, model.vertex_bone_indices.numpy()), model.vertex_bone_weights.numpy())
    quads = np.asarray(model.faces)
    corners = model.face_texture_coordinate_indices.numpy()
    _, first = np.unique(quads, return_index=True)
    return RawBodies(
        vertices=vertices,
        bone_heads=heads,
        bone_names=tuple(model.bone_labels),
        quads=quads,
        weights=weights,
        uvs=model.texture_coordinates.numpy()[corners.ravel()[first]],
    )


def save(bodies: RawBodies, path: Path) -> None:
    """Write to an uncompressed .npz, so that later bakes need neither anny nor torch."""
    arrays = {name: np.asarray(value) for name, value in vars(bodies).items()}
    np.savez(path, allow_pickle=False, **arrays)


def load(path: Path) -> RawBodies:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    return RawBodies(bone_names=tuple(str(name) for name in arrays.pop("bone_names")), **arrays)


def _range(label: str) -> tuple[float, float]:
    return {"age": ADULT_AGES, "height": HEIGHT_RANGE}.get(label, (0.0, 1.0))


def _combine(template, directions, coefficients) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Linear blend, from MakeHuman axes (x to the body's left, front -y, z up) to ours."""
    shape = template + (coefficients @ directions.reshape(len(directions), -1)).reshape(-1, *template.shape)
    x, y, z = np.moveaxis(shape.numpy(), -1, 0)
    return np.stack([-y, z, -x], axis=-1)
