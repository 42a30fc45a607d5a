"""Derivatives of SKEL's joints and skin by its 46 angles and translation."""

from dataclasses import dataclass

import numpy as np

from borelli.body.blend import from_rest
from borelli.body.skel import SkelModel, skel_table
from borelli.body.skel_forward import SkelRest, skel_pose, skel_rest_vertices
from borelli.body.skel_joints import bone_axes, joint_offsets

STEP = 1e-6
"""Radians: central differences of the sliding scapula and the curved spine."""


@dataclass(frozen=True)
class Marks:
    """Points to be matched: the 24 joints, then N vertices."""

    vertices: np.ndarray
    """(N,)."""
    weights: np.ndarray
    """(24 + N, 24) share of each segment in each point."""


def marks_of(skel: SkelModel, per_segment: int) -> Marks:
    """The joints and up to `per_segment` vertices far apart on every segment."""
    owner = skel.weights.argmax(axis=1)
    chosen = [_spread(skel.template, np.flatnonzero(owner == j), per_segment) for j in range(24)]
    vertices = np.concatenate(chosen).astype(np.int64)
    return Marks(vertices, np.concatenate([np.eye(24), skel.weights[vertices]]))


def marks_jacobian(
    skel: SkelModel, rest: SkelRest, marks: Marks, q: np.ndarray, translation: np.ndarray
) -> np.ndarray:
    """d point / d (46 angles, translation), (T, 24 + N, 3, 49).

    The skin's pose blend shapes count as fixed: millimetres per radian that the solver can do without.
    """
    table, pose = skel_table(), skel_pose(skel, rest, q, translation)
    points = np.concatenate(
        [np.broadcast_to(rest.joints, (len(q), 24, 3)), skel_rest_vertices(skel, rest, pose, marks.vertices)],
        axis=1,
    )
    T_world_rest = from_rest(pose.T_world_joint, rest.joints)
    placed = np.einsum("tjab,tvb->tvja", T_world_rest[..., :3, :3], points) + T_world_rest[:, None, :, :3, 3]
    below = _descendants(table.parents)
    shares = marks.weights @ below.T
    moved = np.einsum("ij,vj,tvja->tvia", below, marks.weights, placed, optimize=True)
    levers = moved - shares[..., None] * pose.joints[:, None]
    axes, slides = _motions(skel, rest, q, pose.T_world_joint[..., :3, :3])
    own = table.segments
    turned = np.cross(axes[:, None], levers[:, :, own]) + shares[:, own, None] * slides[:, None]
    result = np.zeros((len(q), len(marks.weights), 3, 49))
    result[..., :46] = np.swapaxes(turned, -1, -2)
    result[..., 46:] = np.eye(3)
    return result


def _motions(
    skel: SkelModel, rest: SkelRest, q: np.ndarray, R_world_segment: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """World axis (T, 46, 3) that each angle turns about, and speed (T, 46, 3) of the joint's centre."""
    table = skel_table()
    parents = table.parents[table.segments]
    R_world_parent = np.where(parents[:, None, None] < 0, np.eye(3), R_world_segment[:, parents])
    to_bone = (rest.bones @ np.swapaxes(skel.apose_rotations, -1, -2))[table.segments]
    axes = (R_world_parent @ (to_bone @ bone_axes(table, q)[..., None]))[..., 0]
    slides = np.zeros_like(axes)
    slot = np.array([np.sum(table.segments[:c] == s) for c, s in enumerate(table.segments)])
    for k in range(3):
        h = STEP * (slot == k)
        change = joint_offsets(table, rest.joints, q + h) - joint_offsets(table, rest.joints, q - h)
        slides[:, slot == k] = change[:, table.segments[slot == k]] / (2 * STEP)
    return axes, (R_world_parent @ slides[..., None])[..., 0]


def _spread(points: np.ndarray, index: np.ndarray, count: int) -> np.ndarray:
    """Up to `count` of the indices, each the farthest from those before."""
    if len(index) <= count:
        return index
    chosen = [0]
    distance = np.linalg.norm(points[index] - points[index[0]], axis=1)
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(points[index] - points[index[chosen[-1]]], axis=1))
    return index[chosen]


def _descendants(parents: np.ndarray) -> np.ndarray:
    """(J, J) float: 1 where joint j is at or below joint i."""
    table = np.eye(len(parents))
    for j, parent in enumerate(parents):
        if parent >= 0:
            table[:, j] = np.maximum(table[:, j], table[:, parent])
    return table
