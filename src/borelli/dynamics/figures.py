"""What can be said of a whole performance in a few numbers: the same before and after physics."""

from dataclasses import dataclass

import numpy as np

from borelli.body.model import BodyModel
from borelli.dynamics.centre_of_mass import Flight, flights
from borelli.dynamics.force_figures import (
    TorqueUse,
    implausible_peaks,
    mean_vertical_force,
    torque_use,
)
from borelli.dynamics.frame_figures import FrameFigures, foot_points
from borelli.dynamics.performance import Performance
from borelli.dynamics.rigid_body import GRAVITY
from borelli.dynamics.stance_figures import floating, slips

LOADED = 0.05
"""Body weights: a point that carries less may roll or glide unseen."""


@dataclass(frozen=True)
class Figures:
    """One clip. Lengths in millimetres, forces in body weights or % of it; None where there is none.

    Figures of forces leave out the first and the last frame, which have no acceleration of their own.
    """

    residual_force_percent: float | None
    """Root mean square over frames of the force that no contact explains, % of body weight."""
    residual_force_largest_percent: float | None
    residual_moment_percent: float | None
    """Root mean square of the unexplained moment about the pelvis joint, % of body weight x height."""
    explained_force_percent: float | None
    """As `residual_force_percent` over the frames that count as explained; None without any."""
    explained_moment_percent: float | None
    slip_mm: tuple[float, ...]
    """Per stance of a foot point: largest horizontal distance from the median of its places."""
    loaded_slip_mm: tuple[float, ...]
    """The same while the point carries at least 5 % of the body weight; empty without forces."""
    slide_mm_per_frame: float | None
    """Mean horizontal way of a foot point in contact, per thirtieth of a second."""
    penetration_mm: float | None
    """Mean over frames of the depth of the deepest point below floor or box."""
    penetration_largest_mm: float | None
    floating_mm: float | None
    """Mean height of the points in contact over what they should touch."""
    floating_largest_mm: float | None
    mean_vertical_force: float | None
    """Body weights, corrected for the change of vertical momentum between the ends of the clip; truly 1."""
    flights: tuple[Flight, ...]
    """Stretches of at least 0.1 s without contact."""
    peak_vertical_force: float | None
    """Body weights."""
    implausible_peaks: int
    """Peaks above 3.5 body weights, above 5 in clips with flights."""
    torque_use: dict[str, TorqueUse]
    """Coordinate to share of its strength, the most used first."""
    self_penetration_mm: float | None
    """Deepest overlap of two parts of the body."""
    self_penetration_parts: str
    """Which parts these are."""


def figures(model: BodyModel, performance: Performance, frames: FrameFigures) -> Figures:
    """Summary of a performance and of its frames."""
    sole = foot_points(model, performance.point_names).any(axis=0)
    points, contacts = performance.points[:, sole], performance.contacts[:, sole]
    load = performance.forces[:, sole, 1] / (performance.mass * GRAVITY)
    height = frames.centre_of_mass[:, 1]
    flown = flights(frames.airborne, height, frames.times)
    inner = slice(1, -1) if len(frames.times) > 2 else slice(None)
    believed = frames.explained[inner]
    vertical, deepest = frames.vertical_force[inner], int(np.argmax(np.nan_to_num(frames.self_penetration)))
    return Figures(
        residual_force_percent=_rms(frames.residual_force[inner]),
        residual_force_largest_percent=_largest(frames.residual_force[inner]),
        residual_moment_percent=_rms(frames.residual_moment[inner]),
        explained_force_percent=_rms(frames.residual_force[inner][believed]),
        explained_moment_percent=_rms(frames.residual_moment[inner][believed]),
        slip_mm=_slips_mm(points, contacts),
        loaded_slip_mm=_slips_mm(points, contacts & (load >= LOADED)),
        slide_mm_per_frame=_mean(1e3 * frames.slide),
        penetration_mm=_mean(1e3 * frames.penetration),
        penetration_largest_mm=_largest(1e3 * frames.penetration),
        floating_mm=_mean(1e3 * frames.floating),
        floating_largest_mm=_largest(1e3 * floating(points, contacts, performance.support[:, sole])),
        mean_vertical_force=_known(mean_vertical_force(frames.vertical_force, height, frames.times)),
        flights=tuple(flown),
        peak_vertical_force=_largest(vertical),
        implausible_peaks=implausible_peaks(vertical, bool(flown)),
        torque_use=torque_use(frames.torque_shares[inner], model.skeleton.coordinate_names),
        self_penetration_mm=_largest(1e3 * frames.self_penetration),
        self_penetration_parts=frames.touching_parts[deepest],
    )


def _slips_mm(points: np.ndarray, contacts: np.ndarray) -> tuple[float, ...]:
    return tuple(round(1e3 * float(slip), 2) for slip in slips(points, contacts))


def _rms(values: np.ndarray) -> float | None:
    mean = _mean(values**2)
    return None if mean is None else round(mean**0.5, 4)


def _mean(values: np.ndarray) -> float | None:
    finite = values[np.isfinite(values)]
    return _known(float(finite.mean())) if len(finite) else None


def _largest(values: np.ndarray) -> float | None:
    finite = values[np.isfinite(values)]
    return _known(float(finite.max())) if len(finite) else None


def _known(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
