"""Who of the people found is reconstructed, and who cannot be, with the reason."""

from dataclasses import dataclass

import numpy as np

from borelli.errors import BorelliError
from borelli.motion.observations import Observations, Track

CONFIDENT = 0.3
"""Keypoints below this confidence are guesses of the network."""
MIN_KEYPOINTS = 6
"""A frame with fewer confident keypoints says too little about a whole body."""
MIN_FRAMES = 5
"""A person seen more briefly is a ghost or a passer-by at the edge."""


@dataclass(frozen=True)
class Dropped:
    """A person left out."""

    person: int
    reason: str


def evident(track: Track) -> np.ndarray:
    """(N,) bool: frames with enough confident keypoints to estimate a posture from."""
    return (track.keypoints[..., 2] > CONFIDENT).sum(axis=1) >= MIN_KEYPOINTS


def select(observations: Observations, people: str) -> tuple[tuple[Track, ...], tuple[Dropped, ...]]:
    """Tracks to reconstruct, in order of id, and people who were left out.

    Args:
        observations: everybody who was found.
        people: "all", "largest", "longest", or ids separated by commas.

    Raises:
        BorelliError: an id that does not exist, or nobody is left.
    """
    if not observations.tracks:
        raise BorelliError("nobody was found in the video; people must be mostly visible")
    chosen = _chosen(observations.tracks, people)
    reasons = {track.person: _why_not(track) for track in chosen}
    dropped = tuple(Dropped(person, reason) for person, reason in reasons.items() if reason)
    kept = tuple(track for track in chosen if not reasons[track.person])
    if not kept:
        detail = "; ".join(f"person {d.person}: {d.reason}" for d in dropped)
        raise BorelliError(f"nobody can be reconstructed ({detail}); film the whole body")
    return tuple(sorted(kept, key=lambda track: track.person)), dropped


def each(flag: str, given: tuple[float, ...], tracks: tuple[Track, ...]) -> tuple[float | None, ...]:
    """A stated value or None for every track; 0 means unknown. Raises BorelliError for too few or many."""
    if not given:
        return (None,) * len(tracks)
    if len(given) != len(tracks):
        who = ", ".join(described(track) for track in tracks)
        raise BorelliError(
            f"{len(given)} value(s) of {flag} for {len(tracks)} people ({who}); give one per person in "
            "this order, 0 if unknown, or choose people with --people"
        )
    return tuple(value or None for value in given)


def described(track: Track) -> str:
    """Who that is, for people who have not seen the overlay yet."""
    frame = int(np.flatnonzero(evident(track))[0])
    x = float(np.nanmean(track.boxes[frame, [0, 2]]))
    return f"person {track.person}: {_height(track):.0f} px tall, at x = {x:.0f} in frame {frame}"


def _chosen(tracks: tuple[Track, ...], people: str) -> tuple[Track, ...]:
    if people == "all":
        return tracks
    if people == "longest":
        return (max(tracks, key=lambda track: int(evident(track).sum())),)
    if people == "largest":
        return (max(tracks, key=_height),)
    valid = {track.person: track for track in tracks}
    try:
        wanted = sorted({int(part) for part in people.split(",")})
    except ValueError:
        wanted = []
    if not wanted or any(person not in valid for person in wanted):
        ids = ", ".join(str(person) for person in sorted(valid))
        raise BorelliError(
            f"--people {people!r} is unknown; valid: all, largest, longest, or ids of this video: {ids}"
        )
    return tuple(valid[person] for person in wanted)


def _height(track: Track) -> float:
    heights = track.boxes[:, 3] - track.boxes[:, 1]
    heights = heights[np.isfinite(heights)]
    return float(np.median(heights)) if len(heights) else 0.0


def _why_not(track: Track) -> str:
    """Reason to leave somebody out; empty for people who can be reconstructed."""
    frames, count = len(track.keypoints), int(evident(track).sum())
    if count == 0:
        return f"never visible enough: fewer than {MIN_KEYPOINTS} sure keypoints in every frame"
    if count < min(MIN_FRAMES, frames):
        return f"visible in only {count} of {frames} frames"
    return ""
