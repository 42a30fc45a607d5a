"""3D hints for keypoints that came without: the built-in detector looks at the same people."""

from dataclasses import replace

import numpy as np

from borelli.errors import BorelliError
from borelli.motion.observations import Observations, Track
from borelli.perception.keypoint_sets import keypoint_set

SURE = 0.3
MIN_COMMON = 4
"""Sure keypoints that two sources must share in a frame to be compared."""
MAX_DISTANCE = 0.12
"""Mean distance of common keypoints, in heights of the person's box, up to which it is the same person."""


def with_hints(given: Observations, detected: Observations) -> Observations:
    """The given tracks with the hints of whoever the detector saw in the same place.

    Args:
        given: keypoints from elsewhere, over N frames.
        detected: of the built-in detector, over the same N frames.

    Raises:
        BorelliError: the two never agree on a person.
    """
    names, known = (keypoint_set(o.keypoint_set).keypoints for o in (given, detected))
    common = [name for name in names if name in known]
    to = np.array([names.index(name) for name in common])
    source = np.array([known.index(name) for name in common])
    tracks = tuple(_borrow(track, detected.tracks, to, source) for track in given.tracks)
    if not any(np.isfinite(track.hints).any() for track in tracks if track.hints is not None):
        raise BorelliError(
            "the given keypoints lie nowhere near a person whom the detector sees; are they pixels of this "
            "video, as displayed?"
        )
    return replace(given, tracks=tracks)


def _borrow(track: Track, others: tuple[Track, ...], to: np.ndarray, source: np.ndarray) -> Track:
    hints = np.full((len(track.keypoints), track.keypoints.shape[1], 3), np.nan)
    candidates = [other for other in others if other.hints is not None]
    if candidates:
        distance = np.stack([_distance(track, other, to, source) for other in candidates])
        nearest = distance.argmin(axis=0)
        for index, other in enumerate(candidates):
            frames = np.flatnonzero((nearest == index) & (distance[index] < MAX_DISTANCE))
            assert other.hints is not None
            hints[np.ix_(frames, to)] = other.hints[np.ix_(frames, source)]
    return replace(track, hints=hints)


def _distance(a: Track, b: Track, to: np.ndarray, source: np.ndarray) -> np.ndarray:
    """(N,) mean distance of common keypoints in box heights; inf where too few are sure."""
    first, second = a.keypoints[:, to], b.keypoints[:, source]
    both = np.minimum(first[..., 2], second[..., 2]) > SURE
    apart = np.where(both, np.linalg.norm(first[..., :2] - second[..., :2], axis=-1), 0.0)
    count = both.sum(axis=1)
    height = np.nan_to_num(a.boxes[:, 3] - a.boxes[:, 1], nan=1.0)
    mean = apart.sum(axis=1) / np.maximum(count, 1) / np.maximum(height, 1.0)
    return np.where(count >= MIN_COMMON, mean, np.inf)
