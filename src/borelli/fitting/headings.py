"""A start without 3D cues: a relaxed body turned to the heading and lean that explain the trunk best.

Left and right hips, shoulders and the face tell front from back; the path over time is the cheapest one
that does not jump (Viterbi over a ring of headings).
"""

from dataclasses import replace

import numpy as np

from borelli.body.model import BodyModel, Person
from borelli.fitting.camera_state import CameraState
from borelli.fitting.evidence import Evidence
from borelli.fitting.start import placed
from borelli.fitting.state import State, View

HEADINGS = 16
LEANS = (-0.6, 0.0, 0.6)
"""Radians: sideways and forward leans of the trunk that are tried."""
LEAN_COST = 0.002
"""Square metres per radian: an upright trunk needs no explanation."""
TURN_COST = 0.002
"""Square metres of misfit that a step to the neighbouring heading between two frames must save."""


def start_from_keypoints(model: BodyModel, evidence: Evidence, person: Person, camera: CameraState) -> State:
    """A relaxed standing body in every frame, placed on the keypoints and turned to the best heading."""
    table = model.skeleton
    turn, roll, pitch = (table.coordinate(f"pelvis_{n}") for n in ("rotation", "list", "tilt"))
    trunk = _trunk_only(evidence)
    costs = np.full((evidence.frames, HEADINGS), np.inf)
    starts = np.zeros((HEADINGS, evidence.frames, len(table.coordinate_names)))
    for heading in range(HEADINGS):
        for lean in LEANS:
            for bow in LEANS:
                q = np.tile(table.neutral, (evidence.frames, 1))
                q[:, turn], q[:, roll], q[:, pitch] = heading * 2 * np.pi / HEADINGS, lean, bow
                state = placed(model, trunk, State(q, person, camera))
                misfit = _misfit(model, trunk, state) + LEAN_COST * (abs(lean) + abs(bow))
                better = misfit < costs[:, heading]
                costs[better, heading] = misfit[better]
                starts[heading, better] = state.coordinates[better]
    path = _cheapest_path(costs)
    coordinates = starts[path, np.arange(evidence.frames)]
    coordinates[:, turn] = np.unwrap(coordinates[:, turn])
    return State(coordinates, person, camera)


def _trunk_only(evidence: Evidence) -> Evidence:
    """The same evidence without the limbs, whose posture is not known yet."""
    keep = np.array([n.endswith(("hip", "shoulder", "ear", "eye", "nose", "neck")) for n in evidence.names])
    return replace(evidence, confidence=evidence.confidence * keep)


def _misfit(model: BodyModel, evidence: Evidence, state: State) -> np.ndarray:
    """(T,) mean squared distance to the keypoints, square metres on the body."""
    view = View(model, evidence.points, state)
    metres = (state.camera.image(view.camera) - evidence.image) * view.camera[..., 2:]
    squared = np.minimum(np.sum(metres**2, axis=-1), 0.25)
    weight = evidence.confidence
    return np.sum(weight * squared, axis=1) / np.maximum(np.sum(weight, axis=1), 1e-9)


def _cheapest_path(costs: np.ndarray) -> np.ndarray:
    """Indices (T,) of the cheapest path through costs (T, H) on a ring, steps costing by their size."""
    frames, count = costs.shape
    step = np.abs(np.arange(count)[:, None] - np.arange(count)[None])
    turn = TURN_COST * np.minimum(step, count - step)
    best, came = costs[0], np.zeros((frames, count), dtype=np.int64)
    for t in range(1, frames):
        total = best[None, :] + turn
        came[t] = np.argmin(total, axis=1)
        best = total[np.arange(count), came[t]] + costs[t]
    path = np.zeros(frames, dtype=np.int64)
    path[-1] = int(np.argmin(best))
    for t in range(frames - 1, 0, -1):
        path[t - 1] = came[t, path[t]]
    return path
