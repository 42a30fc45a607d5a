"""Newton-Euler equations of a person over a whole clip, with analytic derivatives.

What the surroundings must do to a moving body: the wrench (moment about a point, force) that carries it
through its motion, and the torques of its joints. Spatial algebra in world axes about one point per frame
(Featherstone 2008, chapter 5); derivatives after Singh, Russell & Wensing 2022 (IEEE RA-L 7:1776), equations
for the partial derivatives of inverse dynamics in the ground frame.

Row layout of loads (T, 49), as the coordinates: rows of the pelvis rotations hold the moment (x, y, z) about
the pelvis joint, rows of the pelvis translations the force (x, y, z), all others the torque of their joint.
"""

from dataclasses import dataclass

import numpy as np

from borelli.body.inertia import Inertia
from borelli.body.kinematics import Pose
from borelli.body.skeleton import Skeleton
from borelli.dynamics.rigid_body_kernel import GRAVITY as GRAVITY
from borelli.dynamics.rigid_body_kernel import loads_kernel

MOMENT, FORCE = slice(0, 3), slice(46, 49)
"""Rows of the wrench."""
HINGES = slice(3, 46)
"""Rows of the joint torques."""


@dataclass(frozen=True)
class Kinematics:
    """A clip's velocity and acceleration by central differences on its own, maybe uneven, times.

    v_t and a_t are linear in the three frames around t; the first and the last frame have none.
    """

    velocity_weights: np.ndarray
    """(3, T-2) 1/s: factors on frames t-1, t, t+1."""
    acceleration_weights: np.ndarray
    """(3, T-2) 1/s^2."""

    @staticmethod
    def of(times: np.ndarray) -> "Kinematics":
        """Weights for frames at `times` (T,) seconds."""
        before, after = np.diff(times)[:-1], np.diff(times)[1:]
        middle = (before + after) / 2
        velocity = np.stack([-0.5 / before, 0.5 / before - 0.5 / after, 0.5 / after])
        a, c = 1 / (before * middle), 1 / (after * middle)
        return Kinematics(velocity, np.stack([a, -(a + c), c]))

    def at(self, frames: np.ndarray) -> "Kinematics":
        """The same for some of the T-2 frames."""
        return Kinematics(self.velocity_weights[:, frames], self.acceleration_weights[:, frames])

    def velocity(self, q: np.ndarray) -> np.ndarray:
        """(T-2, C) of coordinates (T, C)."""
        return _around(self.velocity_weights, q)

    def acceleration(self, q: np.ndarray) -> np.ndarray:
        """(T-2, C) of coordinates (T, C)."""
        return _around(self.acceleration_weights, q)


def _around(weights: np.ndarray, q: np.ndarray) -> np.ndarray:
    w = weights[..., None]
    return w[0] * q[:-2] + w[1] * q[1:-1] + w[2] * q[2:]


@dataclass(frozen=True)
class Loads:
    """Loads and, where asked for, their derivatives by coordinates, velocities and accelerations."""

    values: np.ndarray
    """(T, 49) N m and N, see the module."""
    by_q: np.ndarray
    by_v: np.ndarray
    by_a: np.ndarray
    """(T, R, 49): R = 6 (moment, force) or 49 rows; R = 0 when not asked for."""


def inverse_dynamics(
    table: Skeleton, inertia: Inertia, pose: Pose, v: np.ndarray, a: np.ndarray, derivatives: str = "none"
) -> Loads:
    """Loads that carry a body through a motion under gravity (0, -9.81, 0).

    Args:
        table: topology.
        inertia: masses, centres and tensors of the segments.
        pose: of T frames.
        v, a: (T, 49) first and second time derivatives of the coordinates.
        derivatives: "none", "wrench" (rows moment and force only) or "all".
    """
    chain, start = table.chains
    frames, size = v.shape
    rows = {"none": 0, "wrench": 6, "all": size}[derivatives]
    values = np.zeros((frames, size))
    by = np.zeros((3, frames, rows, size))
    loads_kernel(
        pose.hinge_axes,
        pose.joints,
        pose.rotations,
        np.ascontiguousarray(v),
        np.ascontiguousarray(a),
        table.parents,
        chain,
        start,
        inertia.masses,
        inertia.centres,
        inertia.tensors,
        values,
        by[0],
        by[1],
        by[2],
    )
    return Loads(values, *by)
