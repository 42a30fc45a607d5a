"""Which Gaussians meet which tile of the picture, front to back: two counting sorts, compiled."""

import numpy as np
from numba import njit

from borelli.avatar.splat_projection import BLOCK

TILE = 16
"""Pixels of a tile, each way: one tile is one thread's work at a time."""
SIDE = TILE // BLOCK
DIGIT = 11
"""Bits sorted at a time: three rounds sort 32."""


@njit(cache=True, error_model="numpy")
def front_to_back(keys, boxes):  # type: ignore[no-untyped-def]
    """Indices of the Gaussians that have a box, nearest first, ties in their own order.

    Args:
        keys: (N,) uint32 bits of depths that are not negative.
        boxes: (N, 4) first and last block across and down.
    """
    order = np.empty(len(keys), np.int32)
    count = 0
    for i in range(len(keys)):
        if boxes[i, 0] <= boxes[i, 1]:
            order[count] = i
            count += 1
    order = order[:count]
    for digit in range(3):
        shift = np.uint32(DIGIT * digit)
        starts = np.zeros((1 << DIGIT) + 1, np.int32)
        for i in order:
            starts[((keys[i] >> shift) & np.uint32(2047)) + 1] += 1
        for d in range(1 << DIGIT):
            starts[d + 1] += starts[d]
        moved = np.empty(count, np.int32)
        for i in order:
            d = (keys[i] >> shift) & np.uint32(2047)
            moved[starts[d]] = i
            starts[d] += 1
        order = moved
    return order


@njit(cache=True, error_model="numpy")
def count_pairs(boxes, across, down):  # type: ignore[no-untyped-def]
    """Starts (tiles + 1,) of every tile's list, and `firsts` (N + 1,): each Gaussian's place among all pairs.

    Args:
        boxes: (N, 4) first and last block across and down.
        across, down: tiles of the picture.
    """
    starts = np.zeros(across * down + 1, np.int64)
    firsts = np.zeros(len(boxes) + 1, np.int64)
    for i in range(len(boxes)):
        firsts[i + 1] = firsts[i]
        if boxes[i, 0] > boxes[i, 1]:
            continue
        left, right, top, low = (
            boxes[i, 0] // SIDE,
            boxes[i, 1] // SIDE,
            boxes[i, 2] // SIDE,
            boxes[i, 3] // SIDE,
        )
        firsts[i + 1] += (right - left + 1) * (low - top + 1)
        for y in range(top, low + 1):
            for x in range(left, right + 1):
                starts[y * across + x + 1] += 1
    for tile in range(across * down):
        starts[tile + 1] += starts[tile]
    return starts, firsts


@njit(cache=True, error_model="numpy")
def fill_tiles(order, boxes, starts, firsts, across):  # type: ignore[no-untyped-def]
    """Lists of all tiles, one after the other: entries (P, 2) int32 of Gaussian and place among all pairs."""
    cursor = starts.copy()
    entries = np.empty((starts[-1], 2), np.int32)
    for i in order:
        left, right, top, low = (
            boxes[i, 0] // SIDE,
            boxes[i, 1] // SIDE,
            boxes[i, 2] // SIDE,
            boxes[i, 3] // SIDE,
        )
        place = firsts[i]
        for y in range(top, low + 1):
            for x in range(left, right + 1):
                at = cursor[y * across + x]
                entries[at, 0], entries[at, 1] = i, place
                cursor[y * across + x] = at + 1
                place += 1
    return entries
