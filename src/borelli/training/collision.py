"""Self-collision of a posture, limbs as capsules."""

import numpy as np
from numba import njit

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import BodyModel, Person

# from joint (or landmark), to joint (or landmark), radius in metres at 1.70 m
CAPSULES = {
    "trunk": ("pelvis", "head", 0.11),
    "skull": ("head", "vertex", 0.09),
    "upper_arm_r": ("humerus_r", "ulna_r", 0.045),
    "forearm_r": ("ulna_r", "hand_r", 0.035),
    "hand_r": ("hand_r", "knuckle_index_r", 0.035),
    "thigh_r": ("femur_r", "tibia_r", 0.07),
    "shank_r": ("tibia_r", "talus_r", 0.045),
    "foot_r": ("calcn_r", "toes_r", 0.04),
    "upper_arm_l": ("humerus_l", "ulna_l", 0.045),
    "forearm_l": ("ulna_l", "hand_l", 0.035),
    "hand_l": ("hand_l", "knuckle_index_l", 0.035),
    "thigh_l": ("femur_l", "tibia_l", 0.07),
    "shank_l": ("tibia_l", "talus_l", 0.045),
    "foot_l": ("calcn_l", "toes_l", 0.04),
}
_ARM, _LEG = ("forearm", "hand"), ("shank", "foot")


def _pairs() -> np.ndarray:
    """(N, 2) capsules that may not overlap; neighbours in a limb always do."""
    names, pairs = list(CAPSULES), []
    for side, other in (("r", "l"), ("l", "r")):
        for part in _ARM:
            against = ["trunk", "skull", f"upper_arm_{other}", f"thigh_{side}", f"thigh_{other}"]
            against += [f"shank_{side}", f"shank_{other}"]
            pairs += [(f"{part}_{side}", name) for name in against]
        for part in _LEG:
            pairs += [(f"{part}_{side}", f"thigh_{other}"), (f"{part}_{side}", "trunk")]
    pairs += [(f"{a}_r", f"{b}_l") for limb in (_ARM, _LEG) for a in limb for b in limb]
    return np.array([(names.index(a), names.index(b)) for a, b in pairs])


def deepest_overlap(model: BodyModel, person: Person, coordinates: np.ndarray) -> np.ndarray:
    """(T,) metres by which the worst pair of capsules overlaps; negative when all keep clear."""
    pose = forward(model, person, coordinates)
    ends = sorted(
        {end for a, b, _ in CAPSULES.values() for end in (a, b)} - set(model.skeleton.segment_names)
    )
    marks = place(pose, landmark_points(model, tuple(ends)), model, person)
    names = [*model.skeleton.segment_names, *ends]
    points = np.concatenate([pose.joints, marks], axis=1)
    first = np.array([names.index(a) for a, _, _ in CAPSULES.values()])
    last = np.array([names.index(b) for _, b, _ in CAPSULES.values()])
    radii = person.scale * np.array([r for _, _, r in CAPSULES.values()])
    return _deepest(points[:, first], points[:, last], radii, _pairs())


@njit(cache=True)
def _deepest(starts, ends, radii, pairs):  # type: ignore[no-untyped-def]
    result = np.empty(len(starts))
    for t in range(len(starts)):
        worst = -1e9
        for a, b in pairs:
            gap = _distance(starts[t, a], ends[t, a], starts[t, b], ends[t, b])
            worst = max(worst, radii[a] + radii[b] - gap)
        result[t] = worst
    return result


@njit(cache=True)
def _distance(p0, p1, q0, q1):  # type: ignore[no-untyped-def]
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
