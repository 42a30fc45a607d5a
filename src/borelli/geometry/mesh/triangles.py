"""Compiled loops over triangles: which face is seen in every sample, and what lies between its corners.

Sample (0, 0) of a buffer is the centre of its first cell. Meshes are numbered 1, 2, ... in `owner` buffers.
"""

import numpy as np
from numba import njit

NEAR = 0.1
"""Metres: faces with a corner nearer than this to the camera are left out."""


@njit(cache=True, nogil=True)
def find_faces(depth, owner, face, points, z, faces, number):  # type: ignore[no-untyped-def]
    """Z-buffer the front faces of one mesh.

    Args:
        depth: (H, W) float32 metres, inf where empty; changed.
        owner: (H, W) uint8; set to `number` where a face is seen.
        face: (H, W) int32; set to the index of that face.
        points: (V, 2) float32 positions in the buffer.
        z: (V,) float32 metres in front of the camera.
        faces: (F, 3) counter-clockwise seen from outside.
        number: from 1 to 255.
    """
    height, width = depth.shape
    for f in range(len(faces)):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        if z[i] < NEAR or z[j] < NEAR or z[k] < NEAR:
            continue
        # rows grow downwards, so that faces turned to the camera have a negative area
        area = doubled_area(points, i, j, k)
        if not area < 0.0:
            continue
        top, low, left, right = bounds(points, i, j, k, height, width)
        for row in range(top, low + 1):
            for column in range(left, right + 1):
                a, b = shares(points, i, j, k, area, column, row)
                c = 1.0 - a - b
                if a < 0.0 or b < 0.0 or c < 0.0:
                    continue
                distance = 1.0 / (a / z[i] + b / z[j] + c / z[k])
                if distance < depth[row, column]:
                    depth[row, column] = distance
                    owner[row, column] = number
                    face[row, column] = f


@njit(cache=True, nogil=True)
def interpolate(values, owner, face, number, window, points, z, faces, corners):  # type: ignore[no-untyped-def]
    """Values between the corners of the faces that `find_faces` found, in perspective.

    Args:
        values: (H, W, C) float32; changed where `owner` is `number`.
        owner, face, number, points, z, faces: as for `find_faces`.
        window: top, bottom, left, right of the samples to look at (half open), see `window_of`.
        corners: (V, C) float32.
    """
    top, bottom, left, right = window
    for row in range(top, bottom):
        for column in range(left, right):
            if owner[row, column] != number:
                continue
            f = face[row, column]
            i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
            a, b, c = spatial_shares(points, z, i, j, k, column, row)
            for n in range(values.shape[2]):
                values[row, column, n] = a * corners[i, n] + b * corners[j, n] + c * corners[k, n]


@njit(cache=True, nogil=True)
def cover(target, points, faces):  # type: ignore[no-untyped-def]
    """Set target (H, W) float32 to 1 under the faces (F, 3) of points (V, 2), turned either way."""
    height, width = target.shape
    for f in range(len(faces)):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        area = doubled_area(points, i, j, k)
        if not abs(area) > 1e-6:
            continue
        top, low, left, right = bounds(points, i, j, k, height, width)
        for row in range(top, low + 1):
            for column in range(left, right + 1):
                a, b = shares(points, i, j, k, area, column, row)
                if a >= 0.0 and b >= 0.0 and a + b <= 1.0:
                    target[row, column] = 1.0


@njit(cache=True, nogil=True)
def doubled_area(points, i, j, k):  # type: ignore[no-untyped-def]
    """Twice the area of a triangle in samples, positive when clockwise as seen with rows downwards."""
    x, y = points[i, 0], points[i, 1]
    return (points[j, 0] - x) * (points[k, 1] - y) - (points[k, 0] - x) * (points[j, 1] - y)


@njit(cache=True, nogil=True)
def bounds(points, i, j, k, height, width):  # type: ignore[no-untyped-def]
    """First and last row, first and last column with samples that a triangle may cover."""
    x0, x1, x2, y0, y1, y2 = (
        points[i, 0], points[j, 0], points[k, 0], points[i, 1], points[j, 1], points[k, 1],
    )  # fmt: skip
    # limited before they become whole numbers: points beside the camera may be very far away
    left, right = max(0.0, np.ceil(min(x0, x1, x2))), min(width - 1.0, np.floor(max(x0, x1, x2)))
    top, low = max(0.0, np.ceil(min(y0, y1, y2))), min(height - 1.0, np.floor(max(y0, y1, y2)))
    return int(top), int(low), int(left), int(right)


@njit(cache=True, nogil=True)
def shares(points, i, j, k, area, column, row):  # type: ignore[no-untyped-def]
    """Barycentric shares of the first two corners, in the picture."""
    a = (
        (points[j, 0] - column) * (points[k, 1] - row) - (points[k, 0] - column) * (points[j, 1] - row)
    ) / area
    b = (
        (points[k, 0] - column) * (points[i, 1] - row) - (points[i, 0] - column) * (points[k, 1] - row)
    ) / area
    return a, b


@njit(cache=True, nogil=True)
def spatial_shares(points, z, i, j, k, column, row):  # type: ignore[no-untyped-def]
    """Barycentric shares of the three corners, in space."""
    a, b = shares(points, i, j, k, doubled_area(points, i, j, k), column, row)
    wa, wb, wc = a / z[i], b / z[j], (1.0 - a - b) / z[k]
    total = wa + wb + wc
    return wa / total, wb / total, wc / total
