"""How well standing points stand: slip, slide, penetration and floating.

Shapes: T frames, P contact points; world Y up, metres. Points that are NaN in a frame do not count there.
"""

import numpy as np

from borelli.fitting.contacts import stances

REFERENCE_RATE = 30.0
"""Frames per second of the published foot slide, which is in millimetres per frame."""


def slips(points: np.ndarray, contacts: np.ndarray) -> np.ndarray:
    """Metres, one per stance of at least two frames of (T, P, 3) points with contacts (T, P).

    The largest horizontal distance of a point from the median place of its stance.
    """
    found = []
    for point, first, last in stances(contacts.astype(float)):
        places = points[first:last, point][:, [0, 2]]
        places = places[np.isfinite(places).all(axis=1)]
        if len(places) > 1:
            away = np.linalg.norm(places - np.median(places, axis=0), axis=1)
            found.append(float(away.max()))
    return np.array(found)


def slide_per_frame(points: np.ndarray, contacts: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(T,) metres per thirtieth of a second that standing points move over the ground; NaN without any.

    Mean horizontal way of the points that touch in this frame and in the one before, after the foot slide of
    PhysHMR (SIGGRAPH Asia 2025, doi 10.1145/3757377.3763951), whose video has 30 frames per second.
    """
    moved = np.linalg.norm(np.diff(points[..., [0, 2]], axis=0), axis=-1)
    rate = moved / (REFERENCE_RATE * np.diff(times)[:, None])
    both = contacts[1:] & contacts[:-1]
    return np.r_[np.full(min(1, len(times)), np.nan), mean(np.where(both, rate, np.nan))]


def penetration(points: np.ndarray, support: np.ndarray) -> np.ndarray:
    """(T,) metres of the deepest point below the surface of height `support` (T, P) under it; 0 above."""
    return most(np.maximum(support - points[..., 1], 0.0))


def floating(points: np.ndarray, contacts: np.ndarray, support: np.ndarray) -> np.ndarray:
    """(T, P) metres of points in contact above what they should touch, 0 below it; NaN without contact."""
    return np.where(contacts, np.maximum(points[..., 1] - support, 0.0), np.nan)


def most(values: np.ndarray) -> np.ndarray:
    """(T,) largest finite entry of each row of (T, N); NaN where there is none."""
    result = np.where(np.isfinite(values), values, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(result), result, np.nan)


def mean(values: np.ndarray) -> np.ndarray:
    """(T,) mean of the finite entries of each row of (T, N); NaN where there is none."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
