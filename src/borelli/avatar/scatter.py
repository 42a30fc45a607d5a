"""Points spread evenly over the skin, denser where a person is recognised: on the head and the hands."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from borelli.body.model import BodyModel

DENSITY = {"head": 2.5, "hand_r": 3.0, "hand_l": 3.0, "toes_r": 1.5, "toes_l": 1.5}
"""Points per area relative to the rest of the body."""
CANDIDATES = 8
"""Random points per wanted point, from which an even choice is made."""
ROUNDS = 4
"""Of moving every point to the middle of the candidates nearest to it (Lloyd 1982); further ones would
carry density from the head to the body."""
APART = 0.03
"""Metres that count as far as opposite normals: keeps the two sides of a hand apart."""
CAVITY = 0.015
"""Metres: skin of the head that looks at other skin as near as this is inside the mouth or behind a lid."""
OPPOSITE = -0.5
"""Cosine between normals of skin that faces the other way."""
NEIGHBOURS = 16


@dataclass(frozen=True)
class Scatter:
    """N points on the triangles of a body."""

    faces: np.ndarray
    """(N,) triangles."""
    barycentric: np.ndarray
    """(N, 3) sum 1."""
    spacing: np.ndarray
    """(N,) metres: root of the area per point around each of them."""
    thickness: np.ndarray
    """(N,) metres to the skin on the other side of the body part; inf where that is far."""


def scatter(model: BodyModel, vertices: np.ndarray, count: int, seed: int) -> Scatter:
    """Choose points on a body whose limbs are apart.

    Args:
        model: faces and the segments they belong to.
        vertices: (V, 3) metres, in a pose without contact between body parts.
        count: N.
        seed: the same seed gives the same points.
    """
    rng = np.random.default_rng(seed)
    corners = vertices[model.faces].astype(np.float64)
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = 0.5 * np.linalg.norm(doubled, axis=1)
    outward = doubled / np.maximum(2.0 * areas, 1e-12)[:, None]
    segments = model.skin_segments[model.faces[:, 0], 0]
    density = np.ones(len(areas))
    for name, value in DENSITY.items():
        density[segments == model.skeleton.segment(name)] = value
    head = segments == model.skeleton.segment("head")
    density[head & _in_cavity(corners.mean(axis=1), outward)] = 0.0
    weights = areas * density
    faces, barycentric = _random_points(weights, CANDIDATES * count, rng)
    points = np.einsum("nk,nka->na", barycentric, corners[faces])
    keys = np.hstack([points, APART * outward[faces]])
    chosen = _evened(keys, np.arange(CANDIDATES // 2, len(keys), CANDIDATES))
    spacing = np.sqrt(weights.sum() / (count * density[faces[chosen]]))
    return Scatter(
        faces=faces[chosen],
        barycentric=barycentric[chosen],
        spacing=spacing,
        thickness=_thickness(keys, chosen),
    )


def _random_points(
    weights: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Triangles (count,) at equal steps of the summed weights, and uniform places in them (count, 3)."""
    steps = (np.arange(count) + rng.random()) / count
    summed = np.cumsum(weights)
    faces = np.searchsorted(summed, steps * summed[-1])
    root, along = np.sqrt(rng.random(count)), rng.random(count)
    return faces, np.stack([1.0 - root, root * (1.0 - along), root * along], axis=1)


def _evened(keys: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Candidates of (M, 6) nearest to the middles of the regions that belong to each choice."""
    tree = KDTree(keys)
    for _ in range(ROUNDS):
        _, owner = KDTree(keys[chosen]).query(keys)
        sizes = np.maximum(np.bincount(owner, minlength=len(chosen)), 1)
        middles = np.stack(
            [np.bincount(owner, keys[:, k], minlength=len(chosen)) / sizes for k in range(6)], axis=1
        )
        moved = np.asarray(tree.query(middles)[1])
        # two regions may claim one candidate: the second stays where it was
        _, first = np.unique(moved, return_index=True)
        again = chosen.copy()
        again[first] = moved[first]
        chosen = np.where(_repeated(again), chosen, again)
    return chosen


def _repeated(values: np.ndarray) -> np.ndarray:
    """(N,) bool: is the value elsewhere, too."""
    return np.bincount(values)[values] > 1


def _in_cavity(points: np.ndarray, outward: np.ndarray) -> np.ndarray:
    """(N,) bool: does a point look at skin that looks back, from near."""
    return _across(np.hstack([points, APART * outward]), np.arange(len(points)), 1.0) < CAVITY


def _thickness(keys: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(N,) metres through the body to skin that faces the other way."""
    return _across(keys, chosen, -1.0)


def _across(keys: np.ndarray, chosen: np.ndarray, side: float) -> np.ndarray:
    """Distance (N,) to opposite skin outside (side 1) or inside (-1); inf where none is near."""
    normals = keys[chosen, 3:] / APART
    mirrored = np.hstack([keys[chosen, :3], -keys[chosen, 3:]])
    _, near = KDTree(keys).query(mirrored, k=NEIGHBOURS)
    away = keys[near, :3] - keys[chosen, None, :3]
    ahead = side * np.einsum("nka,na->nk", away, normals)
    opposite = np.einsum("nka,na->nk", keys[near, 3:] / APART, normals) < OPPOSITE
    distance = np.linalg.norm(away, axis=2)
    return np.where((ahead > 0.5 * distance) & opposite, distance, np.inf).min(axis=1)
