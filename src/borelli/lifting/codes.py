"""The continuous code of joint angles that a network regresses, and its way back inside the limits.

Joints with three hinges are coded by the first two columns of their rotation matrix (Zhou et al. 2019, "On
the continuity of rotation representations"), joints with one hinge by cosine and sine, the wrists by their
two angles. Segments follow the order of the joint table; the pelvis' matrix takes it to whatever frame the
network works in.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from borelli.body.skeleton import Skeleton, skeleton

SIZES = {3: 6, 2: 2, 1: 2}
"""Numbers of code per number of hinges."""


@dataclass(frozen=True)
class Slot:
    """Where the code of one joint stands."""

    segment: int
    hinges: np.ndarray
    """From the parent outwards."""
    start: int
    size: int

    @property
    def columns(self) -> slice:
        """Its place in the code."""
        return slice(self.start, self.start + self.size)


@cache
def slots() -> tuple[Slot, ...]:
    """One slot per segment, in the order of the joint table."""
    table, found, start = skeleton(), [], 0
    for segment in range(len(table.segment_names)):
        hinges = table.hinges(segment)
        found.append(Slot(segment, hinges, start, SIZES[len(hinges)]))
        start += SIZES[len(hinges)]
    return tuple(found)


def code_size() -> int:
    """Length of the whole code."""
    return slots()[-1].columns.stop


def joint_rotations(table: Skeleton, coordinates: np.ndarray) -> np.ndarray:
    """R_parent_segment (..., J, 3, 3) from coordinates (..., 46 or 49); the pelvis' is R_world_pelvis."""
    turns = hinge_rotations(table.axes, coordinates[..., : len(table.axes)])
    result = np.empty((*coordinates.shape[:-1], len(table.segment_names), 3, 3))
    for slot in slots():
        product = turns[..., slot.hinges[0], :, :]
        for hinge in slot.hinges[1:]:
            product = product @ turns[..., hinge, :, :]
        result[..., slot.segment, :, :] = product
    return result


def hinge_rotations(axes: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Rotations (..., H, 3, 3) about unit axes (H, 3) by angles (..., H) in radians (Rodrigues)."""
    cross = np.zeros((len(axes), 3, 3))
    cross[:, 0, 1], cross[:, 0, 2], cross[:, 1, 2] = -axes[:, 2], axes[:, 1], -axes[:, 0]
    cross -= cross.swapaxes(1, 2)
    s, c = np.sin(angles)[..., None, None], np.cos(angles)[..., None, None]
    return np.eye(3) + s * cross + (1 - c) * (cross @ cross)


def encode(table: Skeleton, coordinates: np.ndarray) -> np.ndarray:
    """Code (..., 88) of coordinates (..., 46 or 49)."""
    rotations = joint_rotations(table, coordinates)
    code = np.empty((*coordinates.shape[:-1], code_size()))
    for slot in slots():
        angles = coordinates[..., slot.hinges]
        if len(slot.hinges) == 3:
            code[..., slot.columns] = six(rotations[..., slot.segment, :, :])
        elif len(slot.hinges) == 1:
            code[..., slot.columns] = np.concatenate([np.cos(angles), np.sin(angles)], axis=-1)
        else:
            code[..., slot.columns] = angles
    return code


def decode(table: Skeleton, code: np.ndarray) -> np.ndarray:
    """Coordinates (..., 46) inside the limits, from any code (..., 88)."""
    coordinates = np.empty((*code.shape[:-1], len(table.axes)))
    for slot in slots():
        part, hinges = code[..., slot.columns], slot.hinges
        if len(hinges) == 3:
            coordinates[..., hinges] = hinge_angles(table, hinges, rotation_of_six(part))
        elif len(hinges) == 1:
            coordinates[..., hinges] = np.arctan2(part[..., 1:], part[..., :1])
        else:
            coordinates[..., hinges] = part
    return np.clip(coordinates, table.lower[:-3], table.upper[:-3])


def six(rotations: np.ndarray) -> np.ndarray:
    """(..., 6): the first column of the matrices (..., 3, 3), then the second."""
    return np.concatenate([rotations[..., :, 0], rotations[..., :, 1]], axis=-1)


def rotation_of_six(code: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) from two vectors (..., 6) that need be neither unit nor orthogonal."""
    x = code[..., :3] / np.maximum(np.linalg.norm(code[..., :3], axis=-1, keepdims=True), 1e-9)
    y = code[..., 3:] - np.sum(x * code[..., 3:], axis=-1, keepdims=True) * x
    y /= np.maximum(np.linalg.norm(y, axis=-1, keepdims=True), 1e-9)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def hinge_angles(table: Skeleton, hinges: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """Angles (..., 3) of three chained hinges along signed coordinate axes whose product is `rotations`.

    Of the two solutions the one nearer to the limits, then to zero.
    """
    which = np.argmax(np.abs(table.axes[hinges]), axis=1)
    signs = np.sign(table.axes[hinges, which])
    first = intrinsic_angles(rotations, *which)
    second = np.stack([first[..., 0] + np.pi, np.pi - first[..., 1], first[..., 2] + np.pi], axis=-1)
    both = np.stack([first, second]) * signs
    both = (both + np.pi) % (2 * np.pi) - np.pi
    excess = both - np.clip(both, table.lower[hinges], table.upper[hinges])
    cost = np.sum(excess**2, axis=-1) + 1e-3 * np.sum(both**2, axis=-1)
    return np.where((cost[0] <= cost[1])[..., None], both[0], both[1])


def intrinsic_angles(R: np.ndarray, i: int, j: int, k: int) -> np.ndarray:
    """Angles (..., 3) with R = R_i(a) R_j(b) R_k(c) for three different coordinate axes."""
    parity = 1.0 if (j - i) % 3 == 1 else -1.0
    b = np.arcsin(np.clip(parity * R[..., i, k], -1.0, 1.0))
    a = np.arctan2(-parity * R[..., j, k], R[..., k, k])
    c = np.arctan2(-parity * R[..., i, j], R[..., i, i])
    return np.stack([a, b, c], axis=-1)
