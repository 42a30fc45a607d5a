"""A learned first guess of a person's motion, each part with its uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np


@dataclass(frozen=True)
class Guess:
    """One person over T frames; standard deviations are of single frames, errors last over many.

    Lengths are for a body of scale 1: distances and speeds grow with the true scale.
    """

    coordinates: np.ndarray
    """(T, 46) radians, inside the limits; the pelvis' three are zero, see R_camera_pelvis."""
    coordinate_sd: np.ndarray
    """(T, 46) radians; inf for the pelvis."""
    R_camera_pelvis: np.ndarray
    """(T, 3, 3)."""
    bone_sd: np.ndarray
    """(T, B, 2) radians, of the directions of `bones.BONES` across the view and along it."""
    pelvis_camera: np.ndarray
    """(T, 3) metres at scale 1."""
    log_depth_sd: np.ndarray
    """(T,)."""
    velocity_camera: np.ndarray
    """(T, 3) of the pelvis, m/s at scale 1."""
    velocity_sd: np.ndarray
    """(T,) m/s per axis."""
    contacts: np.ndarray
    """(T, 4) probability that heel and ball of the right, then of the left foot stand."""
    up_camera: np.ndarray
    """(T, 3) unit vectors against gravity."""
    up_sd: np.ndarray
    """(T,) radians."""
    log_lengths: np.ndarray
    """(10,) of segments, for LENGTH_GROUPS."""
    log_lengths_sd: np.ndarray
    """(10,)."""
    shape: np.ndarray
    """(16,) components; keypoints hardly tell them."""

    def cut(self, frames: slice | np.ndarray) -> "Guess":
        """The guess of some frames only."""
        return replace(self, **{name: values[frames] for name, values in self._over_time().items()})

    def single(self) -> "Guess":
        """The same in single precision, in which a guess of hours takes half the memory."""
        return replace(self, **{n: v.astype(np.float32) for n, v in self._over_time().items()})

    def _over_time(self) -> dict[str, np.ndarray]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in LASTING}


LASTING = ("log_lengths", "log_lengths_sd", "shape")
"""Fields that hold for all frames together."""


def chained(parts: Sequence[tuple[int, Guess | None]]) -> Guess | None:
    """One guess from those about stretches that follow each other; None when there is none.

    Each comes with its number of frames; where nothing was seen, that of the frame before, else after,
    stands in, as it does within a stretch. What lasts is the mean over all frames that were seen.
    """
    known = [(frames, guess) for frames, guess in parts if guess is not None]
    if not known:
        return None
    last, filled = known[0][1].cut(slice(0, 1)), []
    for frames, guess in parts:
        filled.append(guess or last.cut(np.zeros(frames, dtype=np.int64)))
        last = filled[-1].cut(slice(-1, None))
    weights = [frames for frames, _ in known]
    lasting = {n: np.average([getattr(g, n) for _, g in known], axis=0, weights=weights) for n in LASTING}
    over_time = {n: np.concatenate([getattr(g, n) for g in filled]) for n in filled[0]._over_time()}
    return Guess(**over_time, **lasting)
