"""Clips performed in simulation, each to its end or a fall: by a policy, or by whole-body control."""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from collections.abc import Callable
from dataclasses import dataclass

import mujoco
import numpy as np

from borelli.body.skeleton import skeleton
from borelli.dynamics.policy.cues import cues
from borelli.dynamics.policy.gains import Gains
from borelli.dynamics.policy.library import Library
from borelli.dynamics.policy.observation import observe
from borelli.dynamics.policy.terminations import fallen
from borelli.dynamics.policy.whole_body import actions_of, whole_body_targets
from borelli.dynamics.policy.worlds import Sensed, Worlds, flat_states, positions_of
from borelli.dynamics.simulator_state import coordinates_from_positions

Act = Callable[[np.ndarray], np.ndarray]
"""Observations (N, D) to actions (N, 43)."""
Decide = Callable[[Sensed, np.ndarray, np.ndarray], np.ndarray]
"""What N bodies feel, their clips (N,) and frames (N,), to actions (N, 43)."""
ACTION_LIMIT = 3.0
"""No joint is asked for more: 1.5 times its isometric peak torque beyond what the nominal motion takes."""
_HEAD = skeleton().segment("head")


@dataclass(frozen=True)
class Performed:
    """What one simulated person did in F frames at RATE, the first of which is the clip's."""

    coordinates: np.ndarray
    """(F, 49); pelvis turns continue from those of the nominal motion."""
    qpos: np.ndarray
    """(F, 50)."""
    qvel: np.ndarray
    """(F, 49)."""
    fell: bool
    """The last frame is the one before the fall."""
    broken: bool
    """The simulator gave up, which is a fall too."""


def seeing(clips: Library, act: Act) -> Decide:
    """The decisions of a network that sees body and video."""
    return lambda sensed, clip, frame: act(observe(sensed, cues(clips, clip, frame)))


def balancing(clips: Library) -> Decide:
    """The decisions of whole-body control."""
    workspace, gains = mujoco.MjData(clips.bodies[0].compiled), Gains()

    def decide(sensed: Sensed, clip: np.ndarray, frame: np.ndarray) -> np.ndarray:
        targets = whole_body_targets(clips.goals, workspace, gains, clip, frame, sensed.qpos, sensed.qvel)
        return actions_of(clips, clip, frame, targets)

    return decide


def perform_clips(
    clips: Library, decide: Decide, threads: int = 2, start: np.ndarray | None = None
) -> list[Performed]:
    """Perform all clips of a library, from flat states `start` (C, 100) or those of their nominal motions.

    A person falls as `terminations.fallen` says, seen from the nominal motion: the truth plays no part.
    """
    every = np.arange(len(clips.clips))
    states = (
        flat_states(clips.nominal.qpos[:, 0], clips.nominal.qvel[:, 0]) if start is None else start.copy()
    )
    reach = np.stack([body.reach for body in clips.bodies])
    going, broken = np.ones(len(every), dtype=bool), np.zeros(len(every), dtype=bool)
    logs: list[list[np.ndarray]] = [[] for _ in every]
    with Worlds(clips.bodies[0], threads) as worlds:
        for frame in range(int(clips.frames.max())):
            rows = np.flatnonzero(going)
            bodies = [clips.bodies[int(i)] for i in rows]
            sensed = worlds.sense(bodies, states[rows])
            down = _down(clips, sensed, rows, frame)
            for n, row in enumerate(rows):
                if not down[n]:
                    logs[row].append(states[row].copy())
            actions = decide(sensed, rows, np.full(len(rows), frame))
            chosen = np.clip(np.nan_to_num(actions), -ACTION_LIMIT, ACTION_LIMIT)
            targets = clips.targets[rows, frame] + reach[rows] * chosen
            states[rows], lost = worlds.advance(bodies, states[rows], targets)
            broken[rows] |= lost
            going[rows] = ~(down | lost | (frame + 1 >= clips.frames[rows]))
            if not going.any():
                break
    return [_performed(clips, i, np.stack(log), bool(broken[i])) for i, log in enumerate(logs)]


def _down(clips: Library, sensed: Sensed, rows: np.ndarray, frame: int) -> np.ndarray:
    """(N,) bool: who has fallen."""
    wanted = clips.nominal.joints[rows, frame]
    drop = (wanted - sensed.joints)[:, [0, _HEAD], 1]
    return fallen(drop, sensed.upright, clips.nominal.rotations[rows, frame, 1])


def _performed(clips: Library, index: int, states: np.ndarray, broken: bool) -> Performed:
    qpos, qvel = positions_of(states)
    layout = clips.bodies[index].layout
    coordinates = coordinates_from_positions(layout, qpos)
    nominal = clips.clips[index].nominal.coordinates[0, layout.root]
    coordinates[:, layout.root] += 2 * np.pi * np.round((nominal - coordinates[0, layout.root]) / (2 * np.pi))
    return Performed(coordinates, qpos, qvel, len(states) < clips.frames[index], broken)
