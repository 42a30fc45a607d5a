"""Parts of a long clip that were followed each by itself, joined as if they had been followed at once.

A part begins some seconds before its turn, so that by then it follows everybody whom the part before
follows. Over the frames that both have seen, people are matched; where the turn comes, one hands over to
the other. Regions of interest follow the last landmarks and forget where they began within a few frames, so
that joints differ by far less than a pixel from those of a single pass.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from borelli.perception.matching import assign
from borelli.perception.tracking import Followed, Tracklet

MATCHED_OVER = 15
"""Frames before the turn that decide who is who."""
FARTHEST = 0.15
"""Largest mean distance of keypoints of the same person, in sides of the region of interest."""


def joined(parts: Sequence[Followed], turns: Sequence[float]) -> Followed:
    """One from several.

    Args:
        parts: in order of time; each but the first begins before its turn.
        turns: seconds at which each part but the first takes over from the one before.
    """
    whole = parts[0]
    for part, turn in zip(parts[1:], turns, strict=True):
        whole = _handed_over(whole, part, turn)
    return whole


def _handed_over(before: Followed, after: Followed, turn: float) -> Followed:
    """Frames before the turn from one part, the others from the next."""
    kept, skipped = int(np.searchsorted(before.times, turn)), int(np.searchsorted(after.times, turn))
    shift = kept - skipped
    moved = [_moved(tracklet, shift) for tracklet in after.tracklets]
    early = {i: t for i, t in enumerate(before.tracklets) if t.frames[-1] >= kept - MATCHED_OVER}
    late = {j: t for j, t in enumerate(moved) if t.frames[0] < kept}
    cost = np.array([[_distance(a, b, kept) for b in late.values()] for a in early.values()])
    pairs = {}
    if early and late:
        names = list(early), list(late)
        pairs = {names[0][i]: names[1][j] for i, j in assign(cost.reshape(len(early), -1), FARTHEST)}
    tracklets = []
    for i, tracklet in enumerate(before.tracklets):
        head = _cut(tracklet, 0, kept)
        tail = _cut(moved[pairs[i]], kept, None) if i in pairs else None
        tracklets += [t for t in [_chained(head, tail)] if t is not None]
    taken = set(pairs.values())
    rest = [_cut(tracklet, kept, None) for j, tracklet in enumerate(moved) if j not in taken]
    tracklets += [tracklet for tracklet in rest if tracklet is not None]
    times = np.concatenate([before.times[:kept], after.times[skipped:]])
    return Followed(times, sorted(tracklets, key=lambda t: (t.frames[0], -t.pose.side)))


def _distance(a: Tracklet, b: Tracklet, kept: int) -> float:
    """Mean distance of the keypoints over the last common frames, in sides of the region of interest."""
    rows = {frame: k for k, frame in enumerate(b.frames)}
    common = [(i, rows[f]) for i, f in enumerate(a.frames) if f in rows and f >= kept - MATCHED_OVER]
    if not common:
        return np.inf
    gaps = [np.linalg.norm(a.keypoints[i][:, :2] - b.keypoints[j][:, :2], axis=1).mean() for i, j in common]
    return float(np.mean(gaps)) / b.pose.side


def _moved(tracklet: Tracklet, shift: int) -> Tracklet:
    return replace(tracklet, frames=[frame + shift for frame in tracklet.frames])


def _cut(tracklet: Tracklet, start: int, stop: int | None) -> Tracklet | None:
    """The part of a tracklet in frames [start, stop); None when nothing is left."""
    rows = [k for k, f in enumerate(tracklet.frames) if f >= start and (stop is None or f < stop)]
    if not rows:
        return None
    first, last = rows[0], rows[-1] + 1
    lists = {name: value[first:last] for name, value in vars(tracklet).items() if isinstance(value, list)}
    return replace(tracklet, **lists)


def _chained(head: Tracklet | None, tail: Tracklet | None) -> Tracklet | None:
    if head is None or tail is None:
        return head or tail
    lists = {
        name: value + getattr(tail, name) for name, value in vars(head).items() if isinstance(value, list)
    }
    return replace(tail, **lists)
