"""Many short simulations at once, on all cores; the result does not depend on how many there are."""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from types import TracebackType
from typing import Self

import mujoco
import numpy as np
from mujoco import rollout

STATE = mujoco.mjtState.mjSTATE_FULLPHYSICS
"""What a flat state holds: time, positions, velocities (motors here have no memory)."""


class Simulator:
    """Threads and workspaces for simulations of one model; a context manager, which ends the threads."""

    def __init__(self, compiled: mujoco.MjModel, threads: int) -> None:
        self._compiled = compiled
        self._workspaces = [mujoco.MjData(compiled) for _ in range(threads)]
        self._pool = rollout.Rollout(nthread=threads if threads > 1 else 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.close()

    def roll(self, states: np.ndarray, controls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Flat states (N, steps, S) and sensors (N, steps, sensors) of N simulations.

        They start from flat states (N, S) and follow controls (N, steps, motors). Sensors are read before
        each step.
        """
        paths, sensors = self._pool.rollout(self._compiled, self._workspaces, states, controls)
        return np.asarray(paths), np.asarray(sensors)
