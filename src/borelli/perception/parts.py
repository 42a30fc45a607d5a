"""Parts of a long clip that were followed each by itself, joined as if they had been followed at once.

A part begins some seconds before its turn, so that by then it follows everybody whom the part before
follows. Over the frames that both have seen, people are matched; where the turn comes, one hands over to
the other. Regions of interest follow the last landmarks and forget where they began within a few frames, so
that joints differ by far less than a pixel from those of a single pass.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from borelli.perception.matching import assign
from borelli.perception.tracking import Followed
from borelli.perception.tracklet import Sightings

MATCHED_OVER = 15
"""Frames before the turn that decide who is who."""
FARTHEST = 0.15
"""Largest mean distance of keypoints of the same person, in sides of the region of interest."""

Chain = list[Sightings]
"""Everything seen of somebody who was followed without interruption."""


def joined(parts: Iterable[Followed], turns: Sequence[float]) -> Followed:
    """One from several, which are taken in one by one; what they saw is not copied.

    Args:
        parts: at least one, in order of time; each but the first begins before its turn.
        turns: seconds at which each part but the first takes over from the one before.
    """
    rest = iter(parts)
    whole = next(rest)
    for part, turn in zip(rest, turns, strict=True):
        whole = _handed_over(whole, part, turn)
    return whole


def _handed_over(before: Followed, after: Followed, turn: float) -> Followed:
    """Frames before the turn from one part, the others from the next."""
    kept, skipped = int(np.searchsorted(before.times, turn)), int(np.searchsorted(after.times, turn))
    moved = [[seen.moved(kept - skipped) for seen in chain] for chain in after.people]
    early = {i: c for i, c in enumerate(before.people) if c[-1].frames[-1] >= kept - MATCHED_OVER}
    late = {j: c for j, c in enumerate(moved) if c[0].frames[0] < kept}
    pairs = {}
    if early and late:
        cost = np.array([[_distance(a, b, kept) for b in late.values()] for a in early.values()])
        names = list(early), list(late)
        pairs = {names[0][i]: names[1][j] for i, j in assign(cost, FARTHEST)}
    people = []
    for i, chain in enumerate(before.people):
        tail = _cut(moved[pairs[i]], kept, None) if i in pairs else []
        people.append(_cut(chain, 0, kept) + tail)
    taken = set(pairs.values())
    people += [_cut(chain, kept, None) for j, chain in enumerate(moved) if j not in taken]
    times = np.concatenate([before.times[:kept], after.times[skipped:]])
    return Followed(times, sorted(filter(None, people), key=lambda chain: chain[0].frames[0]))


def _distance(a: Chain, b: Chain, kept: int) -> float:
    """Mean distance of the keypoints over the last common frames, in sides of the region of interest."""
    (a_frames, a_points), (b_frames, b_points) = (_places(chain, kept - MATCHED_OVER) for chain in (a, b))
    _, i, j = np.intersect1d(a_frames, b_frames, assume_unique=True, return_indices=True)
    if len(i) == 0:
        return np.inf
    return float(np.linalg.norm(a_points[i] - b_points[j], axis=-1).mean()) / b[-1].side


def _places(chain: Chain, start: int) -> tuple[np.ndarray, np.ndarray]:
    """Frames (n,) and keypoints (n, K, 2) of a chain, from a frame on."""
    late = _cut(chain, start, None)
    frames = np.concatenate([seen.frames for seen in late])
    return frames, np.concatenate([seen.keypoints[..., :2] for seen in late])


def _cut(chain: Chain, start: int, stop: int | None) -> Chain:
    """What was seen in frames [start, stop), perhaps nothing."""
    return [part for seen in chain if (part := seen.cut(start, stop)) is not None]
