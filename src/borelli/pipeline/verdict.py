"""How far each person's motion may be trusted, in numbers and in sentences."""

from dataclasses import dataclass

import numpy as np

from borelli.body.skeleton import skeleton
from borelli.fitting.estimator import Estimate
from borelli.motion.motion import Motion

SURE = 0.5
"""Confidence above which a keypoint counts as seen."""
RARELY = 0.5
"""Share of frames below which a joint counts as rarely seen."""
GOOD_REPROJECTION_M = 0.05
FROM_FLOOR = "estimated from the calibrated floor; at most this uncertain"
FROM_PRIOR = "estimated; mostly what adults are on average"
LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "big_toe", "foot_index")


@dataclass(frozen=True)
class Verdict:
    """One person; lengths in millimetres and metres as named."""

    person: int
    frames: int
    """From the first to the last sight of the person."""
    frames_seen: int
    frames_bridged: int
    """Inside this span, without enough evidence: interpolated and not valid."""
    reprojection_mm: float
    """Root mean square distance between keypoints and body, on the body."""
    contacts_accepted: bool
    """Standing feet were held without spoiling the image."""
    stance_slip_mm: tuple[float, ...]
    """Largest horizontal distance of a foot point from where it stands, per stance."""
    limit_violations: int
    """Coordinates and frames outside the joint limits."""
    rarely_seen: tuple[str, ...]
    stature_m: float
    stature_sd_m: float
    stature_source: str
    notes: tuple[str, ...]
    """Sentences for people."""


def verdict(motion: Motion, estimate: Estimate, given: float | None, calibrated: bool) -> Verdict:
    """Judge one person.

    Args:
        motion: the result.
        estimate: what it was made from.
        given: stature stated by the user, metres.
        calibrated: the pose of the camera was given, so that the floor is known.
    """
    seen = int(motion.valid.sum())
    slips = stance_slips(motion)
    rare = rarely_seen(motion)
    return Verdict(
        person=motion.person,
        frames=len(motion.time),
        frames_seen=seen,
        frames_bridged=len(motion.time) - seen,
        reprojection_mm=round(1e3 * estimate.reprojection, 1),
        contacts_accepted=estimate.contacts_accepted,
        stance_slip_mm=tuple(round(1e3 * slip, 1) for slip in slips),
        limit_violations=limit_violations(motion),
        rarely_seen=tuple(f"{name} ({100 * share:.0f} % of frames)" for name, share in rare.items()),
        stature_m=round(motion.stature, 3),
        stature_sd_m=round(estimate.stature_sd, 3),
        stature_source="given" if given else FROM_FLOOR if calibrated else FROM_PRIOR,
        notes=tuple(_notes(motion, estimate, rare)),
    )


def stance_slips(motion: Motion) -> list[float]:
    """Metres, one per stance of a foot point of at least two frames: farthest from its mean place."""
    slips: list[float] = []
    for column in range(len(motion.contact_names)):
        place = motion.contact_places[:, column][:, [0, 2]]
        standing = (motion.contacts[:, column] > 0.5) & motion.valid
        edges = np.flatnonzero(np.diff(np.r_[0, standing.astype(int), 0]))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            if last - first > 1:
                stance = place[first:last]
                slips.append(float(np.linalg.norm(stance - stance.mean(axis=0), axis=1).max()))
    return slips


def limit_violations(motion: Motion) -> int:
    """Number of (frame, coordinate) pairs outside the limits of the joint table."""
    table = skeleton()
    slack = 1e-9
    outside = (motion.coordinates < table.lower - slack) | (motion.coordinates > table.upper + slack)
    return int(outside[motion.valid].sum())


def rarely_seen(motion: Motion) -> dict[str, float]:
    """Limb keypoints seen in less than half of the frames, with the share of frames."""
    shares = (motion.keypoints[..., 2] > SURE).mean(axis=0)
    return {
        name.replace("_", " "): float(share)
        for name, share in zip(motion.keypoint_names, shares, strict=True)
        if share < RARELY and any(name.endswith(f"_{limb}") for limb in LIMBS)
    }


def _notes(motion: Motion, estimate: Estimate, rare: dict[str, float]) -> list[str]:
    notes = []
    if len(motion.time) == 1:
        notes.append("single frame: a posture without velocities and contacts")
    bridged = int((~motion.valid).sum())
    if bridged:
        notes.append(f"{bridged} frames without enough evidence are interpolated: do not use them")
    for name, share in rare.items():
        notes.append(f"{name} seen in {100 * share:.0f} % of frames: do not use its angles")
    if rare and len(rare) == _limbs(motion):
        notes.append("no limb was reliably visible: treat this person as a placeholder")
    if not estimate.contacts_accepted:
        notes.append("feet that stand would have contradicted the image: they may slide")
    if estimate.reprojection > GOOD_REPROJECTION_M:
        notes.append(f"body and keypoints differ by {1e3 * estimate.reprojection:.0f} mm: check the overlay")
    return notes


def _limbs(motion: Motion) -> int:
    return sum(any(name.endswith(f"_{limb}") for limb in LIMBS) for name in motion.keypoint_names)
