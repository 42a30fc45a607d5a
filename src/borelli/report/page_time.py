"""The common clock of a report page: the frames of the video, thinned out for long clips."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from borelli.motion.motion import Motion

MOST_FRAMES = 12000
"""Frames times people in one page, about 6 MB: 3 minutes of two people at 30 frames per second."""


@dataclass(frozen=True)
class PageTime:
    """T frames of a page."""

    times: np.ndarray
    """(T,) seconds, increasing."""
    stride: int
    """Every so many frames of the clip is one of the page."""

    def present(self, own: np.ndarray) -> np.ndarray:
        """(T,) bool: a motion with the timestamps `own` (t,) has this frame."""
        return np.isin(self.times, own)

    def held(self, own: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Values (t, ...) of a motion at the frames of the page, (T, ...).

        Where the motion has no frame, or a frame that holds NaN, the nearest whole one stands in, so that
        everything can be drawn; NaN only where no frame is whole.
        """
        whole = np.flatnonzero(np.isfinite(values).reshape(len(values), -1).all(axis=1))
        usable = whole if len(whole) else np.arange(len(own))
        after = np.clip(np.searchsorted(own[usable], self.times), 0, len(usable) - 1)
        before = np.maximum(after - 1, 0)
        nearer = np.abs(own[usable[before]] - self.times) < np.abs(own[usable[after]] - self.times)
        return values[usable[np.where(nearer, before, after)]]

    def flags(self, own: np.ndarray, values: np.ndarray) -> np.ndarray:
        """(T,) bool of (t,) bool; False where the motion has no frame."""
        return self.present(own) & self.held(own, values.astype(np.float64)).astype(bool)


def page_time(motions: Sequence[Motion], video: np.ndarray | None, most: int = MOST_FRAMES) -> PageTime:
    """Frames for the page of some people.

    Args:
        motions: of one clip.
        video: (N,) timestamps of all frames of the video, where there is one.
        most: frames times people.
    """
    times = np.unique(np.concatenate([motion.time for motion in motions]))
    if video is not None:
        times = np.union1d(times, video)
    stride = max(1, int(np.ceil(len(times) * len(motions) / most)))
    return PageTime(times[::stride], stride)
