"""Bring MakeHuman's short arms to published proportions by stretching them along their bones.

Targets are the mean of men and women in de Leva 1996 (J Biomech 29:1223, table 4), as fractions of stature.
"""

import numpy as np

from borelli.body.skeleton import Skeleton

from .shape import STATURE, Measured

UPPER_ARM = (281.7 / 1741 + 275.1 / 1735) / 2
"""Shoulder to elbow joint centre; MakeHuman has 0.153."""
FOREARM = (268.9 / 1741 + 264.3 / 1735) / 2
"""Elbow to wrist joint centre; MakeHuman has 0.136."""


def stretch_arms(
    table: Skeleton, bodies: Measured, weights: np.ndarray, carriers: dict[str, str]
) -> Measured:
    """Bodies with longer arms: `weights` (V, J) blend the skin, `carriers` name landmarks' segments."""
    vertices, joints, marks = bodies.vertices.copy(), dict(bodies.joints), dict(bodies.marks)
    for side in "rl":
        shift = _shifts(bodies.joints, side)
        for segment, move in shift.items():
            owner = weights[:, table.segment(segment)]
            own = np.flatnonzero(owner)
            vertices[:, own] += owner[own, None] * move(bodies.vertices[:, own])
        for name, segment in carriers.items():
            if segment in shift:
                marks[name] = bodies.marks[name] + shift[segment](bodies.marks[name])
        for joint, parent in (("ulna", "humerus"), ("radius", "ulna"), ("hand", "ulna")):
            centre = bodies.joints[f"{joint}_{side}"]
            joints[f"{joint}_{side}"] = centre + shift[f"{parent}_{side}"](centre)
    return Measured(vertices, joints, marks)


def _shifts(joints: dict[str, np.ndarray], side: str) -> dict:
    """By segment: displacement (N, ..., 3) of points (N, ..., 3)."""
    shoulder, elbow, wrist = (joints[f"{name}_{side}"] for name in ("humerus", "ulna", "hand"))
    upper = _stretch(shoulder, elbow, UPPER_ARM)
    lower = _stretch(elbow, wrist, FOREARM)
    at_elbow, at_wrist = upper(elbow), lower(wrist)

    def forearm(points: np.ndarray) -> np.ndarray:
        return _like(at_elbow, points) + lower(points)

    def hand(points: np.ndarray) -> np.ndarray:
        return np.broadcast_to(_like(at_elbow + at_wrist, points), points.shape)

    return {
        f"humerus_{side}": upper,
        f"ulna_{side}": forearm,
        f"radius_{side}": forearm,
        f"hand_{side}": hand,
    }


def _stretch(start: np.ndarray, end: np.ndarray, fraction: float):  # type: ignore[no-untyped-def]
    """Displacement that lengthens everything along the mean bone from `start` (N, 3) to `end` (N, 3)."""
    bone = (end - start).mean(axis=0)
    length = np.linalg.norm(bone)
    axis = bone / length
    gain = fraction * STATURE / length - 1.0

    def move(points: np.ndarray) -> np.ndarray:
        along = (points - _like(start, points)) @ axis
        return gain * along[..., None] * axis

    return move


def _like(anchor: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Anchor (N, 3) with the number of axes of points (N, ..., 3)."""
    return anchor.reshape(len(anchor), *(1,) * (points.ndim - 2), 3)
