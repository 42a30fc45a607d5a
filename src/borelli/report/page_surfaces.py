"""Raised surfaces of the report page: what people stand, sit or lean on above the floor.

A motion says at which height something carries each contact point, not how far that reaches: the drawn
extent is the smallest upright rectangle around the places of contact, and a margin.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from borelli.dynamics.supports import REACH
from borelli.motion.motion import Motion

LEVELS_APART = 0.08
"""Metres between heights that belong to different surfaces; less is a slope, or the scatter of stances."""
PLACES_APART = 1.5
"""Metres on the floor plan between places that belong to different surfaces of one height: two chairs."""
LASTING = 0.2
"""Seconds, added up over contact points, below which nothing is drawn."""
GRID = 0.05
"""Metres to which places are rounded, so that a long clip has few."""
CELL = 0.25
"""Metres of a tile of the floor plan; tiles are grouped, not places."""
TURNS = np.radians(np.arange(0.0, 90.0, 2.0))
"""Headings tried for the rectangle."""


def surface_entries(motions: Sequence[Motion]) -> list[dict[str, Any]]:
    """Height in metres and four corners (x, z), in order around, of each raised surface of a clip."""
    carried = [_carried(motion) for motion in motions]
    points = np.concatenate([one for one, _ in carried]) if carried else np.empty((0, 3))
    seconds = np.concatenate([one for _, one in carried]) if carried else np.empty(0)
    entries = []
    for level in _levels(points[:, 1]):
        if points[level, 1].min() < LEVELS_APART:  # the floor, and what slopes up from it
            continue
        for own in _regions(points[level][:, [0, 2]]):
            chosen = level[own]
            if seconds[chosen].sum() < LASTING:
                continue
            corners = bounding_rectangle(points[chosen][:, [0, 2]], REACH)
            height = float(np.median(points[chosen, 1]))
            entries.append({"height": round(height, 3), "corners": np.round(corners, 3).tolist()})
    return entries


def bounding_rectangle(places: np.ndarray, margin: float) -> np.ndarray:
    """Corners (4, 2), in order around, of the smallest rectangle about places (N, 2), widened by a margin."""
    best, area = np.zeros((4, 2)), np.inf
    for turn in TURNS:
        axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        along = places @ axes.T
        low, high = along.min(axis=0) - margin, along.max(axis=0) + margin
        if (found := float(np.prod(high - low))) < area - 1e-9:
            (a, b), (c, d) = low, high
            best, area = np.array([[a, b], [c, b], [c, d], [a, d]]) @ axes, found
    return best


def _carried(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Places (N, 3) at which something carried one person, at its height, and for how many seconds (N,)."""
    if motion.support is None or len(motion.time) < 2:
        return np.empty((0, 3)), np.empty(0)
    places = motion.contact_places.copy()
    places[..., 1] = motion.support
    touching = (motion.contacts > 0.5) & motion.valid[:, None] & np.isfinite(places).all(axis=-1)
    rounded = np.round(places[touching] / GRID) * GRID
    unique, counts = np.unique(rounded, axis=0, return_counts=True)
    return unique.reshape(-1, 3), counts / motion.frame_rate


def _levels(heights: np.ndarray) -> list[np.ndarray]:
    """Indices of heights (N,) in groups, parted where nothing lies between."""
    order = np.argsort(heights, kind="stable")
    return [one for one in np.split(order, _after_gaps(heights[order])) if len(one)]


def _after_gaps(ascending: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.diff(ascending) > LEVELS_APART) + 1


def _regions(places: np.ndarray) -> list[np.ndarray]:
    """Indices of places (N, 2) in groups, parted where nobody stepped between."""
    cells, inverse = np.unique(np.round(places / CELL), axis=0, return_inverse=True)
    near = cdist(cells, cells) * CELL < PLACES_APART
    _, labels = connected_components(near, directed=False)
    return [np.flatnonzero(labels[inverse.ravel()] == label) for label in np.unique(labels)]
