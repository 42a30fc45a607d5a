"""Gradients of a blended picture by each Gaussian's ellipse, opacity, colour and depth, compiled.

Walks front to back once more. What the Gaussians behind contribute to the loss is what is left of the whole
after those in front are taken away, so no list of the forward pass is stored and nothing is divided by the
light that passes. Every (tile, Gaussian) pair writes its own row: sums over tiles are made afterwards in a
fixed order, and the result has the same bits for any number of threads.
"""

import numpy as np
from numba import njit, prange

from borelli.avatar.splat_forward import BLOCKS, LANES, exp_minus
from borelli.avatar.splat_projection import BLOCK
from borelli.avatar.splat_tiles import SIDE, TILE
from borelli.avatar.splat_window import ALPHA_MAX, OPAQUE

F32 = np.float32
SUMS = 10
"""Columns of a pair, see `differentiate`."""
_PLANES = 7
_STOP, _MOST, _ONE, _ZERO = F32(OPAQUE), F32(ALPHA_MAX), F32(1.0), F32(0.0)


@njit(inline="always", fastmath=True)
def unblend(screen, g, box, left, top, floor, ends, k, tile, sums):  # type: ignore[no-untyped-def]
    """Sum Gaussian g's gradients over one tile into `sums` (SUMS, LANES), lane by lane.

    Planes of `tile` (7, BLOCKS, LANES): transmitted light, loss still behind, gradients by red, green, blue,
    depth and alpha.
    """
    u, v, h, m, n = screen[g, 0], screen[g, 1], screen[g, 2], screen[g, 3], screen[g, 4]
    peak, reach = screen[g, 5], screen[g, 6]
    red, green, blue, depth = screen[g, 7], screen[g, 8], screen[g, 9], screen[g, 10]
    first, last = max(0, box[0] - left), min(SIDE - 1, box[1] - left)
    for row in range(max(0, box[2] - top), min(SIDE - 1, box[3] - top) + 1):
        y = F32((top + row) * BLOCK) - v
        for column in range(first, last + 1):
            block = row * SIDE + column
            if ends[block] <= k:
                continue
            x = F32((left + column) * BLOCK) - u
            for lane in range(LANES):
                dx, dy = x + F32(lane % BLOCK), y + F32(lane // BLOCK)
                along = h * dx - m * dy
                s = along * along + n * dy * dy
                before = tile[0, block, lane]
                raw = peak * (exp_minus(min(s, reach)) - floor)
                alpha = min(raw, _MOST)
                alpha = alpha if (s < reach) & (before > _STOP) else _ZERO
                weight = before * alpha
                tile[0, block, lane] = before - weight
                to_red, to_green = tile[2, block, lane], tile[3, block, lane]
                to_blue, to_depth = tile[4, block, lane], tile[5, block, lane]
                value = to_red * red + to_green * green + to_blue * blue + to_depth * depth
                value += tile[6, block, lane]
                behind = tile[1, block, lane] - weight * value
                tile[1, block, lane] = behind
                to_alpha = before * value - behind / (_ONE - alpha)
                to_alpha = to_alpha if (alpha > _ZERO) & (raw < _MOST) else _ZERO
                to_peak = to_alpha * raw
                to_s = to_peak + to_alpha * peak * floor
                to_x, to_y = to_s * dx, to_s * dy
                sums[0, lane] += to_x
                sums[1, lane] += to_y
                sums[2, lane] += to_x * dx
                sums[3, lane] += to_x * dy
                sums[4, lane] += to_y * dy
                sums[5, lane] += to_peak
                sums[6, lane] += weight * to_red
                sums[7, lane] += weight * to_green
                sums[8, lane] += weight * to_blue
                sums[9, lane] += weight * to_depth


@njit(inline="always")
def load(tile, left, top, pictures, gradients):  # type: ignore[no-untyped-def]
    """Fill a tile's planes, zero so far, from pictures and gradients; left and top in blocks."""
    colour, alpha, depth = pictures
    to_colour, to_alpha, to_depth = gradients
    height, width = alpha.shape
    for y in range(top * BLOCK, min(height, top * BLOCK + TILE)):
        for x in range(left * BLOCK, min(width, left * BLOCK + TILE)):
            down, across = y - top * BLOCK, x - left * BLOCK
            block = (down // BLOCK) * SIDE + across // BLOCK
            lane = (down % BLOCK) * BLOCK + across % BLOCK
            total = to_alpha[y, x] * alpha[y, x] + to_depth[y, x] * depth[y, x]
            for channel in range(3):
                total += to_colour[y, x, channel] * colour[y, x, channel]
                tile[2 + channel, block, lane] = to_colour[y, x, channel]
            tile[0, block, lane] = _ONE
            tile[1, block, lane] = total
            tile[5, block, lane] = to_depth[y, x]
            tile[6, block, lane] = to_alpha[y, x]


@njit(inline="always")
def add_lanes(sums, row):  # type: ignore[no-untyped-def]
    """Add up the lanes of `sums` (SUMS, LANES) into `row` (SUMS,).

    All columns in one loop: a loop over the lanes of one is unrolled into sixteen additions that wait for
    each other.
    """
    x = y = xx = xy = yy = peak = red = green = blue = depth = _ZERO
    for lane in range(LANES):
        x += sums[0, lane]
        y += sums[1, lane]
        xx += sums[2, lane]
        xy += sums[3, lane]
        yy += sums[4, lane]
        peak += sums[5, lane]
        red += sums[6, lane]
        green += sums[7, lane]
        blue += sums[8, lane]
        depth += sums[9, lane]
    row[0], row[1], row[2], row[3], row[4] = x, y, xx, xy, yy
    row[5], row[6], row[7], row[8], row[9] = peak, red, green, blue, depth


@njit(cache=True, fastmath=True, error_model="numpy")
def differentiate_tile(screen, boxes, entries, ends, span, left, top, floor, pictures, gradients, pairs):  # type: ignore[no-untyped-def]
    """Write the rows of `pairs` of one tile; span: begin and end of its list."""
    # made here, with sizes the compiler sees: only then does it know which planes cannot overlap
    tile = np.zeros((_PLANES, BLOCKS, LANES), np.float32)
    sums = np.empty((SUMS, LANES), np.float32)
    begin, end = span
    stop = ends.max()
    load(tile, left, top, pictures, gradients)
    for k in range(begin, stop):
        g, place = entries[k, 0], entries[k, 1]
        for column in range(SUMS):
            for lane in range(LANES):
                sums[column, lane] = _ZERO
        unblend(screen, g, boxes[g], left, top, floor, ends, k, tile, sums)
        add_lanes(sums, pairs[place])
    for k in range(stop, end):
        pairs[entries[k, 1]] = _ZERO


@njit(parallel=True, cache=True)
def differentiate(screen, boxes, entries, starts, ends, across, floor, pictures, gradients, pairs, workers):  # type: ignore[no-untyped-def]
    """Gradients of every (tile, Gaussian) pair.

    Args:
        screen, boxes, entries, starts, ends, across, floor, workers: as for `splat_forward.draw`.
        pictures: colour (H, W, 3), alpha (H, W), depth (H, W) as drawn, float32.
        gradients: of the loss by them, float32.
        pairs: (P, 10) float32, written: with t = -(gradient by s) and d = pixel - centre the sums of t dx,
            t dy, t dx dx, t dx dy, t dy dy; of alpha times its gradient before the cap; of the gradients by
            red, green, blue and depth.
    """
    for worker in prange(workers):
        for t in range(worker, len(ends), workers):
            if starts[t] < starts[t + 1]:
                left, top = (t % across) * SIDE, (t // across) * SIDE
                span = (starts[t], starts[t + 1])
                differentiate_tile(
                    screen, boxes, entries, ends[t], span, left, top, floor, pictures, gradients, pairs
                )
