"""Stretches to people: re-identification across gaps by place and clothes, short ghosts dropped."""

import numpy as np

from borelli.perception.matching import assign
from borelli.perception.tracking import HEIGHT_PER_SIDE
from borelli.perception.tracklet import Sightings

MAX_SPEED = 4.0  # body heights per second: a sprint
PLACE_SLACK = 0.5  # body heights
MIN_LIKENESS = 0.55  # of colour histograms; clothes seen from another side or in another light
MAX_DIFFUSENESS = 0.03  # median over a person's frames
SIZE_RATIO = 1.8


def people(
    followed: list[list[Sightings]], times: np.ndarray, min_track_s: float, max_gap_s: float
) -> list[list[Sightings]]:
    """Sightings of each person in order of time; people in order of first appearance, larger first.

    Args:
        followed: stretches that the tracker gathered; a list for everybody followed without interruption.
        times: (N,) seconds of the frames.
        min_track_s: people seen for less, in total, are dropped, unless the clip is shorter than twice this.
        max_gap_s: longest absence after which an identity is taken up again.
    """
    chains = sorted(followed, key=lambda chain: chain[0].frames[0])
    cost = np.array([[_cost(a, b, times, max_gap_s) for b in chains] for a in chains])
    while pairs := assign(cost, 1.0):
        a, b = min(pairs, key=lambda pair: cost[pair])
        chains[a] = chains[a] + chains.pop(b)
        cost[a] = cost[b]  # it ends now as the other did
        cost = np.delete(np.delete(cost, b, axis=0), b, axis=1)
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    needed = min(min_track_s, 0.5 * float(np.ptp(times)))
    chains = [c for c in chains if _frames(c) * step >= needed and _diffuseness(c) <= MAX_DIFFUSENESS]
    return sorted(chains, key=lambda c: (c[0].frames[0], -c[0].side))


def _cost(before: list[Sightings], after: list[Sightings], times: np.ndarray, max_gap_s: float) -> float:
    """Unlikeness of two stretches being one person; infinite where they cannot be."""
    end, start = before[-1], after[0]
    gap = times[start.frames[0]] - times[end.frames[-1]]
    if start.frames[0] <= end.frames[-1] or gap > max_gap_s:
        return np.inf
    sizes = [end.sides[-1], start.sides[0]]
    if max(sizes) > SIZE_RATIO * min(sizes):
        return np.inf
    height = HEIGHT_PER_SIDE * max(sizes)
    distance = float(np.linalg.norm(end.centres[-1] - start.centres[0])) / height
    likeness = float(end.colours @ start.colours)
    reach = PLACE_SLACK + MAX_SPEED * gap
    if distance > reach or likeness < MIN_LIKENESS:
        return np.inf
    return 0.5 * distance / reach + 0.5 * (1 - likeness)


def _frames(chain: list[Sightings]) -> int:
    return sum(len(seen.frames) for seen in chain)


def _diffuseness(chain: list[Sightings]) -> float:
    return float(np.median(np.concatenate([seen.diffuseness for seen in chain])))
