"""How far the forces of a performance can be true: what they leave unexplained, carry, and ask of the joints.

The first and the last frame of a clip have no acceleration of their own: figures of forces leave them out.
"""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.centre_of_mass import runs
from borelli.dynamics.rigid_body import GRAVITY

PLAUSIBLE_WALKING, PLAUSIBLE_AIRBORNE = 3.5, 5.0
"""Vertical force in body weights above which a peak is implausible, without and with flight phases."""


@dataclass(frozen=True)
class TorqueUse:
    """Of one coordinate, as a share of its strength in the direction of the torque."""

    most: float
    usual: float
    """95th percentile over frames."""


def shares_of_weight(residual: np.ndarray, mass: float, stature: float) -> tuple[np.ndarray, np.ndarray]:
    """Residual force (T,) in % of body weight and moment (T,) in % of body weight x height.

    `residual` (T, 6): force in newtons, moment in newton metres; `mass` kg, `stature` metres.
    """
    weight = mass * GRAVITY
    force, moment = np.linalg.norm(residual[:, :3], axis=1), np.linalg.norm(residual[:, 3:], axis=1)
    return 100 * force / weight, 100 * moment / (weight * stature)


def mean_vertical_force(vertical: np.ndarray, height: np.ndarray, times: np.ndarray) -> float:
    """Mean of the vertical force over the clip, less what changed the vertical momentum; truly 1.

    Over a clip that starts and ends at rest this is the plain mean. Otherwise the body may rise faster at one
    end than at the other, which a short clip shows as a mean above or below the body weight. By Newton's
    law mean(F) = m g + m (v_end - v_start) / duration; the last summand is taken out, with velocities of the
    motion in the first and the last interval between frames.

    Args:
        vertical: (T,) sum of the vertical forces in body weights.
        height: (T,) metres, of the centre of mass.
        times: (T,) seconds.

    Returns:
        Body weights; NaN for clips of fewer than three frames.
    """
    if len(times) < 3:
        return float("nan")
    speed = np.diff(height) / np.diff(times)
    lasting = (times[2:] - times[:-2]) / 2
    gained = (speed[1:] - speed[:-1]) / GRAVITY
    known = np.isfinite(gained) & np.isfinite(vertical[1:-1])
    impulse = float(np.sum((vertical[1:-1] * lasting - gained)[known]))
    duration = float(np.sum(lasting[known]))
    return impulse / duration if duration > 0 else float("nan")


def implausible_peaks(vertical: np.ndarray, airborne: bool) -> int:
    """How often the vertical force (T,), in body weights, rises above what people reach."""
    return len(runs(vertical > (PLAUSIBLE_AIRBORNE if airborne else PLAUSIBLE_WALKING)))


def torque_shares(torques: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """(T, C) torque as a share of the limit on its side; 0 for coordinates without limits.

    Args:
        torques: (T, C) N m.
        lower: (C,) negative limits, -inf for none.
        upper: (C,) positive limits, inf for none.
    """
    shares = np.where(torques < 0, torques / lower, torques / upper)
    return shares.astype(torques.dtype)


def torque_use(shares: np.ndarray, names: tuple[str, ...]) -> dict[str, TorqueUse]:
    """Per coordinate that muscles drive, the most used first, from (T, C) shares."""
    known = shares[np.isfinite(shares).all(axis=1)]
    if not len(known):
        return {}
    used = {
        name: TorqueUse(float(column.max()), float(np.quantile(column, 0.95)))
        for name, column in zip(names, known.T, strict=True)
        if column.any()
    }
    return dict(sorted(used.items(), key=lambda item: -item[1].most))
