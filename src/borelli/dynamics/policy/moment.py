"""The mechanics of a body at one moment: inertia, centre of mass, and how the soles move."""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from dataclasses import dataclass

import mujoco
import numpy as np

from borelli.dynamics.floor_plane import FloorPlane
from borelli.dynamics.policy.body import Body
from borelli.dynamics.policy.goal import sole_points


@dataclass(frozen=True)
class Moment:
    """Metres, radians, seconds, newtons; world axes."""

    qpos: np.ndarray
    """(50,)."""
    qvel: np.ndarray
    """(49,)."""
    mass: np.ndarray
    """(49, 49)."""
    bias: np.ndarray
    """(49,) forces of gravity and velocity."""
    pelvis: np.ndarray
    """(3, 3) R_world_pelvis."""
    centre: np.ndarray
    """(3,) of mass ..."""
    drift: np.ndarray
    """(3,) ... and its velocity."""
    soles: np.ndarray
    """(12, 3) lowest points of the contact spheres, ..."""
    glide: np.ndarray
    """(12, 3) ... their velocities, ..."""
    levers: np.ndarray
    """(12, 3, 49) ... the derivative of these by qvel, ..."""
    swerve: np.ndarray
    """(12, 3) ... and their acceleration while qvel stays as it is."""
    height: np.ndarray
    """(12,) of the soles over the floor."""


def moment_of(
    body: Body, floor: FloorPlane, workspace: mujoco.MjData, qpos: np.ndarray, qvel: np.ndarray
) -> Moment:
    """A body in the state (50,), (49,); `workspace` is overwritten and may be that of another person."""
    compiled, data = body.compiled, workspace
    data.qpos[:], data.qvel[:] = qpos, qvel
    mujoco.mj_kinematics(compiled, data)
    mujoco.mj_comPos(compiled, data)
    mujoco.mj_crb(compiled, data)
    mujoco.mj_fwdVelocity(compiled, data)
    mujoco.mj_subtreeVel(compiled, data)
    bias, mass = np.empty(compiled.nv), np.empty((compiled.nv, compiled.nv))
    mujoco.mj_rne(compiled, data, 0, bias)
    mujoco.mj_fullM(compiled, data, mass)
    soles, owners = sole_points(body, data), compiled.geom_bodyid[body.soles]
    levers, swerve = np.zeros((len(soles), 3, compiled.nv)), np.empty((len(soles), 3))
    turning = np.zeros((3, compiled.nv))
    for p, owner in enumerate(owners):
        mujoco.mj_jac(compiled, data, levers[p], None, soles[p], owner)
        mujoco.mj_jacDot(compiled, data, turning, None, soles[p], owner)
        swerve[p] = turning @ qvel
    return Moment(
        qpos,
        qvel,
        mass,
        bias,
        data.xmat[body.segments[0]].reshape(3, 3).copy(),
        data.subtree_com[0].copy(),
        data.subtree_linvel[0].copy(),
        soles,
        levers @ qvel,
        levers,
        swerve,
        soles[:, 1] - floor.height(soles),
    )
