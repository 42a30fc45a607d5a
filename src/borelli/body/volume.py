"""The inside of a closed surface as small volumes: exact along x, sampled on a grid across it."""

import numpy as np
from numba import njit

_MOST_CROSSINGS = 32


def interior_points(vertices: np.ndarray, faces: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 3) inside a mesh and the volume (N,) each stands for.

    Lines along x on a grid of `step` in y and z, symmetric about z = 0, are cut by the triangles; what lies
    between an odd and the next even crossing is inside.
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    columns = 2 * int(np.ceil(np.abs(vertices[:, 2]).max() / step))
    z = (np.arange(columns) - (columns - 1) / 2) * step
    y = np.arange(low[1] + step / 2, high[1], step)
    crossings, counts = _crossings(np.ascontiguousarray(vertices, dtype=np.float64), faces, y, z, step)
    points, volumes = _fill(np.sort(crossings, axis=2), counts, y, z, step)
    return np.array(points), np.array(volumes)


@njit(cache=True)
def _crossings(vertices, faces, ys, zs, step):  # type: ignore[no-untyped-def]
    found = np.full((len(ys), len(zs), _MOST_CROSSINGS), np.inf)
    counts = np.zeros((len(ys), len(zs)), dtype=np.int64)
    for f in range(len(faces)):
        a, b, c = vertices[faces[f, 0]], vertices[faces[f, 1]], vertices[faces[f, 2]]
        area = (b[1] - a[1]) * (c[2] - a[2]) - (c[1] - a[1]) * (b[2] - a[2])
        if abs(area) < 1e-14:
            continue
        first_y = int(np.ceil((min(a[1], b[1], c[1]) - ys[0]) / step))
        last_y = int(np.floor((max(a[1], b[1], c[1]) - ys[0]) / step))
        first_z = int(np.ceil((min(a[2], b[2], c[2]) - zs[0]) / step))
        last_z = int(np.floor((max(a[2], b[2], c[2]) - zs[0]) / step))
        for i in range(max(first_y, 0), min(last_y, len(ys) - 1) + 1):
            for k in range(max(first_z, 0), min(last_z, len(zs) - 1) + 1):
                dy, dz = ys[i] - a[1], zs[k] - a[2]
                u = (dy * (c[2] - a[2]) - (c[1] - a[1]) * dz) / area
                v = ((b[1] - a[1]) * dz - dy * (b[2] - a[2])) / area
                if u >= 0 and v >= 0 and u + v <= 1 and counts[i, k] < _MOST_CROSSINGS:
                    found[i, k, counts[i, k]] = a[0] + u * (b[0] - a[0]) + v * (c[0] - a[0])
                    counts[i, k] += 1
    return found, counts


@njit(cache=True)
def _fill(crossings, counts, ys, zs, step):  # type: ignore[no-untyped-def]
    points, volumes = [], []
    for i in range(len(ys)):
        for k in range(len(zs)):
            for n in range(0, counts[i, k] - 1, 2):
                start, length = crossings[i, k, n], crossings[i, k, n + 1] - crossings[i, k, n]
                cells = max(1, int(np.round(length / step)))
                for m in range(cells):
                    points.append((start + (m + 0.5) * length / cells, ys[i], zs[k]))
                    volumes.append(length / cells * step * step)
    return points, volumes
