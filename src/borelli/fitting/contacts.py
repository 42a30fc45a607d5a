"""Which foot points carry weight, frame by frame: a two-state hidden Markov model per point.

Standing points hardly move in the world and lie low; swinging points do neither. The chain's transition
rate removes contacts shorter than a few frames and fills gaps; its posterior is the contact probability.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit


@dataclass(frozen=True)
class ContactModel:
    """Emission and transition constants; speeds in m/s, heights in metres."""

    standing_speed: float = 0.3
    """Scale of the apparent speed of a standing point: what is left of the estimate's noise."""
    swinging_speed: float = 1.5
    standing_height: float = 0.06
    swinging_height: float = 0.12
    mean_duration: float = 0.3
    """Seconds that a point stays in one state."""


def contact_probability(
    speed: np.ndarray,
    height: np.ndarray,
    times: np.ndarray,
    seen: np.ndarray,
    model: ContactModel,
    told: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Posterior probability (T, M) that each point stands.

    Args:
        speed: (T, M) m/s, see `apparent_speed`.
        height: (T, M) metres over the ground, see `height_over_ground`.
        times: (T,) seconds.
        seen: (T, M) trust in the position, 0 to 1; unseen points take their state from their neighbours.
        model: constants.
        told: (T, M) log odds from elsewhere.
    """
    if len(times) < 3:
        return np.zeros(speed.shape)
    log_odds = _log_rayleigh(speed, model.standing_speed) - _log_rayleigh(speed, model.swinging_speed)
    log_odds += _log_normal(height, 0.0, model.standing_height)
    log_odds -= _log_normal(np.maximum(height - 0.05, 0.0), 0.0, model.swinging_height)
    log_odds += np.clip(told, -3.0, 3.0)
    return smooth_states(np.clip(log_odds, -8.0, 8.0) * seen, times, model.mean_duration)


def apparent_speed(points_camera: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Speed (T, M) of camera points (T, M, 3) across their rays, m/s: depth is too noisy to differentiate."""
    if len(times) < 3:
        return np.zeros(points_camera.shape[:2])
    velocity = np.gradient(points_camera, times, axis=0)
    ray = points_camera / np.linalg.norm(points_camera, axis=-1, keepdims=True)
    along = np.sum(velocity * ray, axis=-1, keepdims=True)
    return np.linalg.norm(velocity - along * ray, axis=-1)


def height_over_ground(heights: np.ndarray, times: np.ndarray, around: float = 0.4) -> np.ndarray:
    """Heights (T, M) over the lowest foot point within `around` seconds: right on stairs and roofs too."""
    lowest = heights.min(axis=1)
    first = np.searchsorted(times, times - around)
    last = np.searchsorted(times, times + around, side="right")
    ground = np.array([lowest[a:b].min() for a, b in zip(first, last, strict=True)])
    return heights - ground[:, None]


def _log_rayleigh(speed: np.ndarray, scale: float) -> np.ndarray:
    return np.log(np.maximum(speed, 0.02) / scale**2) - speed**2 / (2 * scale**2)


def _log_normal(value: np.ndarray, mean: float, sd: float) -> np.ndarray:
    return -np.log(sd) - (value - mean) ** 2 / (2 * sd**2)


def smooth_states(log_odds: np.ndarray, times: np.ndarray, duration: float) -> np.ndarray:
    """Forward-backward of a symmetric two-state chain; posterior (T, M) of the first state.

    Args:
        log_odds: (T, M) of the first state in each frame alone.
        times: (T,) seconds.
        duration: seconds that a state lasts on average.
    """
    change = 0.5 * (1 - np.exp(-2 * np.diff(times) / duration))
    return 1 / (1 + np.exp(-(log_odds + _from_others(log_odds, change))))


@njit(cache=True)
def _from_others(log_odds, change):  # type: ignore[no-untyped-def]
    """Log odds (T, M) in each frame by what the frames before and after it tell; loops: clips are long."""
    frames, count = log_odds.shape
    told = np.zeros((frames, count))
    for m in range(count):
        before = after = 0.0
        for t in range(1, frames):
            before = _pass(before + log_odds[t - 1, m], change[t - 1])
            told[t, m] += before
        for t in range(frames - 2, -1, -1):
            after = _pass(after + log_odds[t + 1, m], change[t])
            told[t, m] += after
    return told


@njit(cache=True, error_model="numpy")
def _pass(log_odds, change):  # type: ignore[no-untyped-def]
    """Log odds of the next state given those of this one."""
    p = 1 / (1 + np.exp(-log_odds))
    p = p * (1 - change) + (1 - p) * change
    return np.log(p / (1 - p))


def without_slides(probability: np.ndarray, positions: np.ndarray, allowed: float) -> np.ndarray:
    """Probability (T, M) without stances whose point (T, M, 3) leaves its mean by over `allowed` metres.

    What still slides after everything was done to hold it did not stand: a foot in flight, mostly.
    """
    kept = probability.copy()
    for m, first, last in stances(probability):
        place = positions[first:last, m]
        if np.linalg.norm(place - place.mean(axis=0), axis=1).max() > allowed:
            kept[first:last, m] = np.minimum(kept[first:last, m], 1 - kept[first:last, m])
    return kept


def stances(probability: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Point, first frame and frame after the last of every run with a probability over one half."""
    for m in range(probability.shape[1]):
        edges = np.flatnonzero(np.diff(np.r_[False, probability[:, m] > 0.5, False].astype(int)))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            yield m, int(first), int(last)


def stance_anchors(
    positions: np.ndarray, probability: np.ndarray, times: np.ndarray, taper: float = 0.08
) -> tuple[np.ndarray, np.ndarray]:
    """Where each stance stands: targets (T, M, 3) at its mean, and weight (T, M) from 0 to 1.

    The weight rises over `taper` seconds from both ends of a stance: heels land and toes leave gradually.
    """
    targets, weight = np.zeros_like(positions), np.zeros_like(probability)
    for m, first, last in stances(probability):
        run = slice(first, last)
        w = probability[run, m]
        targets[run, m] = np.average(positions[run, m], axis=0, weights=w)
        # a stance cut by the end of the clip does not fade there
        begin = times[first] if first > 0 else -np.inf
        end = times[last - 1] if last < len(times) else np.inf
        inside = np.minimum(times[run] - begin, end - times[run])
        weight[run, m] = w * np.clip(inside / taper, 0.15, 1.0)
    return targets, weight
