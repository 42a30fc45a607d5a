"""A nominal motion as whole-body control needs it: accelerations, centre of mass, feet, stances."""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from dataclasses import dataclass

import mujoco
import numpy as np

from borelli.dynamics.floor_plane import FloorPlane
from borelli.dynamics.policy.body import Body
from borelli.dynamics.policy.clips import RATE

STANDING_HEIGHT, STANDING_SPEED = 0.02, 0.6
"""Metres and m/s below which a sole point of the motion may carry weight."""
FIRM_HEIGHT, FIRM_RISE, FIRM_SHIFT = 0.01, 0.004, 0.02
"""Metres: a point that in a frame gets no higher, rises and moves no more than this stays where it is."""


@dataclass(frozen=True)
class Goal:
    """A motion of T frames for one body; metres, radians, seconds, world."""

    body: Body
    floor: FloorPlane
    feet: np.ndarray
    """(12,) 0 for sole points of the right foot, 1 for the left."""
    legs: np.ndarray
    """(14,) degrees of freedom of both legs."""
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
    """(T, 12, 3) lowest points of the contact spheres, ..."""
    height: np.ndarray
    """(T, 12) ... how high over the floor these are, ..."""
    glide: np.ndarray
    """(T, 12, 3) ... their velocities, ..."""
    pull: np.ndarray
    """(T, 12, 3) ... and accelerations, halfway to the next frame."""
    stands: np.ndarray
    """(T, 12) bool: the point may carry weight ..."""
    firm: np.ndarray
    """(T, 12) ... and stays where it is until the next frame."""
    since: np.ndarray
    """(T, 2) for how long nothing of a foot has carried weight; zero while something does ..."""
    until: np.ndarray
    """(T, 2) ... and after what time something will again."""

    @property
    def schedule(self) -> np.ndarray:
        """(T, 16): `stands`, `since` and `until` side by side."""
        return np.concatenate([self.stands, self.since, self.until], axis=1)

    def __len__(self) -> int:
        """T."""
        return len(self.qpos)


def sole_points(body: Body, data: mujoco.MjData) -> np.ndarray:
    """(12, 3) lowest points of the contact spheres of the feet."""
    return data.geom_xpos[body.soles] - body.radii[:, None] * (0.0, 1.0, 0.0)


def goal_of(body: Body, floor: FloorPlane, qpos: np.ndarray, qvel: np.ndarray) -> Goal:
    """The goal of following the motion qpos (T, 50), qvel (T, 49) on a floor."""
    count, compiled = len(qpos), body.compiled
    centre, drift, soles = _carried(body, qpos, qvel)
    ahead = np.r_[1:count, count - 1]
    glide = np.gradient(soles, 1 / RATE, axis=0)
    height = soles[..., 1] - floor.height(soles)
    shift = np.linalg.norm(soles[ahead] - soles, axis=-1)
    rests = (height[ahead] < FIRM_HEIGHT) & (height[ahead] - height < FIRM_RISE) & (shift < FIRM_SHIFT)
    stands = (height < STANDING_HEIGHT) & (np.linalg.norm(glide, axis=-1) < STANDING_SPEED)
    feet = np.array([int(compiled.geom(g).name.endswith("_l")) for g in body.soles])
    loaded = np.stack([stands[:, feet == foot].any(axis=1) for foot in (0, 1)], axis=1)
    return Goal(
        body,
        floor,
        feet,
        np.array([compiled.joint(f"{name}_{side}").dofadr[0] for side in "rl" for name in _LEG]),
        qpos,
        qvel,
        (qvel[ahead] - qvel) * RATE,
        centre,
        drift,
        soles,
        height,
        glide,
        (glide[ahead] - glide) * RATE,
        stands,
        rests,
        _away(loaded) / RATE,
        _away(loaded[::-1])[::-1] / RATE,
    )


def _carried(body: Body, qpos: np.ndarray, qvel: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre of mass (T, 3), its velocity (T, 3) and sole points (T, 12, 3) of a motion."""
    data = mujoco.MjData(body.compiled)
    centre, drift, soles = np.empty((len(qpos), 3)), np.empty((len(qpos), 3)), np.empty((len(qpos), 12, 3))
    for t in range(len(qpos)):
        data.qpos[:], data.qvel[:] = qpos[t], qvel[t]
        mujoco.mj_kinematics(body.compiled, data)
        mujoco.mj_comPos(body.compiled, data)
        mujoco.mj_comVel(body.compiled, data)
        mujoco.mj_subtreeVel(body.compiled, data)
        centre[t], drift[t] = data.subtree_com[0], data.subtree_linvel[0]
        soles[t] = sole_points(body, data)
    return centre, drift, soles


def _away(loaded: np.ndarray) -> np.ndarray:
    """(T, 2) frames for which each foot has carried nothing."""
    count, result = np.zeros(loaded.shape[1]), np.empty(loaded.shape)
    for t, row in enumerate(loaded):
        count = np.where(row, 0.0, count + 1)
        result[t] = count
    return result


_LEG = (
    "hip_flexion",
    "hip_adduction",
    "hip_rotation",
    "knee_angle",
    "ankle_angle",
    "subtalar_angle",
    "mtp_angle",
)
