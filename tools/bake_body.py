"""Bake `src/borelli/body/body.npz` from CC0 MakeHuman data.

    pip install "borelli[bake]"
    python tools/bake_body.py

800 random adults of the `anny` package, made symmetric and scaled to one stature of 1.70 m in the standing
zero pose, so that overall size is not a shape component. Joint centres, landmarks and skin become linear in
16 principal components in units of one standard deviation, ordered by explained variance. About a minute,
and once two more while anny builds its cache.
"""

import argparse
from pathlib import Path

import numpy as np
from body_bake import landmarks, mesh, rig, shape, source, stretch

from borelli.body.skeleton import Skeleton, skeleton

VERSION = "4"
OUTPUT = Path(__file__).resolve().parents[1] / "src" / "borelli" / "body" / "body.npz"
SHAPE_SIZE = 16
COARSE_VERTICES = 1000


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--raw", type=Path, help="keep the sampled bodies in this .npz and reuse them")
    parser.add_argument("--count", type=int, default=800)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=OUTPUT)
    options = parser.parse_args()
    if options.raw is not None and options.raw.exists():
        bodies = source.load(options.raw)
    else:
        bodies = source.sample_adults(options.count, options.seed)
        if options.raw is not None:
            source.save(bodies, options.raw)
    arrays = bake(bodies)
    np.savez_compressed(options.out, allow_pickle=False, **arrays)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB, {len(arrays['vertices'])} vertices")


def bake(bodies: source.RawBodies) -> dict[str, np.ndarray]:
    """Arrays of `borelli.body.model.BodyModel`."""
    table = skeleton()
    vertices, heads, partner = _symmetric(bodies)
    faces = mesh.triangulate(bodies.quads)
    size = shape.STATURE / np.ptp(vertices.mean(axis=0)[:, 1])
    rules = landmarks.find(
        vertices.mean(axis=0) * size, faces, heads.mean(axis=0) * size, bodies.bone_names, bodies.weights
    )
    marks = landmarks.evaluate(rules, vertices, heads)
    measured, rotations = shape.measure(table, vertices, heads, bodies.bone_names, marks)
    weights = _skin(table, bodies, measured, partner)
    measured = stretch.stretch_arms(table, measured, weights, _carriers(rules))
    scores = shape.components(measured.vertices, SHAPE_SIZE)
    offsets = shape.fit(scores, _joint_offsets(table, rotations, measured.joints))
    skin = shape.fit(scores, measured.vertices)
    names, carried, local = _local_landmarks(table, rotations, measured, _carriers(rules))
    points = shape.fit(scores, local)
    order = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    top = np.take_along_axis(weights, order, axis=1)
    return {
        "joint_offsets": offsets.mean.astype(np.float32),
        "joint_offsets_shape": offsets.slope.astype(np.float32),
        "landmark_names": np.array(names),
        "landmark_segments": carried,
        "landmark_offsets": points.mean.astype(np.float32),
        "landmark_offsets_shape": points.slope.astype(np.float32),
        "vertices": skin.mean.astype(np.float32),
        "vertices_shape": skin.slope.astype(np.float16),
        "faces": faces,
        "skin_segments": order.astype(np.int32),
        "skin_weights": top.astype(np.float32),
        "bind_rotations": rotations,
        "uvs": bodies.uvs.astype(np.float32),
        "coarse_faces": mesh.coarsen(skin.mean, faces, partner, COARSE_VERTICES),
        "version": np.array(VERSION),
    }


def _symmetric(bodies: source.RawBodies) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices and bone heads averaged with their mirror images, and the mirror map of the vertices."""
    middle = bodies.vertices.mean(axis=0)
    partner = mesh.mirror_map(middle)
    names = bodies.bone_names
    swap = [names.index(_other_side(name)) for name in names]
    vertices = (bodies.vertices + bodies.vertices[:, partner] * mesh.MIRROR) / 2
    return vertices, (bodies.bone_heads + bodies.bone_heads[:, swap] * mesh.MIRROR) / 2, partner


def _other_side(name: str) -> str:
    return {".R": name[:-2] + ".L", ".L": name[:-2] + ".R"}.get(name[-2:], name)


def _carriers(rules: list[landmarks.Rule]) -> dict[str, str]:
    """Segment that carries each landmark, left ones included."""
    right = {rule.name: rule.segment for rule in rules}
    return right | {
        name[:-1] + "l": _other_segment(owner) for name, owner in right.items() if name.endswith("_r")
    }


def _joint_offsets(table: Skeleton, rotations: np.ndarray, joints: dict[str, np.ndarray]) -> np.ndarray:
    """(N, J, 3) joint centres in their parents' frames."""
    centres = np.stack([joints[name] for name in table.segment_names], axis=1)
    result = np.zeros_like(centres)
    for j, parent in enumerate(table.parents):
        if parent >= 0:
            result[:, j] = (centres[:, j] - centres[:, parent]) @ rotations[parent]
    return result


def _local_landmarks(
    table: Skeleton, rotations: np.ndarray, bodies: shape.Measured, carriers: dict[str, str]
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, carrying segments (L,), positions (N, L, 3) in the frames of those segments."""
    carried = np.array([table.segment(owner) for owner in carriers.values()], dtype=np.int32)
    local = [
        (bodies.marks[name] - bodies.joints[owner]) @ rotations[table.segment(owner)]
        for name, owner in carriers.items()
    ]
    return list(carriers), carried, np.stack(local, axis=1)


def _skin(
    table: Skeleton, bodies: source.RawBodies, measured: shape.Measured, partner: np.ndarray
) -> np.ndarray:
    """(V, J) symmetric skin weights, four segments per vertex at most."""
    joints = {name: point.mean(axis=0) for name, point in measured.joints.items()}
    vertices = measured.vertices.mean(axis=0)
    weights = rig.segment_weights(table, bodies.weights, bodies.bone_names, vertices, joints)
    swap = [table.segment(_other_segment(name)) for name in table.segment_names]
    weights = (weights + weights[partner][:, swap]) / 2
    weights[weights <= np.sort(weights, axis=1)[:, -5, None]] = 0.0
    return weights / weights.sum(axis=1, keepdims=True)


def _other_segment(name: str) -> str:
    return {"_r": name[:-2] + "_l", "_l": name[:-2] + "_r"}.get(name[-2:], name)


if __name__ == "__main__":
    main()
