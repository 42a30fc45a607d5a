"""Writes `src/borelli/report/page_mesh.npz`: the body of report pages, coarser where it is finest.

python tools/bake_page_mesh.py

Two thirds of the body's vertices are in the head and the hands, and software WebGL pays for each. Edges are
collapsed into one of their ends, cheapest first by the quadric error of Garland & Heckbert 1997 (Surface
simplification using quadric error metrics, SIGGRAPH). What stays are vertices of the body, with their weights
and shape.
"""

import heapq
from collections import defaultdict
from pathlib import Path

import numpy as np

from borelli.body.model import body_model

TARGET = Path(__file__).parents[1] / "src" / "borelli" / "report" / "page_mesh.npz"
VERTICES = 4000
SHARPEST_TURN = 0.3
"""Cosine below which a triangle that a collapse turns counts as folded over."""
SHORT = 1e-3
"""Cost of an edge's length against that of leaving the surface: keeps triangles even where it is flat."""


def main() -> None:
    """Write the file."""
    model = body_model()
    faces = simplify(model.vertices, model.faces, VERTICES)
    np.savez_compressed(TARGET, faces=faces.astype(np.uint16), body_version=np.array(model.version))
    print(f"{len(np.unique(faces))} vertices, {len(faces)} faces, {TARGET.stat().st_size / 1e3:.0f} kB")


def simplify(vertices: np.ndarray, faces: np.ndarray, count: int) -> np.ndarray:
    """(F', 3) faces over about `count` of the vertices (V, 3), which stay where they are."""
    mesh = _Mesh(vertices, faces)
    heap = [item for edge in mesh.edges() for item in mesh.costs(*edge)]
    heapq.heapify(heap)
    left = len(np.unique(faces))
    while left > count and heap:
        cost, gone, kept = heapq.heappop(heap)
        if not mesh.joined(gone, kept) or cost < mesh.cost(gone, kept) - 1e-15:
            continue
        if mesh.collapse(gone, kept):
            left -= 1
            for other in mesh.neighbours(kept):
                for item in mesh.costs(kept, other):
                    heapq.heappush(heap, item)
    return np.array(sorted(mesh.faces.values()))


class _Mesh:
    """Triangles that can be taken away, and the quadric of every vertex."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        self.points = vertices
        self.faces = {i: tuple(map(int, face)) for i, face in enumerate(faces)}
        self.around: dict[int, set[int]] = defaultdict(set)
        self.quadrics = np.zeros((len(vertices), 4, 4))
        for i, face in self.faces.items():
            a, b, c = vertices[list(face)]
            normal = np.cross(b - a, c - a)
            area = np.linalg.norm(normal)
            plane = np.r_[normal, -normal @ a] / max(area, 1e-12)
            for v in face:
                self.around[v].add(i)
                self.quadrics[v] += 0.5 * area * np.outer(plane, plane)

    def edges(self) -> set[tuple[int, int]]:
        """Each edge once."""
        return {
            (min(a, b), max(a, b)) for f in self.faces.values() for a, b in zip(f, f[1:] + f[:1], strict=True)
        }

    def neighbours(self, v: int) -> set[int]:
        """Vertices joined to one."""
        return {u for i in self.around[v] for u in self.faces[i]} - {v}

    def joined(self, v: int, u: int) -> bool:
        """There is an edge between two vertices."""
        return bool(self.around[v] & self.around[u])

    def cost(self, gone: int, kept: int) -> float:
        """What moving a vertex onto another does to the surface."""
        place = np.r_[self.points[kept], 1.0]
        length = float(np.sum((self.points[gone] - self.points[kept]) ** 2))
        return float(place @ (self.quadrics[gone] + self.quadrics[kept]) @ place) + SHORT * length**2

    def costs(self, v: int, u: int) -> list[tuple[float, int, int]]:
        """Both ways to collapse an edge."""
        return [(self.cost(v, u), v, u), (self.cost(u, v), u, v)]

    def collapse(self, gone: int, kept: int) -> bool:
        """Move a vertex onto a neighbour unless that folds the surface or joins what is apart."""
        shared = self.around[gone] & self.around[kept]
        if len(shared) != 2 or len(self.neighbours(gone) & self.neighbours(kept)) != 2:
            return False
        moved = {
            i: tuple(kept if v == gone else v for v in self.faces[i]) for i in self.around[gone] - shared
        }
        if any(self._folds(self.faces[i], face) for i, face in moved.items()):
            return False
        for i in shared:
            for v in self.faces.pop(i):
                self.around[v].discard(i)
        for i, face in moved.items():
            self.faces[i] = face
            self.around[kept].add(i)
        self.around.pop(gone)
        self.quadrics[kept] += self.quadrics[gone]
        return True

    def _folds(self, before: tuple[int, ...], after: tuple[int, ...]) -> bool:
        old, new = (_normal(self.points[list(face)]) for face in (before, after))
        return float(old @ new) < SHARPEST_TURN * float(np.linalg.norm(old) * np.linalg.norm(new)) + 1e-14


def _normal(corners: np.ndarray) -> np.ndarray:
    return np.cross(corners[1] - corners[0], corners[2] - corners[0])


if __name__ == "__main__":
    main()
