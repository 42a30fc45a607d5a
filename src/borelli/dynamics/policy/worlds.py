"""Many worlds at once, each with a person of its own: physics between two decisions, and what is felt after.

States are flat: time, 50 positions, 49 velocities, as in `Simulator`.
"""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import mujoco
import numpy as np
from mujoco import rollout

from borelli.dynamics.policy.body import SUBSTEPS, Body
from borelli.dynamics.policy.clips import RATE
from borelli.dynamics.policy.goal import sole_points

NQ, NV = 50, 49
STATE_SIZE = 1 + NQ + NV
CONTROL_STEP = 1 / RATE
"""Seconds."""


@dataclass(frozen=True)
class Sensed:
    """N bodies in the world's axes: metres, radians, seconds."""

    qpos: np.ndarray
    """(N, 50)."""
    qvel: np.ndarray
    """(N, 49)."""
    rotation: np.ndarray
    """(N, 3, 3) R_world_pelvis."""
    spin: np.ndarray
    """(N, 3) angular velocity of the pelvis."""
    joints: np.ndarray
    """(N, 24, 3) joint centres."""
    keypoints: np.ndarray
    """(N, K, 3) the body's own points that the pictures show."""
    soles: np.ndarray
    """(N, 12, 3) lowest point of each contact sphere of the feet."""
    centre: np.ndarray
    """(N, 3) centre of mass ..."""
    drift: np.ndarray
    """(N, 3) ... and its velocity."""
    upright: np.ndarray
    """(N, 3, 3) R_world_thorax."""


def flat_states(qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
    """(N, 100) at time zero."""
    return np.concatenate([np.zeros((len(qpos), 1)), qpos, qvel], axis=1)


def positions_of(states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """qpos (N, 50) and qvel (N, 49) of flat states (N, 100)."""
    return states[:, 1 : 1 + NQ], states[:, 1 + NQ :]


class Physics(Protocol):
    """What moves bodies between two decisions, and says what they feel: `Worlds`, or a simulator on a GPU."""

    def advance(
        self, bodies: Sequence[Body], states: np.ndarray, targets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `Worlds.advance`."""
        ...

    def sense(self, bodies: Sequence[Body], states: np.ndarray) -> Sensed:
        """As `Worlds.sense`."""
        ...

    def close(self) -> None:
        """Give back threads and memory."""
        ...


class Worlds:
    """Threads and workspaces for physics; a context manager, which ends the threads."""

    def __init__(self, example: Body, threads: int) -> None:
        self._workspaces = [mujoco.MjData(example.compiled) for _ in range(threads)]
        self._pool = rollout.Rollout(nthread=threads if threads > 1 else 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        self._pool.close()

    def advance(
        self, bodies: Sequence[Body], states: np.ndarray, targets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """States (N, 100) a thirtieth of a second later, and which worlds broke down (N,) bool.

        Motors hold their targets (N, 43), radians, as far as their strength allows. A world whose numbers are
        no longer numbers keeps the state it had; the others do not notice.
        """
        sound = np.isfinite(np.concatenate([states, targets], axis=1)).all(axis=1)
        result, broken = states.copy(), np.logical_not(sound)
        rows = np.flatnonzero(sound)
        if not len(rows):
            return result, broken
        begun = states[rows].copy()
        begun[:, 0] = 0.0
        moved = [
            bodies[int(i)].within_strength(qpos, qvel, targets[i])
            for i, qpos, qvel in zip(rows, *positions_of(begun), strict=True)
        ]
        paths, _ = self._pool.rollout(
            [bodies[int(i)].compiled for i in rows],
            self._workspaces,
            begun,
            np.stack(moved)[:, None],
            nstep=SUBSTEPS,
        )
        ended = np.asarray(paths)[:, -1]
        # MuJoCo starts a world that blows up from scratch: its clock shows it
        in_time = np.abs(ended[:, 0] - CONTROL_STEP) < 1e-9
        whole = np.logical_and(in_time, np.isfinite(ended).all(axis=1))
        result[rows[whole]] = ended[whole]
        broken[rows[np.logical_not(whole)]] = True
        return result, broken

    def sense(self, bodies: Sequence[Body], states: np.ndarray) -> Sensed:
        """What N bodies feel in finite states (N, 100)."""
        data = self._workspaces[0]
        qpos, qvel = positions_of(states)
        first = bodies[0]
        joints = np.empty((len(states), len(first.segments), 3))
        rotations = np.empty((len(states), 2, 3, 3))
        keypoints = np.empty((len(states), len(first.sites), 3))
        soles = np.empty((len(states), len(first.soles), 3))
        centre, drift = np.empty((len(states), 3)), np.empty((len(states), 3))
        thorax = first.layout.skeleton.segment("thorax")
        for n, body in enumerate(bodies):
            compiled = body.compiled
            data.qpos, data.qvel = qpos[n], qvel[n]
            mujoco.mj_kinematics(compiled, data)
            mujoco.mj_comPos(compiled, data)
            mujoco.mj_comVel(compiled, data)
            mujoco.mj_subtreeVel(compiled, data)
            joints[n] = data.xpos[body.segments]
            rotations[n] = data.xmat[body.segments[[0, thorax]]].reshape(2, 3, 3)
            keypoints[n] = data.site_xpos[body.sites]
            soles[n] = sole_points(body, data)
            centre[n], drift[n] = data.subtree_com[0], data.subtree_linvel[0]
        spin = np.einsum("nij,nj->ni", rotations[:, 0], qvel[:, 3:6])
        return Sensed(
            qpos, qvel, rotations[:, 0], spin, joints, keypoints, soles, centre, drift, rotations[:, 1]
        )
