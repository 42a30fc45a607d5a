"""How deep a body passes into itself, limbs and trunk as capsules as thick as this person's flesh.

Three quarters of the skin beside a capsule lie outside of it, so that depths are rather under- than
overstated: what is reported is an error of the motion; what is not reported may still touch.
"""

from dataclasses import dataclass

import numpy as np

from borelli.body.capsules import capsule_overlap, named_points
from borelli.body.kinematics import Pose, forward
from borelli.body.mirror import mirrored_name
from borelli.body.model import BodyModel, Person
from borelli.body.skin import bind_pose, skin

# name, from and to (segments stand for their joint centres, other names are landmarks), segments whose skin
# tells the radius
_TRUNK = (
    ("hips", "femur_r", "femur_l", ("pelvis",)),
    ("waist", "pelvis", "thorax", ("pelvis", "lumbar_body")),
    ("chest", "thorax", "suprasternale", ("thorax",)),
    ("skull", "chin", "vertex", ("head",)),
)
_LIMBS = (
    ("upper_arm_r", "humerus_r", "ulna_r", ("humerus_r",)),
    ("forearm_r", "ulna_r", "hand_r", ("ulna_r", "radius_r")),
    ("hand_r", "hand_r", "knuckle_index_r", ("hand_r",)),
    ("thigh_r", "femur_r", "tibia_r", ("femur_r",)),
    ("shank_r", "tibia_r", "talus_r", ("tibia_r",)),
    ("foot_r", "calcn_r", "toes_r", ("calcn_r",)),
)
_THIN = 0.25
"""Share of the skin that may lie inside the capsule."""


@dataclass(frozen=True)
class Capsules:
    """M capsules of one person and the N pairs of them that may not overlap."""

    names: tuple[str, ...]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    radii: np.ndarray
    """(M,) metres."""
    pairs: np.ndarray
    """(N, 2)."""


def body_capsules(model: BodyModel, person: Person) -> Capsules:
    """Of this person; pairs that overlap in a relaxed stance, as neighbours in a limb do, are left out."""
    left = [
        (mirrored_name(n), mirrored_name(a), mirrored_name(b), tuple(mirrored_name(s) for s in skins))
        for n, a, b, skins in _LIMBS
    ]
    names, starts, ends, skins = zip(*_TRUNK, *_LIMBS, *left, strict=True)
    pose = bind_pose(model, person)
    first, last = (named_points(model, person, pose, list(n))[0] for n in (starts, ends))
    surface = skin(model, person, pose)[0]
    radii = np.array(
        [_radius(surface[_skin_of(model, of)], a, b) for of, a, b in zip(skins, first, last, strict=True)]
    )
    every = np.array(np.triu_indices(len(names), 1)).T
    relaxed = forward(model, person, model.skeleton.neutral[None])
    overlap = _overlap(model, person, relaxed, Capsules(names, starts, ends, radii, every))[0]
    return Capsules(names, starts, ends, radii, every[overlap < 0])


def self_penetration(
    model: BodyModel, person: Person, pose: Pose, capsules: Capsules
) -> tuple[np.ndarray, np.ndarray]:
    """Depth (T,) metres of the worst pair, 0 where all keep clear, and which pair (T,) it is."""
    overlap = _overlap(model, person, pose, capsules)
    worst = overlap.argmax(axis=1)
    return np.maximum(overlap[np.arange(len(overlap)), worst], 0.0), worst


def _overlap(model: BodyModel, person: Person, pose: Pose, capsules: Capsules) -> np.ndarray:
    starts = named_points(model, person, pose, list(capsules.starts))
    ends = named_points(model, person, pose, list(capsules.ends))
    return capsule_overlap(starts, ends, capsules.radii, capsules.pairs)


def _skin_of(model: BodyModel, segments: tuple[str, ...]) -> np.ndarray:
    """Vertices of the low-poly body, which has no mouth inside, that follow these segments most."""
    outside = np.unique(model.coarse_faces)
    wanted = [model.skeleton.segment(name) for name in segments]
    return outside[np.isin(model.skin_segments[outside, 0], wanted)]


def _radius(vertices: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """Distance from the axis that three quarters of the skin beside it exceed."""
    along = (vertices - start) @ (end - start) / np.sum((end - start) ** 2)
    foot = start + along[:, None] * (end - start)
    beside = (along > 0) & (along < 1)
    return float(np.quantile(np.linalg.norm(vertices - foot, axis=1)[beside], _THIN))
