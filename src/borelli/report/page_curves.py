"""What the plots of the report page show of one person: joint angles, contacts, forces."""

from typing import Any

import numpy as np

from borelli.body.model import BodyModel
from borelli.body.skeleton import Skeleton
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.rigid_body import GRAVITY
from borelli.export.forces import FEET, foot_points, pushed
from borelli.export.tables import coordinate_definitions
from borelli.formats.storage import is_translation
from borelli.motion.motion import Motion
from borelli.pipeline.files import performance_of
from borelli.report.page_arrays import ArrayStream, Ref
from borelli.report.page_time import PageTime
from borelli.report.plain_names import plain_name

DEGREE_STEP, METRE_STEP, NEWTON_STEP, BODY_WEIGHT_STEP = 0.02, 2e-4, 0.5, 1e-3
SIDE_NAMES = {"r": "right", "l": "left"}
PROBABILITY_UNITS = 255


def coordinate_entries(table: Skeleton) -> list[dict[str, Any]]:
    """Name, meaning, joint, side, unit and limits of each coordinate."""
    meanings, entries = coordinate_definitions(), []
    for index, name in enumerate(table.coordinate_names):
        stem = name.removesuffix("_r").removesuffix("_l")
        definition, positive = meanings[stem]
        joint = _joint(table, index)
        entries.append(
            {
                "name": name,
                "label": plain_name(stem),
                "group": plain_name(joint),
                "joint": joint.replace("_", " "),
                "side": name[-1] if name != stem else "c",
                "unit": "m" if is_translation(name) else "deg",
                "lower": _limit(table.lower[index]),
                "upper": _limit(table.upper[index]),
                "definition": definition,
                "positive": positive,
            }
        )
    return entries


def curve_entries(stream: ArrayStream, model: BodyModel, motion: Motion, time: PageTime) -> dict[str, Any]:
    """Coordinates with their uncertainty, flags of frames, contacts and forces of one person."""
    own, sigma = motion.time, motion.coordinate_sigma
    factor = np.array([1.0 if is_translation(n) else 180.0 / np.pi for n in motion.coordinate_names])
    explained = motion.explained
    return {
        "present": stream.plain(time.present(own), "u1"),
        "valid": stream.plain(time.flags(own, motion.valid), "u1"),
        "explained": None if explained is None else stream.plain(time.flags(own, explained), "u1"),
        "values": stream.stepped(_shown(motion, time) * factor, DEGREE_STEP),
        "value_sigma": None if sigma is None else stream.stepped(time.held(own, sigma) * factor, DEGREE_STEP),
        "weight": motion.mass * GRAVITY,
        **_contact_entries(stream, motion, time),
        **_force_entries(stream, model, motion, time),
    }


def _shown(motion: Motion, time: PageTime) -> np.ndarray:
    """(T, 49) radians without jumps of whole turns; NaN where the person is not there."""
    values = time.held(motion.time, motion.coordinates).astype(np.float64)
    turning = np.array([not is_translation(name) for name in motion.coordinate_names])
    values[:, turning] = np.unwrap(values[:, turning], axis=0)
    values[~time.present(motion.time)] = np.nan
    return values


def _contact_entries(stream: ArrayStream, motion: Motion, time: PageTime) -> dict[str, Any]:
    """Points that ever touch."""
    kept = np.flatnonzero((motion.contacts > 0.5).any(axis=0))
    held = time.held(motion.time, motion.contacts[:, kept]) * time.present(motion.time)[:, None]
    raw = stream.plain(np.round(np.nan_to_num(held) * PROBABILITY_UNITS), "u1")
    return {
        "contact_names": [motion.contact_names[i] for i in kept],
        "contact": raw | {"scale": 1.0 / PROBABILITY_UNITS, "offset": 0.0},
        "contact_at": stream.stepped(time.held(motion.time, motion.contact_places[:, kept]), METRE_STEP),
    }


def _force_entries(stream: ArrayStream, model: BodyModel, motion: Motion, time: PageTime) -> dict[str, Any]:
    """One force per foot and per other part that pushes, at its centre of pressure."""
    performance = performance_of(motion)
    if performance is None:
        return {"force_names": [], "force": None, "force_at": None, "foot_force": None}
    sides, known = foot_points(performance), contact_points(model)
    segments = known.points.segments[[known.names.index(name) for name in performance.point_names]]
    groups = {f"{SIDE_NAMES[side]} foot": sides == side for side in FEET}
    for j in np.unique(segments[sides == ""]):
        own = (segments == j) & (sides == "")
        if np.any(performance.forces[:, own]):
            groups[model.skeleton.segment_names[j].replace("_", " ")] = own
    found = [pushed(performance, chosen) for chosen in groups.values()]
    there = time.present(motion.time)[:, None, None]
    force = time.held(motion.time, np.stack([one.force for one in found], axis=1)) * there
    place = time.held(motion.time, np.stack([one.centre for one in found], axis=1))
    vertical = force[..., 1] / (motion.mass * GRAVITY)
    feet: dict[str, Ref] = {
        SIDE_NAMES[side]: stream.stepped(vertical[:, i], BODY_WEIGHT_STEP) for i, side in enumerate(FEET)
    }
    return {
        "force_names": list(groups),
        "force": stream.stepped(force, NEWTON_STEP),
        "force_at": stream.stepped(place, METRE_STEP),
        "foot_force": feet,
    }


def _joint(table: Skeleton, index: int) -> str:
    """Name of the joint without its side."""
    if is_translation(table.coordinate_names[index]):
        return "ground_pelvis"
    joint = table.joint_names[table.hinge_segment[index]]
    return joint.removesuffix("_r").removesuffix("_l")


def _limit(radians: float) -> float | None:
    return round(float(np.degrees(radians)), 2) if np.isfinite(radians) else None
