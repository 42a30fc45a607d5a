"""Which frames of a clip teach the avatar and its pose, and which only judge."""

from dataclasses import dataclass

import numpy as np

from borelli.avatar.gaussians import View
from borelli.avatar.losses import Target
from borelli.errors import BorelliError

FEWEST = 8
"""Usable frames below which an avatar cannot be learnt and judged."""


@dataclass(frozen=True)
class Shot:
    """One frame of one person, cropped."""

    frame: int
    """Of the motion."""
    view: View
    target: Target
    weight: float = 1.0
    """Trust in its mask, in [0, 1]."""


@dataclass(frozen=True)
class Split:
    """Frames of the motion, in order."""

    key: np.ndarray
    """(K,) refined."""
    held_out: np.ndarray
    """(H,) between key frames."""


def split_frames(usable: np.ndarray, key: int, held_out: int) -> Split:
    """Frames evenly over what is usable, every so many of them held out, never the first or the last.

    Args:
        usable: (T,) bool.
        key, held_out: how many of each at most; shorter clips keep their proportion.

    Raises:
        BorelliError: fewer than FEWEST usable frames.
    """
    frames = np.flatnonzero(usable)
    if len(frames) < FEWEST:
        raise BorelliError(
            f"the avatar needs {FEWEST} frames that show the person with a mask, and {len(frames)} of "
            f"{len(usable)} do: give a longer clip, or leave out --avatar"
        )
    total = min(len(frames), key + held_out)
    chosen = frames[np.round(np.linspace(0, len(frames) - 1, total)).astype(int)]
    count = max(1, min(held_out, round(total * held_out / (key + held_out))))
    index = np.unique(np.round((np.arange(count) + 0.5) * total / count).astype(int).clip(1, total - 2))
    held = np.zeros(total, dtype=bool)
    held[index] = True
    return Split(chosen[~held], chosen[held])
