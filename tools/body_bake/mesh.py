"""Geometry on the template mesh: triangles, mirror map, ray hits, a coarse copy."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

MIRROR = np.array([1.0, 1.0, -1.0])


def triangulate(quads: np.ndarray) -> np.ndarray:
    """(2Q, 3) triangles; every quad is cut from its first corner."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def mirror_map(vertices: np.ndarray) -> np.ndarray:
    """(V,) index of every vertex's mirror image on a symmetric mesh (V, 3).

    Raises ValueError when the map is not an involution: the mesh is not symmetric.
    """
    partner = np.asarray(cKDTree(vertices).query(vertices * MIRROR)[1])
    if not np.array_equal(partner[partner], np.arange(len(vertices))):
        raise ValueError("the template mesh has no mirror symmetry")
    return partner


def ray_exit(
    vertices: np.ndarray, faces: np.ndarray, origin: np.ndarray, direction: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Corners (3,) and barycentric weights (3,) of the face a ray leaves by (Moller & Trumbore 1997)."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    p = np.cross(direction, c - a)
    determinant = np.sum((b - a) * p, axis=1)
    inverse = 1.0 / np.where(np.abs(determinant) < 1e-12, np.inf, determinant)
    u = np.sum((origin - a) * p, axis=1) * inverse
    q = np.cross(origin - a, b - a)
    v = q @ direction * inverse
    t = np.sum((c - a) * q, axis=1) * inverse
    outward = np.cross(b - a, c - a) @ direction > 0
    hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0) & outward
    if not hit.any():
        raise ValueError(f"no surface from {origin} along {direction}")
    face = np.flatnonzero(hit)[np.argmin(t[hit])]
    return faces[face], np.array([1 - u[face] - v[face], u[face], v[face]])


def coarsen(vertices: np.ndarray, faces: np.ndarray, partner: np.ndarray, count: int) -> np.ndarray:
    """(F', 3) faces over a symmetric subset of about `count` vertices: the dual of geodesic Voronoi cells."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    lengths = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    size = (len(vertices), len(vertices))
    graph: Any = csr_array((lengths, (edges[:, 0], edges[:, 1])), shape=size)
    seeds = [int(np.argmax(vertices[:, 1]))]
    distance = dijkstra(graph, indices=seeds, min_only=True)
    while len(seeds) < count:
        distance[~np.isfinite(distance)] = 0
        far = int(np.argmax(distance))
        fresh = sorted({far, int(partner[far])})
        seeds += fresh
        distance = np.minimum(distance, dijkstra(graph, indices=fresh, min_only=True))
    _, _, owner = dijkstra(graph, indices=seeds, min_only=True, return_predecessors=True)
    corners = owner[faces]
    whole = (corners >= 0).all(axis=1) & (corners[:, 0] != corners[:, 1])
    whole &= (corners[:, 1] != corners[:, 2]) & (corners[:, 2] != corners[:, 0])
    return np.unique(_smallest_first(corners[whole]), axis=0).astype(np.int32)


def _smallest_first(faces: np.ndarray) -> np.ndarray:
    """Rotate every row so that its smallest index leads; the orientation stays."""
    turn = (np.argmin(faces, axis=1)[:, None] + np.arange(3)) % 3
    return np.take_along_axis(faces, turn, axis=1)
