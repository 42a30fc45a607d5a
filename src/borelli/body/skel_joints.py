"""SKEL's joints: turning about bone axes, the sliding scapula, the curved spine, bones aligned to a shape.

Source: Keller et al. 2023 and the conventions of its files, version 1.1.1. Offsets are in SMPL's axes (x to
the body's left, y up, z forward).
"""

import numpy as np

from borelli.body.skel import SkelModel, SkelTable
from borelli.geometry.rotations import matrix_from_rotvec

LUMBAR, THORAX, SCAPULA_R, SCAPULA_L = 11, 12, 14, 19
UNALIGNED = (0, 5, 10, 13, 18, 23)
"""Pelvis, toes, head, hands: their bones keep the learned orientation whatever the shape."""
ULNAE = (16, 21)
STRAIGHT = 1e-5
"""Radians below which an arc is computed from its series."""


def joint_rotations(table: SkelTable, q: np.ndarray) -> np.ndarray:
    """(T, 24, 3, 3) rotation of every joint in bone axes; a later angle multiplies from the left."""
    single = matrix_from_rotvec(table.axes * q[..., None])
    result = np.broadcast_to(np.eye(3), (len(q), len(table.segment_names), 3, 3)).copy()
    for c, segment in enumerate(table.segments):
        result[:, segment] = single[:, c] @ result[:, segment]
    return result


def bone_axes(table: SkelTable, q: np.ndarray) -> np.ndarray:
    """(T, 46, 3) axis that each angle turns about in bone axes: its own, turned by the later angles."""
    single = matrix_from_rotvec(table.axes * q[..., None])
    result = np.broadcast_to(table.axes, (*q.shape, 3)).copy()
    for c, segment in enumerate(table.segments):
        for later in range(c + 1, len(table.segments)):
            if table.segments[later] != segment:
                break
            result[:, c] = (single[:, later] @ result[:, c, :, None])[..., 0]
    return result


def joint_offsets(table: SkelTable, joints: np.ndarray, q: np.ndarray) -> np.ndarray:
    """(T, 24, 3) metres by which each joint centre leaves its rest place in its parent; 0 at q = 0.

    Args:
        table: the joints.
        joints: (24, 3) centres at rest.
        q: (T, 46) radians.
    """
    result = np.zeros((len(q), len(joints), 3))
    width = float(np.linalg.norm(joints[SCAPULA_L] - joints[SCAPULA_R]))
    height = float(np.linalg.norm(joints[THORAX] - joints[LUMBAR]))
    for j, kind in enumerate(table.kinds):
        own = q[:, table.segments == j]
        if kind == "spine":
            length = abs(float(joints[j, 1] - joints[table.parents[j], 1]))
            result[:, j] = spine_offset(length, own[:, 0], own[:, 1])
        elif kind.startswith("scapula"):
            side = 1.0 if kind == "scapula_r" else -1.0
            zero = np.zeros(1)
            moved = scapula_place(width, height, side, own[:, 0], own[:, 1])
            result[:, j] = moved - scapula_place(width, height, side, zero, zero)
    return result


def scapula_place(
    width: float, height: float, side: float, abduction: np.ndarray, elevation: np.ndarray
) -> np.ndarray:
    """(T, 3) place of a scapula on the rib cage's ellipsoid; `side` is 1 for the right, -1 for the left."""
    a, e = side * abduction, side * elevation - np.pi / 4
    x = -side * width / 4 * np.cos(e) * np.cos(a)
    return np.stack([x, -height / 2 * np.sin(e), width / 4 * np.sin(a)], axis=-1)


def spine_offset(length: float, bending: np.ndarray, extension: np.ndarray) -> np.ndarray:
    """(T, 3) by which bending the arc between two spine joints moves the upper one; twist moves nothing.

    The arcs of the two planes are summed, each with the whole length.
    """
    side, up_side = arc(length, bending)
    back, up_back = arc(length, extension)
    return np.stack([-side, up_side + up_back - 2 * length, -back], axis=-1)


def arc(length: float, angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """End point of an arc of constant curvature: distance across and along its start, metres."""
    straight = np.abs(angle) < STRAIGHT
    safe = np.where(straight, 1.0, angle)
    across = np.where(straight, length * angle / 2, length / safe * (1 - np.cos(safe)))
    along = np.where(straight, length * (1 - angle**2 / 6), length / safe * np.sin(safe))
    return across, along


def rest_bones(model: SkelModel, parents: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """(24, 3, 3) orientation of the bones of a shape: learned, then turned the shortest way along the bone.

    Args:
        model: the body.
        parents: (24,).
        offsets: (24, 3) from the parent joint, of this shape.
    """
    result = model.bone_rotations.copy()
    for j in set(range(len(parents))) - set(UNALIGNED):
        child = int(np.flatnonzero(parents == j)[0])
        along, apose = offsets[child], model.apose_offsets[child]
        if j == THORAX:
            along = offsets[THORAX]
        elif j in ULNAE:
            hand = int(np.flatnonzero(parents == child)[0])
            along, apose = along + offsets[hand], apose + model.apose_offsets[hand]
        result[j] = shortest_turn(result[j] @ apose, along) @ result[j]
    return result


def shortest_turn(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(3, 3) smallest rotation that takes the direction of one vector (3,) to that of another.

    Opposite vectors turn half round about an axis across them; a vector of no length turns nothing.
    """
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if min(lengths) < 1e-12:
        return np.eye(3)
    u, w = start / lengths[0], end / lengths[1]
    axis, cosine = np.cross(u, w), float(u @ w)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-12:
        if cosine > 0:
            return np.eye(3)
        across = np.cross(u, np.eye(3)[np.argmin(np.abs(u))])
        return matrix_from_rotvec(np.pi * across / np.linalg.norm(across))
    return matrix_from_rotvec(np.arctan2(sine, cosine) * axis / sine)
