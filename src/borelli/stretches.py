"""A long clip in stretches, so that memory does not grow with it, or for several workers."""

from itertools import pairwise


def stretches(frames: int, size: int) -> list[slice]:
    """Consecutive slices that cover so many frames.

    All have `size` frames but the last, which has half to one and a half times as many; a clip shorter
    than that is one stretch.
    """
    firsts = range(0, max(frames - size // 2, 1), size)
    return [slice(first, stop) for first, stop in pairwise([*firsts, frames])]
