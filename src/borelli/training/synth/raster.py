"""Compiled loops: the shading of the faces that are seen, and the way to 8-bit pixels.

Sample (0, 0) of a buffer is the centre of its first cell. Colour is linear light while shading and
display-referred (gamma 2.2) in pictures. M meshes are numbered 1, 2, ... in the `owner` buffers.
"""

import numpy as np
from numba import njit

from borelli.geometry.mesh.triangles import spatial_shares

SUPERSAMPLES = 2
"""Colour is sampled on a grid so many times finer than the pixels, each way."""


@njit(cache=True, nogil=True, fastmath=True)
def shade(colour, owner, face, number, window, points, z, faces, normals, rest, fields, paint, light):  # type: ignore[no-untyped-def]
    """Colour the samples of one mesh.

    Args:
        colour: (H, W, 3) float32 linear light; changed where `owner` is `number`.
        owner, face: as `find_faces` left them.
        number: of the mesh.
        window: top, bottom, left, right of the samples to look at (half open).
        points, z, faces: as for `find_faces`.
        normals: (V, 3) float32 world.
        rest: (V, 3) float32 place of each vertex on the undeformed mesh, for patterns and folds.
        fields: (V, N) float32; a sample is of the first material whose field is positive there.
        paint: (N + 1, 12) float32 per material: colours A and B (3 + 3, linear), direction of the pattern in
            rest space (3, radians per metre), kind (0 plain, 1 stripes, 2 checks), depth of folds, gloss.
            The last row is what is left: skin, or all of a prop.
        light: (4, 3) float32: direction to the sun, its colour, colour from above, colour from below.
    """
    top, bottom, left, right = window
    materials = fields.shape[1]
    for row in range(top, bottom):
        for column in range(left, right):
            if owner[row, column] != number:
                continue
            f = face[row, column]
            i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
            a, b, c = spatial_shares(points, z, i, j, k, column, row)
            material = materials
            for n in range(materials):
                if a * fields[i, n] + b * fields[j, n] + c * fields[k, n] > 0.0:
                    material = n
                    break
            p = paint[material]
            x = a * rest[i, 0] + b * rest[j, 0] + c * rest[k, 0]
            y = a * rest[i, 1] + b * rest[j, 1] + c * rest[k, 1]
            w = a * rest[i, 2] + b * rest[j, 2] + c * rest[k, 2]
            mix = 0.0
            if p[9] == 1.0:
                mix = 1.0 if np.sin(p[6] * x + p[7] * y + p[8] * w) > 0.3 else 0.0
            elif p[9] == 2.0:
                mix = 0.5 * (np.sin(p[7] * y) > 0.0) + 0.5 * (np.sin(p[7] * (x + w)) > 0.0)
            fold = p[10] * (np.sin(31.0 * y + 9.0 * x - 14.0 * w) + np.sin(47.0 * x + 23.0 * w + 11.0 * y))
            nx = a * normals[i, 0] + b * normals[j, 0] + c * normals[k, 0] + 0.5 * fold
            ny = a * normals[i, 1] + b * normals[j, 1] + c * normals[k, 1] + fold
            nz = a * normals[i, 2] + b * normals[j, 2] + c * normals[k, 2] - 0.5 * fold
            length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-6
            facing = max(0.0, (nx * light[0, 0] + ny * light[0, 1] + nz * light[0, 2]) / length)
            up = 0.5 + 0.5 * ny / length
            shine = p[11] * facing**12
            for channel in range(3):
                albedo = (1.0 - mix) * p[channel] + mix * p[3 + channel]
                around = up * light[2, channel] + (1.0 - up) * light[3, channel]
                colour[row, column, channel] = (
                    albedo * (facing * light[1, channel] + around) + shine * light[1, channel]
                )


@njit(cache=True, nogil=True, fastmath=True)
def resolve(picture, colour, owner, window):  # type: ignore[no-untyped-def]
    """Average the samples of every pixel over the background.

    Args:
        picture: (H, W, 3) float32 in 0..1, display-referred; changed.
        colour: (S H, S W, 3) float32 linear light, with S = SUPERSAMPLES.
        owner: (S H, S W) uint8, 0 where the background is seen.
        window: top, bottom, left, right of the pixels to look at (half open).
    """
    top, bottom, left, right = window
    share = 1.0 / SUPERSAMPLES**2
    for row in range(top, bottom):
        for column in range(left, right):
            covered = 0.0
            red, green, blue = 0.0, 0.0, 0.0
            for r in range(SUPERSAMPLES * row, SUPERSAMPLES * (row + 1)):
                for s in range(SUPERSAMPLES * column, SUPERSAMPLES * (column + 1)):
                    if owner[r, s]:
                        covered += share
                        red += share * colour[r, s, 0]
                        green += share * colour[r, s, 1]
                        blue += share * colour[r, s, 2]
            if covered > 0.0:
                sample = (red, green, blue)
                for channel in range(3):
                    shown = (min(1.0, sample[channel] / covered)) ** (1 / 2.2)
                    picture[row, column, channel] += covered * (shown - picture[row, column, channel])


@njit(cache=True, nogil=True, fastmath=True)
def develop(picture, noise, softness, grain):  # type: ignore[no-untyped-def]
    """(H, W, 3) uint8 of a picture (H, W, 3) in 0..1 with noise (H, W, 3) of unit variance.

    `softness` in 0..1 is the share of a 3 x 3 binomial blur, `grain` the noise in 0..1 at full brightness.
    """
    height, width, _ = picture.shape
    result = np.empty((height, width, 3), dtype=np.uint8)
    for row in range(height):
        above, below = max(row - 1, 0), min(row + 1, height - 1)
        for column in range(width):
            left, right = max(column - 1, 0), min(column + 1, width - 1)
            for c in range(3):
                centre = picture[row, column, c]
                edges = (
                    picture[above, column, c]
                    + picture[below, column, c]
                    + picture[row, left, c]
                    + picture[row, right, c]
                )
                corners = (
                    picture[above, left, c]
                    + picture[above, right, c]
                    + picture[below, left, c]
                    + picture[below, right, c]
                )
                value = centre + softness * (0.125 * edges + 0.0625 * corners - 0.75 * centre)
                value += grain * noise[row, column, c] * (0.3 + 0.7 * value)
                result[row, column, c] = np.uint8(255.0 * min(1.0, max(0.0, value)) + 0.5)
    return result
