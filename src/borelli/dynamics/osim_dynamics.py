"""Inverse dynamics of any OpenSim model: Newton-Euler from the ground outwards and back (Featherstone 2008,
chapter 5), in world axes, for joints whose axes are moved by functions of coordinates.

Loads are those that the joints must supply: springs, limits and muscles of the model are not counted, nor are
the forces that keep coupled coordinates together. Positive load, positive direction of the coordinate.
"""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.coordinate_splines import Movement
from borelli.errors import choices
from borelli.formats.external_loads import ExternalLoads
from borelli.formats.osim_joints import Axis, Joint
from borelli.formats.osim_model import OsimModel
from borelli.geometry.rotations import matrix_from_rotvec


@dataclass(frozen=True)
class _State:
    """One frame of reference over T frames of time, world axes."""

    R: np.ndarray
    """(T, 3, 3)."""
    origin: np.ndarray
    """(T, 3)."""
    omega: np.ndarray
    alpha: np.ndarray
    """(T, 3) angular velocity and acceleration."""
    acceleration: np.ndarray
    """(T, 3) of the origin."""

    def shifted(self, T: np.ndarray) -> "_State":
        """The frame fixed to this one by a transform (4, 4)."""
        arm = self.R @ T[:3, 3]
        moved = np.cross(self.alpha, arm) + np.cross(self.omega, np.cross(self.omega, arm))
        return _State(
            self.R @ T[:3, :3], self.origin + arm, self.omega, self.alpha, self.acceleration + moved
        )


@dataclass(frozen=True)
class _Column:
    """What one axis of a joint contributes to the load of its coordinate."""

    coordinate: int
    weight: np.ndarray
    """(T, 3) world direction times the function's derivative."""
    rotation: bool


def osim_inverse_dynamics(model: OsimModel, moved: Movement, loads: ExternalLoads | None) -> np.ndarray:
    """Generalised forces (T, C) in N m and N that the motion needs beside the external loads.

    Raises BorelliError for loads on a body that the model does not have.
    """
    frames = len(moved.times)
    ground = _State(np.tile(np.eye(3), (frames, 1, 1)), *np.zeros((4, frames, 3)))
    states, hinges = {"ground": ground}, []
    for joint in model.joints:
        states[joint.child.body], pivot, columns = _through(joint, states[joint.parent.body], model, moved)
        hinges.append((pivot, columns))
    wrenches = {name: _inertial(model, j, states[name]) for j, name in enumerate(model.body_names)}
    if loads is not None:
        for body, wrench in zip(loads.bodies, np.moveaxis(loads.at(moved.times), 1, 0), strict=True):
            if body not in states:
                raise choices("body with an external load", body, [*model.body_names])
            if body != "ground":
                wrenches[body] -= wrench
    result = np.zeros((frames, len(model.coordinates)))
    for joint, (pivot, columns) in zip(reversed(model.joints), reversed(hinges), strict=True):
        wrench = wrenches[joint.child.body]
        moment = wrench[:, :3] - np.cross(pivot, wrench[:, 3:])
        for column in columns:
            pushed = moment if column.rotation else wrench[:, 3:]
            result[:, column.coordinate] += np.sum(column.weight * pushed, axis=1)
        if joint.parent.body != "ground":
            wrenches[joint.parent.body] += wrench
    return result


def _inertial(model: OsimModel, j: int, state: _State) -> np.ndarray:
    """(T, 6) moment about the world's origin and force that move body j against gravity."""
    centre = state.shifted(_shift(model.centres[j]))
    force = model.masses[j] * (centre.acceleration - model.gravity)
    tensor = state.R @ model.tensors[j] @ np.swapaxes(state.R, 1, 2)
    turn = _times(tensor, state.alpha) + np.cross(state.omega, _times(tensor, state.omega))
    return np.concatenate([turn + np.cross(centre.origin, force), force], axis=1)


def _through(
    joint: Joint, parent: _State, model: OsimModel, moved: Movement
) -> tuple[_State, np.ndarray, list[_Column]]:
    """The child body, the point (T, 3) it turns about, and what each axis adds to the loads."""
    start = parent.shifted(joint.parent.T_body_frame)
    columns: list[_Column] = []
    offset, speed, rate = np.zeros((3, *start.origin.shape))
    for axis in joint.translations:
        direction = start.R @ axis.direction
        f, slope, df, ddf = _along(axis, model, moved)
        offset, speed, rate = offset + f * direction, speed + df * direction, rate + ddf * direction
        if axis.coordinate is not None:
            columns.append(_Column(model.coordinate_names.index(axis.coordinate), slope * direction, False))
    acceleration = start.acceleration + np.cross(start.alpha, offset) + rate
    acceleration += np.cross(start.omega, np.cross(start.omega, offset) + 2.0 * speed)
    R, omega, alpha = start.R, start.omega, start.alpha
    for axis in joint.rotations:
        direction = R @ axis.direction
        f, slope, df, ddf = _along(axis, model, moved)
        alpha = alpha + ddf * direction + df * np.cross(omega, direction)
        omega = omega + df * direction
        R = R @ matrix_from_rotvec(f * axis.direction)
        if axis.coordinate is not None:
            about = start.R @ axis.direction if joint.angular_velocity else direction
            columns.append(_Column(model.coordinate_names.index(axis.coordinate), slope * about, True))
    pivot = start.origin + offset
    end = _State(R, pivot, omega, alpha, acceleration)
    return end.shifted(np.linalg.inv(joint.child.T_body_frame)), pivot, columns


def _along(axis: Axis, model: OsimModel, moved: Movement) -> np.ndarray:
    """(4, T, 1) how far an axis has gone, that by its coordinate, and its first and second rate."""
    if axis.coordinate is None:
        value = axis.function.derivatives(np.zeros(len(moved.times)))[0]
        return np.stack([value, *np.zeros((3, len(value)))])[..., None]
    c = model.coordinate_names.index(axis.coordinate)
    f, first, second = axis.function.derivatives(moved.q[:, c])
    v, a = moved.v[:, c], moved.a[:, c]
    return np.stack([f, first, first * v, second * v**2 + first * a])[..., None]


def _times(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    return np.einsum("tij,tj->ti", matrices, vectors)


def _shift(vector: np.ndarray) -> np.ndarray:
    T = np.eye(4)
    T[:3, 3] = vector
    return T
