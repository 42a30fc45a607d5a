"""Whole-clip dynamics on real video: what its certificates say of feet, weight, flight and picture."""

from collections.abc import Sequence

import numpy as np

from borelli.dynamics.certificate import Certificate
from borelli.dynamics.figures import Figures
from borelli.dynamics.rigid_body import GRAVITY
from borelli.evaluation.benchmark.clips import VIEWS, balance, predict, street
from borelli.evaluation.benchmark.rows import Row, Setting, skipped

GROUP = "dynamics, real video"


def measure(setting: Setting) -> list[Row]:
    """Rows of the balance views and of both people of the street clip."""
    rows: list[Row] = []
    for recording in (*(balance(setting, view) for view in VIEWS), street(setting)):
        name = recording.video.stem
        if setting.quick or not recording.video.is_file():
            rows.append(skipped(GROUP, name, "--quick, or the recording is absent"))
            continue
        found = predict(recording, setting.work)
        for motion, physical in zip(found.motions, found.physical, strict=True):
            rows += person_rows(f"{name}, person {motion.person}", physical.certified.certificate)
    return rows


def person_rows(name: str, certificate: Certificate) -> list[Row]:
    """Rows of one person."""
    after = certificate.after
    if after is None:
        return [skipped(GROUP, name, f"physics was not applied: {certificate.reason}")]
    carried = after.mean_vertical_force
    return [
        *_feet(name, after),
        Row(GROUP, f"{name}: residual force", "% BW", after.residual_force_percent),
        Row(GROUP, f"{name}: mean vertical force", "BW", carried, at_most=1.03, at_least=0.97),
        Row(GROUP, f"{name}: peak vertical force", "BW", after.peak_vertical_force),
        *_flight(name, after),
        *_picture(name, certificate),
        Row(GROUP, f"{name}: seconds without explanation", "s", _seconds(certificate.unexplained)),
    ]


def _feet(name: str, after: Figures) -> list[Row]:
    if not after.slip_mm:
        return [skipped(GROUP, f"{name}: slip per stance", "nobody stands")]
    loaded = float(np.median(after.loaded_slip_mm)) if after.loaded_slip_mm else None
    return [
        Row(GROUP, f"{name}: slip per stance, median", "mm", float(np.median(after.slip_mm)), at_most=5.0),
        Row(GROUP, f"{name}: slip per stance, largest", "mm", max(after.slip_mm)),
        Row(GROUP, f"{name}: slip while carrying 5 % BW, median", "mm", loaded, at_most=5.0),
        Row(GROUP, f"{name}: foot slide per 1/30 s", "mm", after.slide_mm_per_frame, at_most=4.6),
        Row(GROUP, f"{name}: penetration, mean", "mm", after.penetration_mm, at_most=3.0),
    ]


def _flight(name: str, after: Figures) -> list[Row]:
    longest = max(after.flights, key=lambda flight: flight.end - flight.start, default=None)
    if longest is None:
        return []
    note = f"{longest.start:.2f} to {longest.end:.2f} s"
    low, high = -1.1 * GRAVITY, -0.9 * GRAVITY
    label = f"{name}: acceleration in the longest flight"
    return [Row(GROUP, label, "m/s2", longest.acceleration, at_least=low, at_most=high, note=note)]


def _picture(name: str, certificate: Certificate) -> list[Row]:
    if certificate.reprojection_mm is None:
        return []
    before, after = certificate.reprojection_mm
    note = f"{before:.1f} mm before, {after:.1f} mm after"
    change = 100 * (after / before - 1)
    return [Row(GROUP, f"{name}: change of reprojection error", "%", change, at_most=5.0, note=note)]


def _seconds(stretches: Sequence[tuple[float, float]]) -> float:
    return float(sum(end - start for start, end in stretches))
