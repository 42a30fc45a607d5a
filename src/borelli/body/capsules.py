"""How far parts of the body, as capsules between two of its points, pass into each other."""

import numpy as np
from numba import njit

from borelli.body.kinematics import Pose, landmark_points, place
from borelli.body.model import BodyModel, Person


def named_points(model: BodyModel, person: Person, pose: Pose, names: list[str]) -> np.ndarray:
    """(T, N, 3) world: joint centres by the name of their segment, landmarks by their own."""
    segments = model.skeleton.segment_names
    marks = sorted(set(names) - set(segments))
    places = place(pose, landmark_points(model, tuple(marks)), model, person)
    everything, index = np.concatenate([pose.joints, places], axis=1), [*segments, *marks]
    return everything[:, [index.index(name) for name in names]]


@njit(cache=True)
def capsule_overlap(starts, ends, radii, pairs):  # type: ignore[no-untyped-def]
    """(T, N) metres by which capsules (T, M, 3) to (T, M, 3) of radii (M,) overlap in each of N pairs (N, 2).

    Negative where they keep clear.
    """
    result = np.empty((len(starts), len(pairs)))
    for t in range(len(starts)):
        for n in range(len(pairs)):
            a, b = pairs[n]
            gap = segment_distance(starts[t, a], ends[t, a], starts[t, b], ends[t, b])
            result[t, n] = radii[a] + radii[b] - gap
    return result


@njit(cache=True)
def segment_distance(p0, p1, q0, q1):  # type: ignore[no-untyped-def]
    """Between two line segments (Ericson 2005, Real-Time Collision Detection, 5.1.9)."""
    d1, d2, r = p1 - p0, q1 - q0, p0 - q0
    a, e, f = np.sum(d1 * d1), np.sum(d2 * d2), np.sum(d2 * r)
    b, c = np.sum(d1 * d2), np.sum(d1 * r)
    det = a * e - b * b
    s = min(max((b * f - c * e) / det, 0.0), 1.0) if det > 1e-12 else 0.0
    t = (b * s + f) / e
    if t < 0.0:
        t, s = 0.0, min(max(-c / a, 0.0), 1.0)
    elif t > 1.0:
        t, s = 1.0, min(max((b - c) / a, 0.0), 1.0)
    gap = r + s * d1 - t * d2
    return np.sqrt(np.sum(gap * gap))
