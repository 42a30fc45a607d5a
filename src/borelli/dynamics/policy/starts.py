"""Where attempts begin: clips and seconds that fail often come more often; states near the reference.

Reference-state initialisation after Peng et al. 2018 (DeepMimic, ACM TOG 37:143); bins of a clip drawn by an
average of their failures after Liao et al. 2025 (BeyondMimic, arXiv:2508.08241).
"""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.policy.clips import RATE
from borelli.geometry.rotations import matrix_from_quaternion, matrix_from_rotvec, quaternion_from_matrix

BIN = round(RATE)
"""Frames of a bin: one second."""
UNIFORM, MEMORY = 0.3, 0.02
"""Share of starts drawn evenly; weight of a new outcome in the average of a bin."""
SHORTEST_RUN = 10
"""Frames that must be left after a start."""


@dataclass(frozen=True)
class StartNoise:
    """Standard deviations of a start around the reference."""

    place: float = 0.05
    """Metres, level."""
    turn: float = 0.03
    """Radians of the pelvis."""
    angle: float = 0.05
    """Radians of each joint."""
    velocity: float = 0.1
    """m/s of the pelvis."""
    spin: float = 0.2
    """rad/s of pelvis and joints."""


@dataclass(frozen=True)
class Bins:
    """One-second bins of all clips."""

    clip: np.ndarray
    """(B,)."""
    first: np.ndarray
    """(B,) frame."""
    last: np.ndarray
    """(B,) frame after the last one that may be a start."""
    of: np.ndarray
    """(C, bins) bin of a clip's second."""


def bins(frames: np.ndarray) -> Bins:
    """Bins of clips of so many frames (C,)."""
    rows = [
        (c, first, max(first + 1, min(first + BIN, count - SHORTEST_RUN)))
        for c, count in enumerate(frames)
        for first in range(0, max(int(count) - SHORTEST_RUN, 1), BIN)
    ]
    clip, first, last = np.array(rows).T
    longest = int(first.max()) // BIN + 1
    of = np.zeros((len(frames), longest), dtype=np.int64)
    for c in range(len(frames)):
        own = np.flatnonzero(clip == c)
        of[c] = own[np.minimum(np.arange(longest), len(own) - 1)]
    return Bins(clip, first, last, of)


def draw_starts(
    table: Bins, failures: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Clips (count,) and frames (count,) where attempts begin; failures (B,) in [0, 1] weigh the bins."""
    weight = failures / max(failures.sum(), 1e-9)
    share = UNIFORM / len(weight) + (1 - UNIFORM) * weight
    chosen = rng.choice(len(weight), count, p=share / share.sum())
    return table.clip[chosen], rng.integers(table.first[chosen], table.last[chosen])


def learnt(
    table: Bins, failures: np.ndarray, clip: np.ndarray, frame: np.ndarray, failed: np.ndarray
) -> np.ndarray:
    """Failures (B,) after attempts that ended at frames (N,) of clips (N,), failed (N,) bool or not.

    A fall begins before it shows: half of it is charged to the second before.
    """
    result = failures.copy()
    last = table.of.shape[1] - 1
    for seconds, part in ((0, 1.0), (1, 0.5)):
        second = np.clip(frame // BIN - seconds, 0, last)
        for b, outcome in zip(table.of[clip, second], failed, strict=True):
            result[b] += MEMORY * part * (float(outcome) - result[b])
    return result


def noisy_state(
    qpos: np.ndarray, qvel: np.ndarray, noise: StartNoise, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Positions (N, 50) and velocities (N, 49) near the given ones."""
    count, motors = len(qpos), qpos.shape[1] - 7
    qpos, qvel = qpos.copy(), qvel.copy()
    qpos[:, [0, 2]] += noise.place * rng.standard_normal((count, 2))
    turn = matrix_from_rotvec(noise.turn * rng.standard_normal((count, 3)))
    qpos[:, 3:7] = quaternion_from_matrix(turn @ matrix_from_quaternion(qpos[:, 3:7]))
    qpos[:, 7:] += noise.angle * rng.standard_normal((count, motors))
    qvel[:, :3] += noise.velocity * rng.standard_normal((count, 3))
    qvel[:, 3:] += noise.spin * rng.standard_normal((count, qvel.shape[1] - 3))
    return qpos, qvel
