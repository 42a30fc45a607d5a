"""Where the estimator starts: the body bent to the 3D hints, then pushed along the rays to its depth."""

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.body.kinematics import forward, place
from borelli.body.model import BodyModel, Person
from borelli.fitting.camera_state import CameraState
from borelli.fitting.evidence import Evidence
from borelli.fitting.solver import Problem, SolverConfig, solve
from borelli.fitting.state import State, border_names
from borelli.fitting.terms import Term
from borelli.fitting.terms.positions import Positions

HINT_SD = 0.05
"""Metres: per-point error of the hints while the body is bent to them."""


def start_from_hints(
    model: BodyModel, evidence: Evidence, person: Person, camera: CameraState, regular: tuple[Term, ...]
) -> State:
    """A state whose posture follows the hints and whose place follows the image.

    `regular` are the terms that keep a posture sane: limits, rest pose, smoothness.
    """
    hints = evidence.hints
    assert hints is not None
    R_world_camera = camera.T_camera_world()[:3, :3].T
    targets = hints @ R_world_camera.T
    known = np.isfinite(targets).all(axis=-1) & (evidence.confidence > 0)
    targets = np.where(known[..., None], targets, 0.0)
    coordinates = _standing(model, evidence, targets, known)
    weight = np.where(known, np.sqrt(evidence.confidence), 0.0) / (HINT_SD * person.scale) / evidence.spread
    centred = Positions(np.arange(len(evidence.names)), targets, weight, robust=3.0)
    free = np.zeros(len(border_names(model.shape_size)), dtype=bool)
    problem = Problem(model, evidence.points, (centred, *regular), free)
    state = State(coordinates, person, camera)
    found = solve([problem], [state], SolverConfig(iterations=20, tolerance=1e-2)).states[0]
    return placed(model, evidence, found)


def placed(model: BodyModel, evidence: Evidence, state: State) -> State:
    """The same posture, moved in every frame to where the keypoints are (linear least squares)."""
    q = state.coordinates.copy()
    q[:, -3:] = 0.0
    body = place(forward(model, state.person, q), evidence.points, model, state.person)
    T = state.camera.T_camera_world()
    body = body @ T[:3, :3].T
    translation = _translations(body, evidence.image / np.exp(state.camera.unknowns[0]), evidence.confidence)
    q[:, -3:] = (_bridge(translation, evidence.times) - T[:3, 3]) @ T[:3, :3]
    return State(q, state.person, state.camera)


def _translations(body: np.ndarray, image: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Camera translations (T, 3) with x + tx = u (z + tz) for all points; NaN below 4 sure points."""
    frames, count = confidence.shape
    A = np.zeros((frames, count, 2, 3))
    A[..., 0, 0] = A[..., 1, 1] = 1.0
    A[..., 2] = -image
    rhs = image * body[..., 2:] - body[..., :2]
    w = confidence[..., None]
    A, rhs = (A * w[..., None]).reshape(frames, -1, 3), (rhs * w).reshape(frames, -1, 1)
    At = A.transpose(0, 2, 1)
    found = np.linalg.solve(At @ A + 1e-9 * np.eye(3), At @ rhs)[..., 0]
    sure = confidence > 0.1 * confidence.max()
    found[(sure.sum(axis=1) < 4) | (found[:, 2] < 0.3)] = np.nan
    return found


def _bridge(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Fill NaN rows linearly, and take single outliers back to the median of their neighbours."""
    good = np.isfinite(values).all(axis=1)
    if not good.any():
        return np.tile([0.0, 0.0, 5.0], (len(values), 1))
    filled = np.stack(
        [np.interp(times, times[good], values[good, k]) for k in range(values.shape[1])], axis=1
    )
    half = min(4, (len(filled) - 1) // 2)
    padded = np.pad(filled, ((half, half), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0)
    return np.median(windows, axis=-1)


def _standing(model: BodyModel, evidence: Evidence, targets: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Relaxed posture turned to the trunk of the hints, pelvis at their hips: (T, 49)."""
    frames = len(targets)
    coordinates = np.tile(model.skeleton.neutral, (frames, 1))
    index = evidence.indices("left_hip", "right_hip", "left_shoulder", "right_shoulder")
    if index is None:
        return coordinates
    corner = targets[:, index]
    usable = known[:, index].all(axis=1)
    right = corner[:, 1] - corner[:, 0] + 0.5 * (corner[:, 3] - corner[:, 2])
    up = corner[:, 2:].mean(axis=1) - corner[:, :2].mean(axis=1)
    usable &= (np.linalg.norm(right, axis=1) > 1e-3) & (np.linalg.norm(up, axis=1) > 1e-3)
    if not usable.any():
        return coordinates
    angles = np.zeros((frames, 3))
    angles[usable] = trunk_angles(right[usable], up[usable])
    coordinates[:, :3] = _bridge(np.where(usable[:, None], _unwrap(angles, usable), np.nan), evidence.times)
    coordinates[:, -3:] = corner[:, :2].mean(axis=1)
    return coordinates


def trunk_angles(right: np.ndarray, up: np.ndarray) -> np.ndarray:
    """pelvis_tilt, pelvis_list, pelvis_rotation (T, 3) of a trunk with these axes (T, 3 each, world)."""
    z = right / np.linalg.norm(right, axis=-1, keepdims=True)
    y = up - np.sum(up * z, axis=-1, keepdims=True) * z
    y /= np.linalg.norm(y, axis=-1, keepdims=True)
    R_world_pelvis = np.stack([np.cross(y, z), y, z], axis=-1)
    rotation, pelvis_list, tilt = Rotation.from_matrix(R_world_pelvis).as_euler("YXZ").T
    return np.stack([tilt, pelvis_list, rotation], axis=-1)


def _unwrap(angles: np.ndarray, usable: np.ndarray) -> np.ndarray:
    result = angles.copy()
    result[usable] = np.unwrap(angles[usable], axis=0)
    return result
