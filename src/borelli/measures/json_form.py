"""Measures as JSON: every number with its unit, uncertainty, definition and source."""

from typing import Any

import numpy as np

from borelli.measures.measure import LEFT, RIGHT, Measure, asymmetry_percent, definitions
from borelli.measures.report import Measured
from borelli.motion.motion import Motion

FORMAT = "borelli-measures-1"


def measures_json(motion: Motion, measured: Measured, filter_note: str | None) -> dict[str, Any]:
    """Content of the file; numbers that do not exist are null."""
    return {
        "format": FORMAT,
        "video": motion.video,
        "person": motion.person,
        "frames": len(motion.time),
        "valid_frames": int(motion.valid.sum()),
        "filter": filter_note or "none",
        "events_from": measured.events_from,
        "notes": list(measured.notes),
        "measures": [_measure(item) for item in measured.measures],
        "asymmetry_percent": asymmetries(measured),
        "events": _events(measured),
        "flights": [
            {"take_off_s": j.start, "landing_s": j.end, "rise_m": j.rise, "fall_m_s2": j.fall}
            for j in measured.jumps
        ],
        "centre_of_mass": {
            "time_s": measured.time.tolist(),
            "world_m": [[_number(v) for v in row] for row in measured.centre_of_mass],
        },
    }


def asymmetries(measured: Measured) -> dict[str, float]:
    """Right against left, % of their mean, for every number that has sides; positive: right is larger."""
    value = {(item.name, item.side): item.value for item in measured.measures}
    both = [name for name, side in value if side == RIGHT and (name, LEFT) in value]
    found = {name: asymmetry_percent(value[name, RIGHT], value[name, LEFT]) for name in both}
    return {name: percent for name, percent in found.items() if percent is not None}


def _measure(item: Measure) -> dict[str, Any]:
    meaning = definitions()[item.name]
    row: dict[str, Any] = {
        "group": meaning.group,
        "name": item.name,
        "side": item.side or None,
        "value": item.value,
        "unit": meaning.unit or None,
        "uncertainty": item.uncertainty,
        "spread": item.spread,
        "count": item.count,
    }
    if item.lowest is not None:
        row |= {"lowest": item.lowest, "highest": item.highest}
    return row | {"definition": meaning.definition, "source": meaning.source}


def _events(measured: Measured) -> list[dict[str, Any]]:
    """Heel strikes and toe-offs in order of time."""
    events: list[dict[str, Any]] = []
    for stance in measured.stances:
        heel = [_number(v) for v in stance.place]
        if stance.strike_seen:
            strike = {"time_s": stance.start, "side": stance.side, "event": "heel strike"}
            events.append(strike | {"heel_m": None if None in heel else heel})
        if stance.off_seen:
            events.append({"time_s": stance.end, "side": stance.side, "event": "toe-off"})
    return sorted(events, key=lambda event: event["time_s"])


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
