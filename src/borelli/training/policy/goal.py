"""The reference of a clip as the expert needs it: accelerations, centre of mass, feet, stances."""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from dataclasses import dataclass

import mujoco
import numpy as np

from borelli.dynamics.floor_plane import FloorPlane
from borelli.dynamics.policy.body import Body
from borelli.dynamics.policy.clips import RATE
from borelli.dynamics.policy.library import Library

STANDING_HEIGHT, STANDING_SPEED = 0.02, 0.6
"""Metres and m/s below which a sole point of the reference may carry weight."""
FIRM_HEIGHT, FIRM_RISE, FIRM_SHIFT = 0.01, 0.004, 0.02
"""Metres: a point that in a frame gets no higher, rises and moves no more than this stays where it is."""


@dataclass(frozen=True)
class Goal:
    """A reference of T frames for one body; metres, radians, seconds, world."""

    body: Body
    floor: FloorPlane
    feet: np.ndarray
    """(12,) 0 for sole points of the right foot, 1 for the left."""
    legs: np.ndarray
    """(2, 7) degrees of freedom: hip flexion, adduction, rotation, knee, ankle, subtalar, toes."""
    qpos: np.ndarray
    """(T, 50)."""
    qvel: np.ndarray
    """(T, 49)."""
    acceleration: np.ndarray
    """(T, 49) derivative of qvel, halfway to the next frame."""
    centre: np.ndarray
    """(T, 3) centre of mass ..."""
    drift: np.ndarray
    """(T, 3) ... and its velocity."""
    soles: np.ndarray
    """(T, 12, 3) lowest points of the contact spheres."""
    stands: np.ndarray
    """(T, 12) bool: the point may carry weight ..."""
    firm: np.ndarray
    """(T, 12) ... and stays where it is until the next frame."""

    def __len__(self) -> int:
        """T."""
        return len(self.qpos)


def goals(clips: Library) -> list[Goal]:
    """The references of all clips."""
    return [_goal(clips, index) for index in range(len(clips.clips))]


def sole_points(body: Body, data: mujoco.MjData) -> np.ndarray:
    """(12, 3) lowest points of the contact spheres of the feet."""
    return data.geom_xpos[body.soles] - body.radii[:, None] * (0.0, 1.0, 0.0)


def _goal(clips: Library, index: int) -> Goal:
    body, count = clips.bodies[index], int(clips.frames[index])
    compiled = body.compiled
    qpos, qvel = clips.reference.qpos[index, :count], clips.reference.qvel[index, :count]
    data = mujoco.MjData(compiled)
    centre, drift, soles = np.empty((count, 3)), np.empty((count, 3)), np.empty((count, 12, 3))
    for t in range(count):
        data.qpos[:], data.qvel[:] = qpos[t], qvel[t]
        mujoco.mj_kinematics(compiled, data)
        mujoco.mj_comPos(compiled, data)
        mujoco.mj_comVel(compiled, data)
        mujoco.mj_subtreeVel(compiled, data)
        centre[t], drift[t] = data.subtree_com[0], data.subtree_linvel[0]
        soles[t] = sole_points(body, data)
    speed = np.linalg.norm(np.gradient(soles, 1 / RATE, axis=0), axis=-1)
    height = soles[..., 1] - clips.clips[index].floor.height(soles)
    ahead = np.r_[1:count, count - 1]
    shift = np.linalg.norm(soles[ahead] - soles, axis=-1)
    rests = (height[ahead] < FIRM_HEIGHT) & (height[ahead] - height < FIRM_RISE) & (shift < FIRM_SHIFT)
    return Goal(
        body,
        clips.clips[index].floor,
        np.array([int(compiled.geom(g).name.endswith("_l")) for g in body.soles]),
        np.array([[compiled.joint(f"{name}_{side}").dofadr[0] for name in _LEG] for side in "rl"]),
        qpos,
        qvel,
        (qvel[ahead] - qvel) * RATE,
        centre,
        drift,
        soles,
        (height < STANDING_HEIGHT) & (speed < STANDING_SPEED),
        rests,
    )


_LEG = (
    "hip_flexion",
    "hip_adduction",
    "hip_rotation",
    "knee_angle",
    "ankle_angle",
    "subtalar_angle",
    "mtp_angle",
)
