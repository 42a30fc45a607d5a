"""Tracks from people listed frame by frame: the file's identities, or the cheapest assignment over time."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from borelli.motion.observations import Track
from borelli.perception.matching import assign
from borelli.perception.swaps import repair

MAX_GAP_FRAMES = 15
MAX_DISTANCE = 0.35  # mean distance of keypoints over body size, per frame of gap up to 3
RELATIVE_SD = 0.01  # of body size: error of a confident keypoint
MIN_FRAMES = 5


class Listed(Protocol):
    """A person in one frame: keypoints (K, 3) in pixels with confidence, and the file's identity if any."""

    @property
    def keypoints(self) -> np.ndarray: ...

    @property
    def identity(self) -> int | None: ...


def tracks_of(frames: Sequence[Sequence[Listed]], names: tuple[str, ...]) -> tuple[Track, ...]:
    """One track per person, in order of first appearance; exchanges of left and right undone.

    People seen in fewer than 5 frames are dropped unless the clip is shorter.

    Args:
        frames: (N,) people of each frame.
        names: (K,) keypoint names.
    """
    people = _by_identity(frames) if _has_identities(frames) else _by_place(frames)
    needed = min(MIN_FRAMES, len(frames))
    kept = [person for person in people if len(person) >= needed]
    kept.sort(key=min)
    tracks = (_track(i, person, len(frames), len(names)) for i, person in enumerate(kept))
    return tuple(repair(track, names) for track in tracks)


def _has_identities(frames: Sequence[Sequence[Listed]]) -> bool:
    """Everybody has an identity, and nobody appears twice in a frame."""
    identities = [[person.identity for person in people] for people in frames]
    return all(None not in ids and len(set(ids)) == len(ids) for ids in identities)


def _by_identity(frames: Sequence[Sequence[Listed]]) -> list[dict[int, np.ndarray]]:
    people: dict[int | None, dict[int, np.ndarray]] = {}
    for index, listed in enumerate(frames):
        for person in listed:
            people.setdefault(person.identity, {})[index] = person.keypoints
    return list(people.values())


def _by_place(frames: Sequence[Sequence[Listed]]) -> list[dict[int, np.ndarray]]:
    people: list[dict[int, np.ndarray]] = []
    for index, listed in enumerate(frames):
        live = [person for person in people if index - max(person) <= MAX_GAP_FRAMES]
        cost = np.array([[_distance(p, index, q.keypoints) for q in listed] for p in live])
        pairs = assign(cost, MAX_DISTANCE)
        for row, column in pairs:
            live[row][index] = listed[column].keypoints
        taken = {column for _, column in pairs}
        people += [{index: q.keypoints} for column, q in enumerate(listed) if column not in taken]
    return people


def _distance(person: dict[int, np.ndarray], index: int, keypoints: np.ndarray) -> float:
    """Mean distance of shared keypoints from where the person was last, in body sizes per frame."""
    last = max(person)
    before = person[last]
    shared = (before[:, 2] > 0) & (keypoints[:, 2] > 0)
    if not shared.any():
        return np.inf
    distance = np.linalg.norm(before[shared, :2] - keypoints[shared, :2], axis=1).mean()
    return float(distance) / max(body_size(before), body_size(keypoints), 1.0) / min(index - last, 3)


def body_size(keypoints: np.ndarray) -> float:
    """Diagonal of the box around keypoints (K, 3) of positive confidence, pixels."""
    points = keypoints[keypoints[:, 2] > 0, :2]
    return float(np.linalg.norm(np.ptp(points, axis=0))) if len(points) else 0.0


def _track(identity: int, person: dict[int, np.ndarray], count: int, points: int) -> Track:
    keypoints = np.full((count, points, 3), np.nan)
    keypoints[..., 2] = 0.0
    covariance = np.full((count, points, 2, 2), np.nan)
    for index, values in person.items():
        known = values[:, 2] > 0
        keypoints[index, known] = values[known]
        sd = RELATIVE_SD * body_size(values) / np.maximum(values[known, 2], 0.1)
        covariance[index, known] = (sd**2 + 1.0)[:, None, None] * np.eye(2)
    low = np.where(np.isfinite(keypoints[..., :2]), keypoints[..., :2], np.inf).min(axis=1)
    high = np.where(np.isfinite(keypoints[..., :2]), keypoints[..., :2], -np.inf).max(axis=1)
    boxes = np.concatenate([low, high], axis=1)
    boxes[~np.isfinite(boxes).all(axis=1)] = np.nan
    return Track(identity, keypoints, covariance, None, boxes, np.zeros(count, dtype=bool))
