"""Blending front to back, compiled: each thread takes every other tile, each tile keeps its pixels to itself.

Pixels of a tile lie in blocks of 4 x 4, one block after the other, so that a block is one vector of 16 and a
small Gaussian meets few of them. All numbers of a tile sit in one flat array: with several, the compiler
cannot tell that they do not overlap and gives up vectors.
"""

import numpy as np
from numba import njit, prange

from borelli.avatar.splat_projection import BLOCK
from borelli.avatar.splat_tiles import SIDE, TILE
from borelli.avatar.splat_window import ALPHA_MAX, OPAQUE

F32 = np.float32
LANES = BLOCK * BLOCK
BLOCKS = SIDE * SIDE
C1, C2, C3, C4 = F32(0.99998913), F32(0.49972660), F32(0.16448916), F32(0.03466310)
"""Polynomial of exp on [-3/8, 0], 1 at 0, with the smallest greatest relative error: 1.4e-7."""
_STOP, _MOST, _ONE, _ZERO = F32(OPAQUE), F32(ALPHA_MAX), F32(1.0), F32(0.0)


@njit(inline="always")
def exp_minus(s):  # type: ignore[no-untyped-def]
    """exp(-s) for 0 <= s <= 6 to 5e-6 of itself: a polynomial in s / 16, squared four times.

    The library's exponential is a call for every number; this is ten instructions for sixteen.
    """
    t = s * F32(-0.0625)
    p = _ONE + t * (C1 + t * (C2 + t * (C3 + t * C4)))
    p = p * p
    p = p * p
    p = p * p
    return p * p


@njit(inline="always", fastmath=True)
def blend(screen, g, box, left, top, floor, ends, k, tile):  # type: ignore[no-untyped-def]
    """Blend Gaussian g, entry k, into the blocks of one tile that it meets; how many became opaque.

    Planes of `tile` (5, BLOCKS, LANES): transmitted light, then red, green, blue and depth. Blocks that are
    opaque have `ends` of at most k.
    """
    finished = 0
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
            passing = _ZERO
            x = F32((left + column) * BLOCK) - u
            for lane in range(LANES):
                dx, dy = x + F32(lane % BLOCK), y + F32(lane // BLOCK)
                along = h * dx - m * dy
                s = along * along + n * dy * dy
                before = tile[0, block, lane]
                alpha = min(peak * (exp_minus(min(s, reach)) - floor), _MOST)
                alpha = alpha if (s < reach) & (before > _STOP) else _ZERO
                weight = before * alpha
                after = before - weight
                passing += after if after > _STOP else _ZERO
                tile[0, block, lane] = after
                tile[1, block, lane] += weight * red
                tile[2, block, lane] += weight * green
                tile[3, block, lane] += weight * blue
                tile[4, block, lane] += weight * depth
            if passing == _ZERO:
                ends[block] = k + 1
                finished += 1
    return finished


@njit(inline="always")
def store(tile, left, top, colour, alpha, depth):  # type: ignore[no-untyped-def]
    """Move a tile's planes into the pictures; left and top in blocks."""
    height, width = alpha.shape
    for y in range(top * BLOCK, min(height, top * BLOCK + TILE)):
        for x in range(left * BLOCK, min(width, left * BLOCK + TILE)):
            down, across = y - top * BLOCK, x - left * BLOCK
            block = (down // BLOCK) * SIDE + across // BLOCK
            lane = (down % BLOCK) * BLOCK + across % BLOCK
            alpha[y, x] = _ONE - tile[0, block, lane]
            for channel in range(3):
                colour[y, x, channel] = tile[1 + channel, block, lane]
            depth[y, x] = tile[4, block, lane]


@njit(inline="always")
def clear(left, top, colour, alpha, depth):  # type: ignore[no-untyped-def]
    """Make one tile of the pictures black; left and top in blocks."""
    height, width = alpha.shape
    first, last = left * BLOCK, min(width, left * BLOCK + TILE)
    for y in range(top * BLOCK, min(height, top * BLOCK + TILE)):
        alpha[y, first:last] = _ZERO
        depth[y, first:last] = _ZERO
        colour[y, first:last] = _ZERO


@njit(cache=True, fastmath=True)
def draw_tile(screen, boxes, entries, begin, end, left, top, floor, colour, alpha, depth, ends):  # type: ignore[no-untyped-def]
    """Draw the list entries[begin:end] into one tile; `ends` (BLOCKS,) is written as for `draw`."""
    # made here, with sizes the compiler sees: only then does it know which planes cannot overlap
    tile = np.zeros((5, BLOCKS, LANES), np.float32)
    tile[0] = _ONE
    ends[:] = end
    still = BLOCKS
    for k in range(begin, end):
        g = entries[k, 0]
        still -= blend(screen, g, boxes[g], left, top, floor, ends, k, tile)
        if still == 0:
            break
    store(tile, left, top, colour, alpha, depth)


@njit(parallel=True, cache=True)
def draw(screen, boxes, entries, starts, across, floor, colour, alpha, depth, ends, workers):  # type: ignore[no-untyped-def]
    """Fill the pictures.

    Args:
        screen, boxes: as `splat_projection.project` left them.
        entries, starts: lists of the tiles, as `splat_tiles` left them.
        across: tiles in a row of tiles.
        floor: of the window.
        colour, alpha, depth: (H, W, 3), (H, W), (H, W) float32, written.
        ends: (tiles, BLOCKS) written: entries from there on are hidden in that block.
        workers: threads.
    """
    for worker in prange(workers):
        for t in range(worker, len(ends), workers):
            left, top = (t % across) * SIDE, (t // across) * SIDE
            begin, end = starts[t], starts[t + 1]
            if begin == end:
                ends[t] = end
                clear(left, top, colour, alpha, depth)
                continue
            draw_tile(screen, boxes, entries, begin, end, left, top, floor, colour, alpha, depth, ends[t])
