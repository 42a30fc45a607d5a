"""Shear forces, centres of pressure and joint moments predicted from markers against measured ones."""

from pathlib import Path

import numpy as np

from borelli.body.skeleton import skeleton
from borelli.dynamics.performance import Performance
from borelli.evaluation.benchmark.rows import Row
from borelli.export.forces import FEET, foot_points, pushed
from borelli.formats.external_loads import ExternalLoads, read_loads
from borelli.pipeline.inverse_dynamics import inverse_dynamics

GROUP = "ground forces from markers alone, beyond the target"
MOMENTS = ("ankle_angle", "knee_angle", "hip_flexion")
LOADED = 0.2
"""Body weights on a foot from which its centre of pressure is compared."""
ENDS = 3
"""Frames at both ends of the prediction whose moments are not compared."""


def shear_rows(name: str, performance: Performance, plates: Path, seen: np.ndarray) -> list[Row]:
    """Fore-aft force and centre of pressure of the worse foot, in the frames `seen` (T,) bool."""
    measured, feet = read_loads(plates), foot_points(performance)
    weight, at = performance.mass * 9.81, measured.at(performance.times)
    shear, correlation, centre = [], [], []
    for side in FEET:
        wrench = at[:, _foot(measured, side)]
        ours = pushed(performance, feet == side)
        a, b = ours.force[seen, 0] / weight, wrench[seen, 3] / weight
        shear.append(100 * np.sqrt(np.mean((a - b) ** 2)))
        correlation.append(np.corrcoef(a, b)[0, 1])
        both = seen & (wrench[:, 4] > LOADED * weight) & (ours.force[:, 1] > LOADED * weight)
        # on the plate, y = 0, where the moment about z is x times the vertical force
        centre.append(1e3 * (ours.centre[both, 0] - wrench[both, 2] / wrench[both, 4]))
    worse = int(np.argmax([np.abs(c.mean()) for c in centre]))
    bias, spread = centre[worse].mean(), centre[worse].std()
    note = f"worse foot: {bias:+.0f} mm on average, {spread:.0f} mm around that; mm ahead of the measured one"
    along = float(np.sqrt(bias**2 + spread**2))
    return [
        Row(GROUP, f"{name}, fore-aft force, RMSE, worse foot", "% BW", float(max(shear))),
        Row(GROUP, f"{name}, fore-aft force, correlation, worse foot", "", float(min(correlation))),
        Row(GROUP, f"{name}, centre of pressure along the walk, RMS", "mm", along, note=note),
    ]


def _foot(loads: ExternalLoads, side: str) -> int:
    return loads.bodies.index(f"calcn_{side}")


def moment_rows(
    name: str, performance: Performance, files: tuple[Path, Path, Path], knee: float
) -> list[Row]:
    """Flexion moments of both legs against inverse dynamics with the plates.

    Args:
        name: of the trial.
        performance: predicted.
        files: model, motion and forces of the laboratory.
        knee: sign of that model's knee angle; ours is positive in flexion.
    """
    found = inverse_dynamics(*files, 6.0)
    times = performance.times
    shared = (found.times >= times[ENDS]) & (found.times <= times[-1 - ENDS])
    rows = []
    for moment in MOMENTS:
        errors, shares, alike = [], [], []
        for coordinate in (f"{moment}_{side}" for side in "rl"):
            sign = knee if moment == "knee_angle" else 1.0
            truth = sign * found.values[shared, found.model.coordinate_names.index(coordinate)]
            column = performance.torques[:, skeleton().coordinate(coordinate)]
            ours = np.interp(found.times[shared], times, column)
            errors.append(float(np.sqrt(np.mean((ours - truth) ** 2))))
            shares.append(100 * errors[-1] / np.ptp(truth))
            alike.append(np.corrcoef(ours, truth)[0, 1])
        note = f"worse side: {max(shares):.0f} % of the range, correlation {min(alike):.2f}"
        rows.append(Row(GROUP, f"{name}, {moment} moment, RMSE", "N m", max(errors), note=note))
    return rows
