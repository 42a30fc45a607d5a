"""The environment in which the policy learns, with Gymnasium's interface for many worlds at once.

A decision is 43 numbers, one per motor: the target angle's distance from the nominal one in units of
`Body.reach`. Episodes begin near the reference and end with it (truncated), or when the person has fallen or
lost it (terminated); a world that ended starts again within the same step.
"""

from dataclasses import dataclass, field
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from borelli.body.skeleton import skeleton
from borelli.dynamics.policy.body import Body
from borelli.dynamics.policy.clips import RATE
from borelli.dynamics.policy.cues import Cues, cues, ray_offsets
from borelli.dynamics.policy.library import Library
from borelli.dynamics.policy.observation import Layout, layout_of, observe
from borelli.dynamics.policy.perform import ACTION_LIMIT
from borelli.dynamics.policy.rewards import (
    RewardWeights,
    contact_reward,
    effort_cost,
    place_reward,
    pose_reward,
    ray_reward,
    velocity_reward,
)
from borelli.dynamics.policy.starts import StartNoise, bins, draw_starts, learnt, noisy_state
from borelli.dynamics.policy.terminations import fallen, lost
from borelli.dynamics.policy.worlds import STATE_SIZE, Physics, Sensed, Worlds, flat_states, positions_of

_HEAD = skeleton().segment("head")


@dataclass(frozen=True)
class EnvConfig:
    """How many worlds, and how attempts begin and end."""

    worlds: int = 32
    threads: int = 2
    gpu: str | None = None
    """Device on which `gpu_worlds` simulates, cuda:0 or cpu, say; by default MuJoCo does, on the threads."""
    seed: int = 0
    longest: int = 300
    """Frames of an episode."""
    noise: StartNoise = field(default_factory=StartNoise)
    weights: RewardWeights = field(default_factory=RewardWeights)
    beaten: float = 0.2
    """What a fall costs."""


class PolicyEnv(VectorEnv):
    """N worlds, each performing a clip of its own.

    `info` has, for the state that the observation describes, `clip`, `frame` (N,), `qpos` (N, 50) and `qvel`
    (N, 49); after a step also `final_obs`, `final_info`, `_final_obs` of worlds that ended, `fell` and
    `broken` (N,) bool: the simulator gave up on that world, which is then shown at its reference.
    """

    def __init__(self, clips: Library, config: EnvConfig | None = None) -> None:
        self.metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_fps": RATE}
        self.clips, self.config = clips, config or EnvConfig()
        self.num_envs = self.config.worlds
        self.layout: Layout = layout_of(clips)
        self.single_observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (self.layout.size,), np.float32)
        self.single_action_space = gymnasium.spaces.Box(
            -ACTION_LIMIT, ACTION_LIMIT, (clips.targets.shape[2],), np.float32
        )
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._worlds = _physics(clips, self.config)
        self._bins = bins(clips.frames)
        self.failures = np.ones(len(self._bins.clip))
        self._rng = np.random.default_rng(self.config.seed)
        self._reach = np.stack([body.reach for body in clips.bodies])
        self._mass = np.array([clip.mass for clip in clips.clips])
        self.clip, self.frame, self._begun = (np.zeros(self.num_envs, dtype=np.int64) for _ in range(3))
        self.states = np.zeros((self.num_envs, STATE_SIZE))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start all worlds; `options` may give `clip` (N,) and `frame` (N,) to start from without noise."""
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        given = options or {}
        every = np.arange(self.num_envs)
        if "clip" in given:
            self.clip = np.array(given["clip"], dtype=np.int64)
            self.frame = np.array(given.get("frame", np.zeros(self.num_envs)), dtype=np.int64)
            self._begin(every, StartNoise(0, 0, 0, 0, 0))
        else:
            self._restart(every)
        sensed = self._sense(every)
        return observe(sensed, self._cues(every)), self._info()

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Advance all worlds by a thirtieth of a second; actions (N, 43) are clipped to ACTION_LIMIT."""
        every = np.arange(self.num_envs)
        chosen = np.clip(np.nan_to_num(np.asarray(actions, dtype=np.float64)), -ACTION_LIMIT, ACTION_LIMIT)
        targets = self.clips.targets[self.clip, self.frame] + self._reach[self.clip] * chosen
        self.states, broken = self._worlds.advance(self._bodies(every), self.states, targets)
        self.frame = self.frame + 1
        moves, at = self.clips.reference, (self.clip[broken], self.frame[broken])
        self.states[broken] = flat_states(moves.qpos[at], moves.qvel[at])
        sensed, seen = self._sense(every), self._cues(every)
        fell = broken | self._over(sensed)
        reward = np.where(broken, 0.0, self._reward(sensed, seen, targets)) - self.config.beaten * fell
        ended = (self.frame >= self.clips.frames[self.clip] - 1) & ~fell
        truncated = ended | ((self.frame - self._begun >= self.config.longest) & ~fell)
        observation, extra = observe(sensed, seen), {"fell": fell, "broken": broken}
        done = np.flatnonzero(fell | truncated)
        if len(done):
            last = self._info()
            self.failures = learnt(self._bins, self.failures, self.clip[done], self.frame[done], fell[done])
            extra |= _final(observation, last, fell | truncated)
            self._restart(done)
            observation[done] = observe(self._sense(done), self._cues(done))
        return observation, reward, fell, truncated, self._info() | extra

    def close_extras(self, **kwargs: Any) -> None:
        """End what the simulator began."""
        self._worlds.close()

    def _restart(self, rows: np.ndarray) -> None:
        """Choose clips and frames for some worlds and put the bodies there."""
        self.clip[rows], self.frame[rows] = draw_starts(self._bins, self.failures, len(rows), self._rng)
        self._begin(rows, self.config.noise)

    def _begin(self, rows: np.ndarray, noise: StartNoise) -> None:
        moves = self.clips.reference
        at = self.clip[rows], self.frame[rows]
        self.states[rows] = flat_states(*noisy_state(moves.qpos[at], moves.qvel[at], noise, self._rng))
        self._begun[rows] = self.frame[rows]

    def _bodies(self, rows: np.ndarray) -> list[Body]:
        return [self.clips.bodies[c] for c in self.clip[rows]]

    def _sense(self, rows: np.ndarray) -> Sensed:
        return self._worlds.sense(self._bodies(rows), self.states[rows])

    def _cues(self, rows: np.ndarray) -> Cues:
        return cues(self.clips, self.clip[rows], self.frame[rows])

    def _over(self, sensed: Sensed) -> np.ndarray:
        moves, at = self.clips.reference, (self.clip, self.frame)
        wanted = moves.joints[at]
        drop = (wanted - sensed.joints)[:, [0, _HEAD], 1]
        return fallen(drop, sensed.upright, moves.rotations[at][:, 1]) | lost(sensed.joints, wanted)

    def _reward(self, sensed: Sensed, seen: Cues, targets: np.ndarray) -> np.ndarray:
        weights, moves, at = self.config.weights, self.clips.reference, (self.clip, self.frame)
        wanted = moves.joints[at]
        offsets = ray_offsets(sensed.keypoints, seen)[:, 0]
        power = [
            body.torques(position, velocity, target)
            for body, position, velocity, target in zip(
                self._bodies(np.arange(self.num_envs)), sensed.qpos, sensed.qvel, targets, strict=True
            )
        ]
        rates = sensed.qvel[:, self.clips.bodies[0].layout.velocities]
        return (
            weights.pose * pose_reward(sensed.joints, wanted)
            + weights.place * place_reward(sensed.joints[:, 0], wanted[:, 0])
            + weights.velocity * velocity_reward(sensed.qvel[:, :3], moves.qvel[at][:, :3])
            + weights.rays * ray_reward(offsets, seen.confidence[:, 0])
            + weights.contact * contact_reward(sensed.soles[..., 1], moves.soles[at])
            + weights.alive
            - weights.effort * effort_cost(np.stack(power), rates, self._mass[self.clip])
        )

    def _info(self) -> dict[str, Any]:
        qpos, qvel = positions_of(self.states)
        return {
            "clip": self.clip.copy(),
            "frame": self.frame.copy(),
            "qpos": qpos.copy(),
            "qvel": qvel.copy(),
        }


def _physics(clips: Library, config: EnvConfig) -> Physics:
    if config.gpu:
        from borelli.dynamics.policy.gpu_worlds import GpuWorlds

        return GpuWorlds(clips.bodies, config.worlds, config.gpu)
    return Worlds(clips.bodies[0], config.threads)


def _final(observation: np.ndarray, last: dict[str, Any], done: np.ndarray) -> dict[str, Any]:
    """Gymnasium's record of what worlds saw when they ended."""
    final = np.empty(len(done), dtype=object)
    for i in np.flatnonzero(done):
        final[i] = observation[i].copy()
    return {"final_obs": final, "_final_obs": done, "final_info": last | {"_clip": done}, "_final_info": done}
