"""Which foot points carry weight, frame by frame: a two-state hidden Markov model per point.

Standing points hardly move in the world and lie low; swinging points do neither. The chain's transition
rate removes contacts shorter than a few frames and fills gaps; its posterior is the contact probability.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ContactModel:
    """Emission and transition constants; speeds in m/s, heights in metres."""

    standing_speed: float = 0.15
    """Scale of the apparent speed of a standing point: what is left of the estimate's noise."""
    swinging_speed: float = 1.2
    standing_height: float = 0.04
    swinging_height: float = 0.12
    mean_duration: float = 0.3
    """Seconds that a point stays in one state."""


def contact_probability(
    positions: np.ndarray, times: np.ndarray, seen: np.ndarray, model: ContactModel, floor: float | None = 0.0
) -> np.ndarray:
    """Posterior probability (T, M) that each point stands.

    Args:
        positions: (T, M, 3) world metres.
        times: (T,) seconds.
        seen: (T, M) trust in the position, 0 to 1; unseen points take their state from their neighbours.
        model: constants.
        floor: height of the floor; None when it is unknown, then only speed counts.
    """
    if len(times) < 3:
        return np.zeros(positions.shape[:2])
    speed = np.linalg.norm(np.gradient(positions, times, axis=0), axis=-1)
    log_odds = _log_rayleigh(speed, model.standing_speed) - _log_rayleigh(speed, model.swinging_speed)
    if floor is not None:
        height = positions[..., 1] - floor
        log_odds += _log_normal(height, 0.0, model.standing_height)
        log_odds -= _log_normal(np.maximum(height - 0.05, 0.0), 0.0, model.swinging_height)
    log_odds = np.clip(log_odds, -8.0, 8.0) * seen
    return _smooth_states(log_odds, times, model.mean_duration)


def _log_rayleigh(speed: np.ndarray, scale: float) -> np.ndarray:
    return np.log(np.maximum(speed, 0.02) / scale**2) - speed**2 / (2 * scale**2)


def _log_normal(value: np.ndarray, mean: float, sd: float) -> np.ndarray:
    return -np.log(sd) - (value - mean) ** 2 / (2 * sd**2)


def _smooth_states(log_odds: np.ndarray, times: np.ndarray, duration: float) -> np.ndarray:
    """Forward-backward of a symmetric two-state chain; returns the posterior of the first state."""
    change = 0.5 * (1 - np.exp(-2 * np.diff(times) / duration))
    frames, count = log_odds.shape
    forward, backward = np.zeros((frames, count)), np.zeros((frames, count))
    for t in range(1, frames):
        forward[t] = _pass(forward[t - 1] + log_odds[t - 1], change[t - 1])
    for t in range(frames - 2, -1, -1):
        backward[t] = _pass(backward[t + 1] + log_odds[t + 1], change[t])
    return 1 / (1 + np.exp(-(forward + backward + log_odds)))


def _pass(log_odds: np.ndarray, change: float) -> np.ndarray:
    """Log odds of the next state given those of this one."""
    p = 1 / (1 + np.exp(-log_odds))
    p = p * (1 - change) + (1 - p) * change
    return np.log(p / (1 - p))


def stance_anchors(
    positions: np.ndarray, probability: np.ndarray, times: np.ndarray, taper: float = 0.08
) -> tuple[np.ndarray, np.ndarray]:
    """Where each stance stands: targets (T, M, 3), on the floor, and weight (T, M) from 0 to 1.

    The weight rises over `taper` seconds from both ends of a stance: heels land and toes leave gradually.
    """
    targets, weight = np.zeros_like(positions), np.zeros_like(probability)
    for m in range(probability.shape[1]):
        standing = probability[:, m] > 0.5
        edges = np.flatnonzero(np.diff(np.r_[False, standing, False].astype(int)))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            run = slice(first, last)
            w = probability[run, m]
            targets[run, m] = np.average(positions[run, m], axis=0, weights=w)
            left = np.inf if first == 0 else 1.0
            right = np.inf if last == len(times) else 1.0
            inside = np.minimum((times[run] - times[first]) * left, (times[last - 1] - times[run]) * right)
            inside = np.where(np.isnan(inside), np.inf, inside)
            weight[run, m] = w * np.clip((inside + 1e-9) / taper, 0.15, 1.0)
    targets[..., 1] = 0.0
    return targets, weight
