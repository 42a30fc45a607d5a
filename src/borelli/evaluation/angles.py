"""Errors of joint angles against a reference, as the biomechanics of video reports them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class AngleErrors:
    """One number per coordinate (C,), in the unit of the angles, `velocity_rmse` per second."""

    rmse: np.ndarray
    mae: np.ndarray
    bias: np.ndarray
    """Mean of prediction minus truth."""
    rmse_without_bias: np.ndarray
    range_error: np.ndarray
    """Range of motion of the prediction minus that of the truth."""
    velocity_rmse: np.ndarray


def angle_errors(prediction: np.ndarray, truth: np.ndarray, times: np.ndarray) -> AngleErrors:
    """Errors of angles (T, C) in radians at times (T,); whole turns of difference do not count.

    Two careful marker analyses of one person differ by a constant 4-5 degrees at hip and knee, hence
    the columns without bias. Frames missing in either set do not count; a coordinate with none is NaN.
    """
    difference = _wrap(prediction - truth)
    bias = _mean(difference)
    present = np.isfinite(difference)
    rate = np.diff(difference, axis=0) / np.diff(times)[:, None]
    return AngleErrors(
        rmse=np.sqrt(_mean(difference**2)),
        mae=_mean(np.abs(difference)),
        bias=bias,
        rmse_without_bias=np.sqrt(_mean((difference - bias) ** 2)),
        range_error=_range(prediction, present) - _range(truth, present),
        velocity_rmse=np.sqrt(_mean(rate**2)),
    )


def best_shift(prediction: np.ndarray, truth: np.ndarray, limit: int = 40) -> int:
    """Frames by which the prediction (T, C) lags the truth (T, C): least mean absolute difference.

    A positive result s compares prediction[s:] with truth[:-s]. The limit of +-40 samples is that
    of OpenCapBench (WACV 2025), which takes both knees as the columns.
    """
    costs = {}
    for s in range(-limit, limit + 1):
        a, b = prediction[max(s, 0) :], truth[max(-s, 0) :]
        count = min(len(a), len(b))
        # A shift that leaves less than half of the clip proves nothing.
        if 2 * count >= len(truth):
            costs[s] = float(np.mean(_mean(np.abs(_wrap(a[:count] - b[:count])))))
    return min(costs, key=lambda s: (costs[s], abs(s)))


def flexion(proximal: np.ndarray, joint: np.ndarray, distal: np.ndarray) -> np.ndarray:
    """Angle (T,) in radians between the two segments that meet at a joint (T, 3): 0 when they are in line."""
    upper, lower = joint - proximal, distal - joint
    cross = np.linalg.norm(np.cross(upper, lower), axis=-1)
    return np.arctan2(cross, np.sum(upper * lower, axis=-1))


def _wrap(angles: np.ndarray) -> np.ndarray:
    return (angles + np.pi) % (2.0 * np.pi) - np.pi


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over time of the finite entries; NaN for a column without any."""
    present = np.isfinite(values)
    count = present.sum(axis=0)
    total = np.where(present, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _range(values: np.ndarray, present: np.ndarray) -> np.ndarray:
    high = np.where(present, values, -np.inf).max(axis=0, initial=-np.inf)
    low = np.where(present, values, np.inf).min(axis=0, initial=np.inf)
    return np.where(present.any(axis=0), high - low, np.nan)
