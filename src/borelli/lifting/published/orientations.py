"""Coordinates that give our segments the orientations of another skeleton, as far as hinges and limits allow.

Skeletons differ in how they number, order and zero their angles; what they share is how the bones lie. So
angles are solved for: the sum of squared angles between segments and their wanted orientations is least.
"""

from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import forward
from borelli.body.model import average_person, body_model
from borelli.body.skeleton import Skeleton
from borelli.geometry.rotations import rotvec_from_matrix
from borelli.lifting.codes import hinge_angles, hinge_rotations

ITERATIONS = 8
REST = 1e-4
"""Weight of the relaxed stance: decides what no orientation does, such as flexion of an arm held sideways."""


@dataclass(frozen=True)
class Orientations:
    """How the segments of a person lie in T frames. J = 24 segments."""

    rotations: np.ndarray
    """(T, J, 3, 3) R_frame_segment, in one frame for all segments."""
    weights: np.ndarray
    """(J,) of each segment's squared angle; 0 where nothing is known."""


def coordinates_of(table: Skeleton, wanted: Orientations, angles: np.ndarray) -> np.ndarray:
    """Coordinates (T, 46) inside the limits whose segments lie as wanted, in the frame of the wanted.

    Args:
        table: our joints.
        wanted: orientations of our segments.
        angles: (T, 46) radians of hinges that are known and kept but for limits, NaN for the rest.
    """
    held = np.isfinite(angles)
    q = _straight(table, wanted, angles)
    moves = table.moves()[table.hinge_segment]
    information = (moves * wanted.weights) @ moves.T
    model, person, hinges = body_model(), average_person(), len(table.axes)
    lower, upper, neutral = table.lower[:hinges], table.upper[:hinges], table.neutral[:hinges]
    rest = np.where(np.isfinite(upper), REST, 0.0)
    for _ in range(ITERATIONS):
        pose = forward(model, person, np.pad(q, ((0, 0), (0, 3))))
        error = rotvec_from_matrix(wanted.rotations @ pose.rotations.swapaxes(-1, -2))
        pull = np.einsum("hj,tji,thi->th", moves * wanted.weights, error, pose.hinge_axes, optimize=True)
        pull += rest * (neutral - q)
        stuck = held | ((q <= lower) & (pull < 0)) | ((q >= upper) & (pull > 0))
        normal = information * (pose.hinge_axes @ pose.hinge_axes.swapaxes(-1, -2))
        normal *= ~(stuck[:, :, None] | stuck[:, None, :])
        normal += (REST + stuck)[..., None] * np.eye(hinges)
        step = np.linalg.solve(normal, np.where(stuck, 0.0, pull)[..., None])[..., 0]
        q = np.clip(q + np.clip(step, -0.5, 0.5), lower, upper)
    return q


def _straight(table: Skeleton, wanted: Orientations, angles: np.ndarray) -> np.ndarray:
    """From the pelvis outwards: joints of three hinges by their closed form, the others as given or neutral.

    A joint takes over what the limits of the joints before it left undone.
    """
    hinges = len(table.axes)
    lower, upper = table.lower[:hinges], table.upper[:hinges]
    q = np.clip(np.where(np.isfinite(angles), angles, table.neutral[:hinges]), lower, upper)
    lies = np.empty_like(wanted.rotations)
    for segment, parent in enumerate(table.parents):
        own = table.hinges(segment)
        before = lies[:, parent] if parent >= 0 else np.broadcast_to(np.eye(3), (len(q), 3, 3))
        if len(own) == 3 and wanted.weights[segment] > 0:
            turn = before.swapaxes(-1, -2) @ wanted.rotations[:, segment]
            q[:, own] = np.clip(hinge_angles(table, own, turn), lower[own], upper[own])
        for h in own:
            before = before @ hinge_rotations(table.axes[h : h + 1], q[:, h : h + 1])[:, 0]
        lies[:, segment] = before
    return q
