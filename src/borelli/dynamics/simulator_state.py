"""Our 49 coordinates and their rates as positions and velocities of a simulator with a free root, and back.

MuJoCo's free joint holds the position of the pelvis and a unit quaternion (wxyz); its velocity is linear in
the world's axes and angular in the pelvis' own. Hinges keep their values, in the order of MuJoCo's tree.
"""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from dataclasses import dataclass

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from borelli.body.skeleton import Skeleton
from borelli.geometry.rotations import quaternion_from_matrix, unflip_quaternions

_TURNS = "YXZ"
"""Axes of the root's hinges from the ground outwards, each about the axis that the one before has turned."""


@dataclass(frozen=True)
class StateLayout:
    """Where each of the 43 hinges lives in qpos and qvel; the root comes first in both."""

    skeleton: Skeleton
    coordinates: np.ndarray
    """(43,) hinge of our table, ..."""
    positions: np.ndarray
    """(43,) ... its place in qpos ..."""
    velocities: np.ndarray
    """(43,) ... and in qvel."""
    root: np.ndarray
    """(3,) coordinates that turn the pelvis, from the ground outwards: rotation, list, tilt."""


def state_layout(compiled: mujoco.MjModel, table: Skeleton) -> StateLayout:
    """Layout of a compiled model whose hinges have the names of our coordinates."""
    hinges = np.flatnonzero(table.hinge_segment > 0)
    joints = [compiled.joint(table.coordinate_names[h]) for h in hinges]
    return StateLayout(
        table,
        hinges,
        np.array([joint.qposadr[0] for joint in joints]),
        np.array([joint.dofadr[0] for joint in joints]),
        table.hinges(0),
    )


def positions_from_coordinates(layout: StateLayout, coordinates: np.ndarray) -> np.ndarray:
    """qpos (T, 50) of coordinates (T, 49), quaternions continuous in time."""
    qpos = np.empty((len(coordinates), 7 + len(layout.coordinates)))
    qpos[:, :3] = coordinates[:, -3:]
    turned = Rotation.from_euler(_TURNS, coordinates[:, layout.root])
    qpos[:, 3:7] = unflip_quaternions(quaternion_from_matrix(turned.as_matrix()))
    qpos[:, layout.positions] = coordinates[:, layout.coordinates]
    return qpos


def velocities_from_rates(layout: StateLayout, coordinates: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """qvel (T, 49) of coordinates (T, 49) and their time derivatives (T, 49)."""
    qvel = np.empty((len(coordinates), 6 + len(layout.coordinates)))
    qvel[:, :3] = rates[:, -3:]
    qvel[:, 3:6] = np.einsum("tij,tj->ti", _pelvis_axes(layout, coordinates), rates[:, layout.root])
    qvel[:, layout.velocities] = rates[:, layout.coordinates]
    return qvel


def coordinates_from_positions(layout: StateLayout, qpos: np.ndarray) -> np.ndarray:
    """Coordinates (T, 49) of qpos (T, 50); the turns of the pelvis continue from frame to frame."""
    coordinates = np.empty((len(qpos), len(layout.skeleton.coordinate_names)))
    coordinates[:, -3:] = qpos[:, :3]
    turned = Rotation.from_quat(qpos[:, 3:7], scalar_first=True)
    coordinates[:, layout.root] = np.unwrap(turned.as_euler(_TURNS), axis=0)
    coordinates[:, layout.coordinates] = qpos[:, layout.positions]
    return coordinates


def rates_from_velocities(layout: StateLayout, coordinates: np.ndarray, qvel: np.ndarray) -> np.ndarray:
    """Time derivatives (T, 49) of coordinates (T, 49) of a body that moves with qvel (T, 49).

    Undefined where the pelvis lists by a right angle.
    """
    rates = np.empty_like(coordinates)
    rates[:, -3:] = qvel[:, :3]
    rates[:, layout.root] = np.linalg.solve(_pelvis_axes(layout, coordinates), qvel[:, 3:6, None])[..., 0]
    rates[:, layout.coordinates] = qvel[:, layout.velocities]
    return rates


def _pelvis_axes(layout: StateLayout, coordinates: np.ndarray) -> np.ndarray:
    """(T, 3, 3): column k is the axis of the k-th hinge of the root, in the frame of the pelvis."""
    columns = []
    for k, hinge in enumerate(layout.root):
        outer = layout.root[k:]
        turned = Rotation.from_euler(_TURNS[k:], coordinates[:, outer])
        columns.append(turned.inv().apply(layout.skeleton.axes[hinge]))
    return np.stack(columns, axis=-1)
