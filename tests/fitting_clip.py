"""Synthetic clips of known truth for tests of the estimator: smooth motion, a camera, exact evidence."""

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from borelli.body.kinematics import Points, forward, joint_points, landmark_points, place
from borelli.body.model import Person, body_model
from borelli.body.stature import person_of_stature
from borelli.fitting.camera_state import LEVEL, CameraState
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import Evidence, make_evidence
from borelli.fitting.normal import Normal
from borelli.fitting.state import State, border_names
from borelli.fitting.terms import Term
from borelli.fitting.terms.directions import Directions
from borelli.fitting.terms.reprojection import Reprojection
from borelli.geometry.camera import Camera
from borelli.motion.observations import Track
from borelli.perception.keypoint_sets import keypoint_set

MODEL = body_model()
TABLE = MODEL.skeleton
BORDER = border_names(MODEL.shape_size)
K = np.array([[1000.0, 0, 640], [0, 1000.0, 360], [0, 0, 1]])
LOOKING_FORWARD = np.array([[0.0, 0, 1, 0], [0, -1, 0, 1.2], [1, 0, 0, 4.0], [0, 0, 0, 1]])
"""T_camera_world 1.2 m over the floor, 4 m behind the origin, looking along +X: image left is world -Z."""

JOINTS = joint_points(MODEL)
LANDMARKS = landmark_points(MODEL)
EVERYTHING = Points(
    np.r_[JOINTS.segments, LANDMARKS.segments],
    np.r_[JOINTS.offsets, LANDMARKS.offsets],
    np.r_[JOINTS.offsets_shape, LANDMARKS.offsets_shape],
)
"""Joint centres first, then every landmark."""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Clips this short are solved faster by one thread, above all on busy machines."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


def held() -> np.ndarray:
    """(G,) bool: no shared unknown moves."""
    return np.zeros(len(BORDER), dtype=bool)


def free_to_move(*names: str) -> np.ndarray:
    """(G,) bool: shared unknowns by name."""
    assert set(names) <= set(BORDER)
    return np.array([name in names for name in BORDER])


def camera(T_camera_world: np.ndarray | None = None) -> Camera:
    """A camera of 1280 x 720 pixels without distortion."""
    return Camera(K, np.zeros(0), 1280, 720, T_camera_world)


def camera_state(
    T_camera_world: np.ndarray = LOOKING_FORWARD, unknowns: np.ndarray | None = None
) -> CameraState:
    """A camera pose plus its unknowns."""
    return CameraState(T_camera_world, np.zeros(4) if unknowns is None else unknowns)


def smooth_motion(seed: int, frames: int, swing: float = 0.25) -> np.ndarray:
    """(T, 49) slow random sines around the relaxed pose, well inside the limits; pelvis 0.95 m high."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames) / 30.0
    hinges = len(TABLE.axes)
    room = np.minimum(TABLE.upper - TABLE.neutral, TABLE.neutral - TABLE.lower)[:hinges]
    amplitude = np.clip(np.where(np.isfinite(room), room, 0.4), 0.0, 1.0) * swing
    phase, rate = rng.uniform(0, 2 * np.pi, (2, hinges))
    wave = np.sin(2 * np.pi * (0.4 + 0.05 * rate) * t[:, None] + phase)
    q = np.tile(TABLE.neutral, (frames, 1))
    q[:, :hinges] += amplitude * wave
    q[:, -3:] = [0.0, 0.95, 0.0] + 0.1 * np.sin(t[:, None] + rng.uniform(0, 6, 3))
    return q


def standing_motion(
    seed: int, frames: int, x: float = 0.0, z: float = 0.0, heading: float = 0.0
) -> np.ndarray:
    """(T, 49) like `smooth_motion`, but on planted feet: only the upper body moves, soles on y = 0."""
    q = smooth_motion(seed, frames)
    legs = [i for i, name in enumerate(TABLE.coordinate_names) if name.startswith(("hip", "knee", "ankle"))]
    legs += [i for i, name in enumerate(TABLE.coordinate_names) if name.startswith(("sub", "mtp", "pelvis"))]
    q[:, legs] = 0.0
    q[:, TABLE.coordinate("pelvis_rotation")] = heading
    q[:, -3:] = [x, 0.0, z]
    soles = landmark_points(MODEL, ("sole_heel_r", "sole_ball_r"))
    person = person_of_stature(MODEL, 1.70)
    q[:, -2] = -place(forward(MODEL, person, q), soles, MODEL, person)[..., 1].min()
    return q


def world_points(person: Person, q: np.ndarray, points: Points = EVERYTHING) -> np.ndarray:
    """(T, P, 3)."""
    return place(forward(MODEL, person, q), points, MODEL, person)


def joint_error(found: State, person: Person, q: np.ndarray) -> np.ndarray:
    """(T, J) metres in the world."""
    return np.linalg.norm(
        world_points(found.person, found.coordinates, JOINTS) - world_points(person, q, JOINTS), axis=-1
    )


def exact_terms(truth: State, sd: float = 0.002, bone_sd: float = 0.02) -> tuple[Term, ...]:
    """Exact keypoints on every joint and landmark, and the exact direction of every bone to its parent."""
    points = truth.camera.to_camera(world_points(truth.person, truth.coordinates))
    frames, count = points.shape[:2]
    ends = np.flatnonzero(TABLE.parents >= 0)
    starts = TABLE.parents[ends]
    long_enough = np.linalg.norm(points[0, ends] - points[0, starts], axis=-1) > 0.02
    starts, ends = starts[long_enough], ends[long_enough]
    bones = points[:, ends] - points[:, starts]
    directions = bones / np.linalg.norm(bones, axis=-1, keepdims=True)
    return (
        Reprojection(
            np.arange(count), truth.camera.image(points), np.tile(np.eye(2) / sd, (frames, count, 1, 1))
        ),
        Directions(starts, ends, directions, np.tile(np.eye(3) / bone_sd, (frames, len(ends), 1, 1))),
    )


@dataclass(frozen=True)
class Clip:
    """One person's true motion and what an ideal detector makes of it."""

    person: Person
    coordinates: np.ndarray
    times: np.ndarray
    track: Track


def observed(
    q: np.ndarray,
    stature: float = 1.70,
    T_camera_world: np.ndarray = LOOKING_FORWARD,
    rate: float = 30.0,
    number: int = 0,
) -> Clip:
    """Exact keypoints and hints of a person of this stature."""
    person = person_of_stature(MODEL, stature)
    kinds = keypoint_set("blazepose33")
    used, points = kinds.on_body(MODEL)
    seen = world_points(person, q, points) @ T_camera_world[:3, :3].T + T_camera_world[:3, 3]
    frames = len(q)
    keypoints = np.full((frames, len(kinds.keypoints), 3), np.nan)
    keypoints[..., 2] = 0.0
    keypoints[:, used, :2], keypoints[:, used, 2] = camera().project(seen), 0.95
    hints = np.full((frames, len(kinds.keypoints), 3), np.nan)
    hints[:, used] = _head_on(seen)
    low, high = np.nanmin(keypoints[..., :2], axis=1), np.nanmax(keypoints[..., :2], axis=1)
    track = Track(
        person=number,
        keypoints=keypoints,
        covariance=np.tile(np.eye(2), (frames, len(kinds.keypoints), 1, 1)),
        hints=hints,
        boxes=np.concatenate([low, high], axis=1),
        swapped=np.zeros(frames, dtype=bool),
    )
    return Clip(person, q, np.arange(frames) / rate, track)


def evidence_of(clip: Clip, seen_by: Camera, config: EstimatorConfig | None = None) -> Evidence:
    """The clip's track as evidence."""
    kinds = keypoint_set("blazepose33")
    return make_evidence(MODEL, clip.track, clip.times, kinds, seen_by, config or EstimatorConfig())


def level_camera_pose(height: float = 1.2, back: float = 4.0) -> np.ndarray:
    """T_camera_world of a level camera that looks along -Z from z = `back`."""
    T = LEVEL.copy()
    T[:3, 3] = [0.0, height, back]
    return T


def _head_on(seen: np.ndarray) -> np.ndarray:
    """Camera points (T, M, 3) about the mid-hip, turned so that the person's ray is the optical axis."""
    image = (seen[..., :2] / seen[..., 2:]).mean(axis=1)
    ray = np.column_stack([image, np.ones(len(image))])
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    axis = np.cross(ray, [0.0, 0, 1])
    sine = np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-12)
    turn = Rotation.from_rotvec(axis / sine * np.arcsin(sine)).as_matrix()
    kinds = keypoint_set("blazepose33")
    names = [kinds.keypoints[i] for i in kinds.on_body(MODEL)[0]]
    hips = seen[:, [names.index("left_hip"), names.index("right_hip")]].mean(axis=1, keepdims=True)
    return np.einsum("tij,tmj->tmi", turn, seen - hips)


def dense(normal: Normal) -> np.ndarray:
    """(T n + g, T n + g) the normal matrix spelled out, without damping."""
    frames, n = normal.b.shape
    size, g = frames * n, normal.D.shape[0]
    H = np.zeros((size + g, size + g))
    for distance, blocks in enumerate((normal.H0, normal.H1, normal.H2)):
        for t, block in enumerate(blocks):
            rows = slice(t * n, (t + 1) * n)
            columns = slice((t + distance) * n, (t + distance + 1) * n)
            H[columns, rows] = block.T
            H[rows, columns] = block
    H[:size, size:] = normal.C.reshape(size, g)
    H[size:, :size] = H[:size, size:].T
    H[size:, size:] = normal.D
    return H
