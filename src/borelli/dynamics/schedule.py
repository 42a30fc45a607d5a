"""Which points may push when, where they stand, and how firmly: contact as the solver needs it."""

from dataclasses import dataclass, fields

import numpy as np

SLOW = 0.6
"""m/s: a point that touches and moves faster than this rolls or slides; it may push, but stands nowhere."""
TAPER = 0.1
"""Seconds over which a stance gets firm and lets go: heels land and toes leave gradually."""


@dataclass(frozen=True)
class Schedule:
    """Contacts of P points in T frames."""

    active: np.ndarray
    """(T, P) bool: the point may push."""
    anchors: np.ndarray
    """(T, P, 3) metres: where the point stands; anything where it does not."""
    hold: np.ndarray
    """(T, P) 0 to 1: how firmly it is held at its anchor."""
    firmness: np.ndarray
    """(T, P) 0 to 1: how freely it pushes; 0 outside contact."""
    support: np.ndarray
    """(T, P) metres: height of the surface under each point."""

    def cut(self, frames: slice) -> "Schedule":
        """The same over some frames."""
        return Schedule(*(getattr(self, field.name)[frames] for field in fields(self)))


def schedule(
    active: np.ndarray, points: np.ndarray, times: np.ndarray, support: np.ndarray, sliding: float = 1.0
) -> Schedule:
    """Anchors and tapers of every stance.

    Args:
        active: (T, P) bool, contacts with gaps and flickers already removed.
        points: (T, P, 3) where the points are, as well as it is known.
        times: (T,) seconds.
        support: (T, P) metres, height of the surface under each point.
        sliding: 0 to 1, how freely a point pushes that touches but moves fast.
    """
    # single precision: a clip of hours has many frames, and nothing is known to a tenth of a micrometre
    anchors = np.zeros(points.shape, dtype=np.float32)
    hold, firmness = np.zeros(active.shape, dtype=np.float32), np.zeros(active.shape, dtype=np.float32)
    speed, of = np.zeros(0), -1
    step = float(np.median(np.diff(times)))
    for p, first, last in runs(active):
        if p != of:
            speed, of = np.linalg.norm(np.gradient(points[:, p, [0, 2]], times, axis=0), axis=-1), p
        run = slice(first, last)
        edge = _edge(times, first, last, step)
        risen = np.clip(edge / TAPER, 0.05, 1.0)
        # a square root lets the next foot take over early: with a ramp, push-off and landing peak instead
        resting = 1 / (1 + (speed[run] / SLOW) ** 4)
        firmness[run, p] = np.sqrt(risen * np.maximum(resting, sliding))
        weight = risen * resting
        anchors[run, p] = np.average(points[run, p], axis=0, weights=weight)
        anchors[run, p, 1] = support[run, p]
        hold[run, p] = weight
    return Schedule(active, anchors, hold, firmness, support.astype(np.float32))


def own_heights(plan: Schedule, points: np.ndarray) -> np.ndarray:
    """(T, P) metres: the surface under every stance where its point (T, P, 3) lies on average."""
    support = plan.support.copy()
    for p, first, last in runs(plan.active):
        run = slice(first, last)
        support[run, p] = np.average(points[run, p, 1], weights=plan.hold[run, p])
    return support


def ground_seen(plan: Schedule, points: np.ndarray) -> np.ndarray:
    """(T, P) metres: `own_heights`, and between two stances of a point the lower one's ground.

    Before its first stance and after its last, the lowest ground of all may be under it.
    """
    support = own_heights(plan, points)
    lowest = support[plan.active].min() if plan.active.any() else 0.0
    frames = np.arange(len(support))
    for p in range(support.shape[1]):
        standing = np.flatnonzero(plan.active[:, p])
        heights = np.r_[lowest, support[standing, p], lowest]
        before = heights[np.searchsorted(standing, frames, side="right")]
        after = heights[np.searchsorted(standing, frames) + 1]
        support[:, p] = np.minimum(before, after)
    return support


def believable(active: np.ndarray, points: np.ndarray, support: np.ndarray, reach: "Reach") -> np.ndarray:
    """(T, P) bool: contacts without frames in which the point is not where it should touch.

    Args:
        active: (T, P) bool.
        points: (T, P, 3) metres.
        support: (T, P) metres, height of the surface under each point.
        reach: how far off a contact may be.
    """
    over = points[..., 1] - support
    kept = active & (over < reach.above) & (over > -reach.below)
    for p, first, last in runs(kept):
        place = points[first:last, p][:, [0, 2]]
        kept[first:last, p] = np.linalg.norm(place - np.median(place, axis=0), axis=1) < reach.aside
    return kept


@dataclass(frozen=True)
class Reach:
    """Metres by which a contact may be off before it is none."""

    above: float
    below: float
    aside: float


def runs(active: np.ndarray) -> list[tuple[int, int, int]]:
    """Point, first frame and frame after the last of every run of contact."""
    padded = np.zeros((len(active) + 2, active.shape[1]), dtype=np.int8)
    padded[1:-1] = active
    change = np.diff(padded, axis=0)
    found = []
    for p in range(active.shape[1]):
        starts, stops = np.flatnonzero(change[:, p] == 1), np.flatnonzero(change[:, p] == -1)
        found += [(p, int(a), int(b)) for a, b in zip(starts, stops, strict=True)]
    return found


def _edge(times: np.ndarray, first: int, last: int, step: float) -> np.ndarray:
    """(last - first,) seconds to the nearer end of a stance; the ends of the clip are none.

    `step` are the seconds between frames, the median of the clip.
    """
    begin = times[first] - step if first > 0 else -np.inf
    end = times[last - 1] + step if last < len(times) else np.inf
    return np.minimum(times[first:last] - begin, end - times[first:last])
