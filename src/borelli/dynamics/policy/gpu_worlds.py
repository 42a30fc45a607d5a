"""Many worlds at once on a GPU: what `worlds.Worlds` does, by MuJoCo Warp in single precision (extra `gpu`).

A compiled body is one set of numbers per world, so that thousands of people of different build move in one
launch. Bodies of a library have the same tree; what differs between them goes to the device when another
person enters a world. The device may be Warp's "cpu", which is slow and serves tests.
"""

# pyright: reportAttributeAccessIssue=false, reportMissingImports=false
# MuJoCo is a native module without type stubs; Warp is optional.

from collections.abc import Sequence
from dataclasses import fields

import mujoco
import numpy as np

from borelli.dynamics.policy.body import SUBSTEPS, Body
from borelli.dynamics.policy.worlds import CONTROL_STEP, Sensed, flat_states, positions_of
from borelli.errors import BorelliError

try:
    import mujoco_warp as mjw
    import warp as wp
except ImportError as error:
    raise BorelliError(f"physics on a GPU needs {error.name}: pip install 'borelli[gpu]'") from error

LARGEST = 1e10
"""Positions, velocities and accelerations beyond this are those of a world that broke down, as in MuJoCo."""
FRICTION_EDGES = 4
"""Constraints of a contact with a pyramidal cone."""


class GpuWorlds:
    """Room for `count` worlds with any of some bodies on a device such as "cuda:0"."""

    def __init__(self, bodies: Sequence[Body], count: int, device: str) -> None:
        self._device = wp.get_device(device)
        self._numbers = {id(body): number for number, body in enumerate(bodies)}
        self._first = bodies[0]
        compiled = self._first.compiled
        self._tables = _differing([body.compiled for body in bodies])
        self._who = np.zeros(count, dtype=np.int64)
        rest = flat_states(np.tile(compiled.qpos0, (count, 1)), np.zeros((count, compiled.nv)))
        self._states = rest.astype(np.float32)
        # each sphere touches the one floor once, each hinge is at one of its limits
        contacts = compiled.ngeom - 1
        with wp.ScopedDevice(self._device):
            self._model = mjw.put_model(compiled, batch_sizes=dict.fromkeys(self._tables, count))
            self._data = mjw.make_data(
                compiled, nworld=count, nconmax=contacts, njmax=FRICTION_EDGES * contacts + compiled.njnt
            )
            self._graph = self._recorded() if self._device.is_cuda else None

    def close(self) -> None:
        """Give back the memory of the device."""
        del self._graph, self._data, self._model

    def advance(
        self, bodies: Sequence[Body], states: np.ndarray, targets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """States (N, 100) a thirtieth of a second later, and which worlds broke down (N,) bool.

        As `Worlds.advance`, for up to `count` worlds of the bodies that were given.
        """
        sound = np.asarray(np.isfinite(np.concatenate([states, targets], axis=1)).all(axis=1))
        at_rest = flat_states(self._first.compiled.qpos0[None], np.zeros((1, self._first.compiled.nv)))
        begun = np.where(sound[:, None], states, at_rest)
        moved = np.zeros((len(self._states), targets.shape[1]), dtype=np.float32)
        for n, (qpos, qvel) in enumerate(zip(*positions_of(begun), strict=True)):
            moved[n] = bodies[n].within_strength(qpos, qvel, np.where(sound[n], targets[n], 0.0))
        with wp.ScopedDevice(self._device):
            self._put(bodies, begun)
            self._data.ctrl.assign(moved)
            self._data.qacc_warmstart.zero_()
            if self._graph is None:
                self._substeps()
            else:
                wp.capture_launch(self._graph)
            ended = np.concatenate([self._got("qpos", len(states)), self._got("qvel", len(states))], axis=1)
            change = self._got("qacc", len(states))
        # a number that is none is not less than another either
        calm = (np.abs(np.concatenate([ended, change], axis=1)) < LARGEST).all(axis=1)
        whole = np.logical_and(sound, calm)
        later = np.concatenate([np.full((len(states), 1), CONTROL_STEP), ended], axis=1)
        return np.where(whole[:, None], later, states), np.logical_not(whole)

    def sense(self, bodies: Sequence[Body], states: np.ndarray) -> Sensed:
        """What N bodies feel in finite states (N, 100); as `Worlds.sense`."""
        count, first = len(states), self._first
        thorax = first.layout.skeleton.segment("thorax")
        qpos, qvel = positions_of(states)
        with wp.ScopedDevice(self._device):
            self._put(bodies, states)
            for stage in (mjw.kinematics, mjw.com_pos, mjw.com_vel, mjw.subtree_vel):
                stage(self._model, self._data)
            joints = self._got("xpos", count)[:, first.segments]
            rotations = self._got("xmat", count)[:, first.segments[[0, thorax]]]
            keypoints = self._got("site_xpos", count)[:, first.sites]
            soles = self._got("geom_xpos", count)[:, first.soles]
            centre, drift = self._got("subtree_com", count)[:, 0], self._got("subtree_linvel", count)[:, 0]
        radii = np.stack([body.radii for body in bodies])
        soles -= radii[..., None] * (0.0, 1.0, 0.0)
        spin = np.einsum("nij,nj->ni", rotations[:, 0], qvel[:, 3:6])
        return Sensed(
            qpos, qvel, rotations[:, 0], spin, joints, keypoints, soles, centre, drift, rotations[:, 1]
        )

    def _put(self, bodies: Sequence[Body], states: np.ndarray) -> None:
        """Bodies and states into the first worlds; the others keep theirs."""
        who = np.array([self._numbers[id(body)] for body in bodies])
        if not np.array_equal(who, self._who[: len(who)]):
            self._who[: len(who)] = who
            for name, table in self._tables.items():
                getattr(self._model, name).assign(table[self._who])
        self._states[: len(states)] = states
        qpos, qvel = positions_of(self._states)
        self._data.qpos.assign(np.ascontiguousarray(qpos))
        self._data.qvel.assign(np.ascontiguousarray(qvel))

    def _got(self, name: str, count: int) -> np.ndarray:
        """A field of the first worlds, from the device, in double precision."""
        return getattr(self._data, name).numpy()[:count].astype(np.float64)

    def _substeps(self) -> None:
        for _ in range(SUBSTEPS):
            mjw.step(self._model, self._data)

    def _recorded(self) -> wp.Graph:
        """The steps between two decisions as one CUDA graph: launching kernels one by one takes longer."""
        mjw.step(self._model, self._data)
        with wp.ScopedCapture() as capture:
            self._substeps()
        return capture.graph


def _differing(compiled: Sequence[mujoco.MjModel]) -> dict[str, np.ndarray]:
    """The numbers, (C, ...), in which models of one tree differ, of those that each world may have."""
    own = [f.name for f in fields(mjw.Model) if getattr(f.type, "shape", (None,))[:1] == ("*",)]
    found = {}
    for name in own:
        if hasattr(compiled[0], name):
            table = np.stack([getattr(model, name) for model in compiled])
            if (table != table[0]).any():
                found[name] = table.astype(np.float32)
    return found
