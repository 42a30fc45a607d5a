"""Gradients of a blended picture by each Gaussian's ellipse, opacity, colour and depth, compiled.

Walks front to back once more. What the Gaussians behind contribute to the loss is what is left of the whole
after those in front are taken away, so no list of the forward pass is stored and nothing is divided by the
light that passes. Every (tile, Gaussian) pair writes its own row: sums over tiles are made afterwards in a
fixed order, and the result has the same bits for any number of threads.
"""

import numpy as np
from numba import njit, prange

from borelli.avatar.splat_forward import LANES, PATIENCE, PIXELS, exp_minus, look
from borelli.avatar.splat_projection import BLOCK
from borelli.avatar.splat_tiles import SIDE, TILE
from borelli.avatar.splat_window import ALPHA_MAX, OPAQUE

F32 = np.float32
SUMS = 10
"""Columns of a pair, see `differentiate`."""
_PLANES = 7
_STOP, _MOST, _ONE, _ZERO = F32(OPAQUE), F32(ALPHA_MAX), F32(1.0), F32(0.0)


@njit(inline="always", fastmath=True)
def unblend(screen, g, box, left, top, floor, busy, tile):  # type: ignore[no-untyped-def]
    """Add Gaussian g's gradients in one tile to the lanes behind the planes of `tile`.

    Planes of PIXELS: transmitted light, loss still behind, gradients by red, green, blue, depth and alpha;
    then SUMS rows of LANES, cleared here first.
    """
    u, v, k, m, n = screen[g, 0], screen[g, 1], screen[g, 2], screen[g, 3], screen[g, 4]
    peak, reach = screen[g, 5], screen[g, 6]
    red, green, blue, depth = screen[g, 7], screen[g, 8], screen[g, 9], screen[g, 10]
    sums = _PLANES * PIXELS
    for lane in range(SUMS * LANES):
        tile[sums + lane] = _ZERO
    first, last = max(0, box[0] - left), min(SIDE - 1, box[1] - left)
    for row in range(max(0, box[2] - top), min(SIDE - 1, box[3] - top) + 1):
        y = F32((top + row) * BLOCK) - v
        for column in range(first, last + 1):
            block = row * SIDE + column
            if not busy[block]:
                continue
            x = F32((left + column) * BLOCK) - u
            at = block * LANES
            for lane in range(LANES):
                dx, dy = x + F32(lane % BLOCK), y + F32(lane // BLOCK)
                along = k * dx - m * dy
                s = along * along + n * dy * dy
                before = tile[at + lane]
                raw = peak * (exp_minus(min(s, reach)) - floor)
                seen = (s < reach) & (before > _STOP)
                alpha = min(raw, _MOST) if seen else _ZERO
                weight = before * alpha
                tile[at + lane] = before - weight
                to_red, to_green = tile[2 * PIXELS + at + lane], tile[3 * PIXELS + at + lane]
                to_blue, to_depth = tile[4 * PIXELS + at + lane], tile[5 * PIXELS + at + lane]
                value = to_red * red + to_green * green + to_blue * blue + to_depth * depth
                value += tile[6 * PIXELS + at + lane]
                behind = tile[PIXELS + at + lane] - weight * value
                tile[PIXELS + at + lane] = behind
                to_alpha = before * value - behind / (_ONE - alpha)
                to_alpha = to_alpha if seen & (raw < _MOST) else _ZERO
                to_peak = to_alpha * raw
                to_s = to_peak + to_alpha * peak * floor
                to_x, to_y = to_s * dx, to_s * dy
                tile[sums + lane] += to_x
                tile[sums + LANES + lane] += to_y
                tile[sums + 2 * LANES + lane] += to_x * dx
                tile[sums + 3 * LANES + lane] += to_x * dy
                tile[sums + 4 * LANES + lane] += to_y * dy
                tile[sums + 5 * LANES + lane] += to_peak
                tile[sums + 6 * LANES + lane] += weight * to_red
                tile[sums + 7 * LANES + lane] += weight * to_green
                tile[sums + 8 * LANES + lane] += weight * to_blue
                tile[sums + 9 * LANES + lane] += weight * to_depth


@njit(inline="always")
def load(tile, left, top, pictures, gradients):  # type: ignore[no-untyped-def]
    """Fill a tile's planes from pictures and gradients (colour, alpha, depth); left and top in blocks."""
    colour, alpha, depth = pictures
    to_colour, to_alpha, to_depth = gradients
    height, width = alpha.shape
    for at in range(_PLANES * PIXELS):
        tile[at] = _ZERO
    for y in range(top * BLOCK, min(height, top * BLOCK + TILE)):
        for x in range(left * BLOCK, min(width, left * BLOCK + TILE)):
            down, across = y - top * BLOCK, x - left * BLOCK
            block = (down // BLOCK) * SIDE + across // BLOCK
            at = block * LANES + (down % BLOCK) * BLOCK + across % BLOCK
            total = to_alpha[y, x] * alpha[y, x] + to_depth[y, x] * depth[y, x]
            for channel in range(3):
                total += to_colour[y, x, channel] * colour[y, x, channel]
                tile[(2 + channel) * PIXELS + at] = to_colour[y, x, channel]
            tile[at] = _ONE
            tile[PIXELS + at] = total
            tile[5 * PIXELS + at] = to_depth[y, x]
            tile[6 * PIXELS + at] = to_alpha[y, x]


@njit(cache=True, fastmath=True)
def differentiate_tile(screen, boxes, entries, span, left, top, floor, busy, tile, pairs):  # type: ignore[no-untyped-def]
    """Write the rows of `pairs` of one tile, whose planes are loaded; span: begin, stop, end of its list."""
    begin, stop, end = span
    for block in range(SIDE * SIDE):
        busy[block] = True
    for k in range(begin, stop):
        if (k - begin) % PATIENCE == PATIENCE - 1:
            look(tile, busy)
        g, place = entries[k, 0], entries[k, 1]
        unblend(screen, g, boxes[g], left, top, floor, busy, tile)
        for column in range(SUMS):
            total = _ZERO
            for lane in range(LANES):
                total += tile[_PLANES * PIXELS + column * LANES + lane]
            pairs[place, column] = total
    for k in range(stop, end):
        for column in range(SUMS):
            pairs[entries[k, 1], column] = _ZERO


@njit(parallel=True, cache=True)
def differentiate(screen, boxes, entries, starts, stops, across, floor, pictures, gradients, pairs, workers):  # type: ignore[no-untyped-def]
    """Gradients of every (tile, Gaussian) pair.

    Args:
        screen, boxes, entries, starts, stops, across, floor: as for `splat_forward.draw`.
        pictures: colour (H, W, 3), alpha (H, W), depth (H, W) as drawn, float32.
        gradients: of the loss by them, float32.
        pairs: (P, 10) float32, written: with t = -(gradient by s) and d = pixel - centre the sums of t dx,
            t dy, t dx dx, t dx dy, t dy dy; of alpha times its gradient before the cap; of the gradients by
            red, green, blue and depth.
        workers: threads.
    """
    for worker in prange(workers):
        tile = np.empty(_PLANES * PIXELS + SUMS * LANES, np.float32)
        busy = np.empty(SIDE * SIDE, np.bool_)
        for t in range(worker, len(stops), workers):
            if starts[t] == starts[t + 1]:
                continue
            left, top = (t % across) * SIDE, (t // across) * SIDE
            load(tile, left, top, pictures, gradients)
            span = (starts[t], stops[t], starts[t + 1])
            differentiate_tile(screen, boxes, entries, span, left, top, floor, busy, tile, pairs)
