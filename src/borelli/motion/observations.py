"""What perception saw: people as tracks of keypoints with their uncertainty, in pixels and seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Track:
    """One person over all N frames of a clip; NaN positions and zero confidence where not seen.

    Pixel (0, 0) is the centre of the top-left pixel of the frame as displayed.
    """

    person: int
    """Stable identity, 0 for the first person seen."""
    keypoints: np.ndarray
    """(N, K, 3): x, y in pixels, confidence in [0, 1]."""
    covariance: np.ndarray
    """(N, K, 2, 2): pixels squared."""
    hints: np.ndarray | None
    """(N, K, 3) or None: metres, camera axes (x right, y down, z forward) of a crop seen head-on,
    relative to the mid-hip; a weak 3D cue."""
    boxes: np.ndarray
    """(N, 4): x0, y0, x1, y1 in pixels; NaN where not seen."""
    swapped: np.ndarray
    """(N,) bool: left and right were exchanged by the repair in this frame."""
    masks: np.ndarray | None = None
    """(N, M, M // 8) uint8 or None: person mask on an M x M grid over `mask_boxes`, bits packed by row."""
    mask_to_image: np.ndarray | None = None
    """(N, 2, 3) or None: affine from mask grid coordinates (column, row) to pixels."""

    @property
    def seen(self) -> np.ndarray:
        """(N,) bool: frames with at least one keypoint of positive confidence."""
        return np.any(self.keypoints[..., 2] > 0, axis=1)


def trimmed(track: Track, frames: slice | np.ndarray) -> Track:
    """The same track over some frames only, a range or a mask (N,)."""
    parts = {name: value[frames] for name, value in vars(track).items() if isinstance(value, np.ndarray)}
    return replace(track, **parts)


def keypoints_only(track: Track) -> Track:
    """The same track without what only perception and estimation need: no uncertainty, hints and masks."""
    nothing = np.zeros((len(track.keypoints), 0, 2, 2), dtype=track.covariance.dtype)
    return replace(track, covariance=nothing, hints=None, masks=None, mask_to_image=None)


@dataclass(frozen=True)
class Observations:
    """Everything perception hands to the estimator."""

    times: np.ndarray
    """(N,) seconds, the stream's own timestamps, starting where the stream says."""
    width: int
    height: int
    keypoint_set: str
    """Name of a registered keypoint set, e.g. "blazepose33"."""
    tracks: tuple[Track, ...]


def save_observations(path: Path, observations: Observations) -> None:
    """Write observations to an .npz without pickles."""
    arrays: dict[str, np.ndarray] = {
        "times": observations.times,
        "size": np.array([observations.width, observations.height]),
        "keypoint_set": np.array(observations.keypoint_set),
        "people": np.array([track.person for track in observations.tracks], dtype=np.int64),
    }
    for i, track in enumerate(observations.tracks):
        for field in fields(Track):
            value = getattr(track, field.name)
            if isinstance(value, np.ndarray):
                arrays[f"track{i}_{field.name}"] = value
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load_observations(path: Path, masks: bool = True) -> Observations:
    """Read what `save_observations` wrote; without `masks`, which are most of it, where nobody needs them."""
    with np.load(path, allow_pickle=False) as data:
        tracks = tuple(_track(data, i, masks) for i in range(len(data["people"])))
        width, height = (int(v) for v in data["size"])
        return Observations(data["times"], width, height, str(data["keypoint_set"]), tracks)


def observed_times(path: Path) -> np.ndarray:
    """(N,) seconds: the timestamps alone of what `save_observations` wrote."""
    with np.load(path, allow_pickle=False) as data:
        return data["times"]


def _track(data: Mapping[str, np.ndarray], index: int, masks: bool) -> Track:
    left_out = {"person"} if masks else {"person", "masks", "mask_to_image"}
    names = [field.name for field in fields(Track) if field.name not in left_out]
    stored: dict[str, Any] = {name: data.get(f"track{index}_{name}") for name in names}
    return Track(person=int(data["people"][index]), **stored)
