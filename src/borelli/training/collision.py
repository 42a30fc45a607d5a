"""Self-collision of a posture, limbs as capsules."""

import numpy as np

from borelli.body.capsules import capsule_overlap, named_points
from borelli.body.kinematics import forward
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
    starts = named_points(model, person, pose, [a for a, _, _ in CAPSULES.values()])
    ends = named_points(model, person, pose, [b for _, b, _ in CAPSULES.values()])
    radii = person.scale * np.array([r for _, _, r in CAPSULES.values()])
    return capsule_overlap(starts, ends, radii, _pairs()).max(axis=1)
