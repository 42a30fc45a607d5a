"""Surfaces, rods and stamps laid over a picture, compiled; pixel (0, 0) is a pixel's centre."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def blend_surface(image, shade, owner, colours, opacities):  # type: ignore[no-untyped-def]
    """Lay the shaded surface over the picture.

    Args:
        image: (H, W, 3) uint8; changed.
        shade: (H, W) float32 factor on the colour.
        owner: (H, W) uint8 person seen in every pixel, 0 where nobody is.
        colours: (P, 3) float32 RGB in 0..255 of person 1, 2, ...
        opacities: (P,) float32 in [0, 1].
    """
    height, width = owner.shape
    for row in range(height):
        for column in range(width):
            person = owner[row, column]
            if person:
                alpha = opacities[person - 1]
                for channel in range(3):
                    value = min(255.0, colours[person - 1, channel] * shade[row, column])
                    mixed = (1.0 - alpha) * image[row, column, channel] + alpha * value
                    image[row, column, channel] = np.uint8(mixed + 0.5)


@njit(cache=True, nogil=True)
def draw_rod(image, start, end, radii, colour, opacity):  # type: ignore[no-untyped-def]
    """A rod with round ends and a soft edge of one pixel; a disc when both ends agree.

    Args:
        image: (H, W, 3) uint8; changed.
        start, end: (2,) pixels.
        radii: two, at the ends, in pixels.
        colour: (3,) RGB in 0..255.
        opacity: in [0, 1].
    """
    height, width = image.shape[:2]
    x0, y0, x1, y1 = start[0], start[1], end[0], end[1]
    r0, r1 = radii
    reach = max(r0, r1) + 1.0
    limit = 4.0 * (width + height)
    if not (abs(x0) < limit and abs(y0) < limit and abs(x1) < limit and abs(y1) < limit):
        return
    left, right = max(0, int(min(x0, x1) - reach)), min(width - 1, int(max(x0, x1) + reach) + 1)
    top, low = max(0, int(min(y0, y1) - reach)), min(height - 1, int(max(y0, y1) + reach) + 1)
    dx, dy = x1 - x0, y1 - y0
    squared = dx * dx + dy * dy
    for row in range(top, low + 1):
        for column in range(left, right + 1):
            along = 0.0
            if squared > 0.0:
                along = min(1.0, max(0.0, ((column - x0) * dx + (row - y0) * dy) / squared))
            ex, ey = column - x0 - along * dx, row - y0 - along * dy
            cover = r0 + along * (r1 - r0) + 0.5 - np.sqrt(ex * ex + ey * ey)
            if cover > 0.0:
                alpha = opacity * min(1.0, cover)
                for channel in range(3):
                    mixed = (1.0 - alpha) * image[row, column, channel] + alpha * colour[channel]
                    image[row, column, channel] = np.uint8(mixed + 0.5)


@njit(cache=True, nogil=True)
def stamp(image, mask, x, y, colour):  # type: ignore[no-untyped-def]
    """Put a coverage mask (h, w) uint8 in one colour with its top-left corner at column x, row y."""
    height, width = image.shape[:2]
    for r in range(mask.shape[0]):
        for c in range(mask.shape[1]):
            row, column = y + r, x + c
            if mask[r, c] and 0 <= row < height and 0 <= column < width:
                alpha = mask[r, c] / 255.0
                for channel in range(3):
                    mixed = (1.0 - alpha) * image[row, column, channel] + alpha * colour[channel]
                    image[row, column, channel] = np.uint8(mixed + 0.5)
