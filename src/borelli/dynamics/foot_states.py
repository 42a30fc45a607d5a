"""Both feet as one hidden Markov model: swinging, on the heel, flat, on the forefoot, on the toes.

A foot steps through its five states at fixed rates, on its own; what couples the feet is the weight that
they carry: both are off only while the body falls freely. 25 joint states, forward-backward.
"""

from functools import lru_cache

import numpy as np
from numba import njit
from scipy.linalg import expm

REGIONS = ("heel", "ball", "toe")
STANDING = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 1], [0, 1, 1], [0, 0, 1]], dtype=np.float64)
"""(5 states, 3 regions): swing, heel, flat, forefoot, toes; 1 where the region stands."""

RATES = np.array(
    [
        [0.0, 1.2, 0.6, 0.6, 0.1],
        [1.0, 0.0, 8.0, 0.2, 0.0],
        [0.3, 0.3, 0.0, 1.5, 0.1],
        [1.5, 0.1, 1.5, 0.0, 3.0],
        [8.0, 0.0, 0.3, 1.0, 0.0],
    ]
)
"""Changes per second from the row's state to the column's: a walking foot rolls from the heel over the sole
to the toes; heel and toe alone carry weight for about a tenth of a second."""

SWING_BOTH = 0
"""Index of the joint state in which nothing of either foot stands."""


def foot_states(standing: np.ndarray, falling: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Posterior probability (T, 2, 3) that each region of each foot stands.

    Args:
        standing: (T, 2, 3) log odds of each region to stand rather than swing, of right and left foot.
        falling: (T,) log odds that nothing carries the body.
        times: (T,) seconds, increasing.
    """
    per_foot = np.einsum("tfr,sr->tfs", standing, STANDING)
    joint = (per_foot[:, 0, :, None] + per_foot[:, 1, None, :]).reshape(len(times), -1)
    joint[:, SWING_BOTH] += falling
    posterior = _forward_backward(joint, times).reshape(len(times), len(STANDING), len(STANDING))
    of_foot = np.stack([posterior.sum(axis=2), posterior.sum(axis=1)], axis=1)
    return of_foot @ STANDING


def _forward_backward(log_evidence: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Posterior (T, S) of a chain of independent feet, given log evidence (T, S) up to a constant each."""
    evidence = np.exp(log_evidence - log_evidence.max(axis=1, keepdims=True))
    steps, which = np.unique(np.round(np.diff(times), 6), return_inverse=True)
    moves = np.array([_transition(step) for step in steps]).reshape(-1, evidence.shape[1], evidence.shape[1])
    return _posterior_kernel(evidence, moves, which)


@njit(cache=True)
def _posterior_kernel(evidence, moves, which):  # type: ignore[no-untyped-def]
    """Loops on purpose: calling numpy for every frame costs ten times the arithmetic."""
    frames, states = evidence.shape
    result = np.empty((frames, states))
    result[0] = evidence[0] / evidence[0].sum()
    for t in range(1, frames):
        P, total = moves[which[t - 1]], 0.0
        for j in range(states):
            reached = 0.0
            for i in range(states):
                reached += result[t - 1, i] * P[i, j]
            result[t, j] = reached * evidence[t, j]
            total += result[t, j]
        result[t] /= total
    after, before = np.ones(states), np.empty(states)
    for t in range(frames - 2, -1, -1):
        P, largest = moves[which[t]], 0.0
        after *= evidence[t + 1]
        for i in range(states):
            before[i] = 0.0
            for j in range(states):
                before[i] += P[i, j] * after[j]
            largest = max(largest, before[i])
        after[:] = before / largest
        result[t] *= after
        result[t] /= result[t].sum()
    return result


@lru_cache(maxsize=1024)
def _transition(step: float) -> np.ndarray:
    """(25, 25) probability of the next joint state (column) after `step` seconds."""
    generator = RATES - np.diag(RATES.sum(axis=1))
    foot = expm(generator * step)
    return np.kron(foot, foot)
