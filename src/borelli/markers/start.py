"""Where inverse kinematics begins: size and place from the trunk, then the best of a few postures."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.body.kinematics import Points, forward, place
from borelli.body.model import BodyModel, average_person
from borelli.errors import BorelliError
from borelli.markers.frames import Rig, Stretch, solve_stretches

TRUNK = ("pelvis", "lumbar_body", "thorax", "scapula_r", "scapula_l", "head", "femur_r", "femur_l")
"""Segments whose markers hardly move against each other; of the thighs only what is near the hip."""
NEAR_HIP = 0.12
"""Metres."""
SMALLEST, LARGEST = 0.2, 1.7
"""Factors on a stature of 1.70 m that a person can have."""
POSTURES: tuple[dict[str, float], ...] = (
    {},
    {"arm_add_r": -85.0, "arm_add_l": -85.0},
    {"arm_flex_r": 120.0, "arm_flex_l": 120.0, "elbow_flex_r": 60.0, "elbow_flex_l": 60.0},
    {"hip_flexion_r": 80.0, "hip_flexion_l": 80.0, "knee_angle_r": 80.0, "knee_angle_l": 80.0},
)
"""Degrees; what is not named is relaxed: standing, T-pose, hands before the face, sitting."""


@dataclass(frozen=True)
class Placement:
    """The relaxed trunk laid into the markers of some frames."""

    scale: float
    """Factor on the body of 1.70 m, the median over the frames."""
    rotations: np.ndarray
    """(F, 3, 3) R_world_body."""
    translations: np.ndarray
    """(F, 3) metres."""


def place_trunk(model: BodyModel, points: Points, targets: np.ndarray, seen: np.ndarray) -> Placement:
    """Similarity transforms (Umeyama 1991) from the relaxed body to the markers.

    Args:
        model: the body.
        points: the markers on it.
        targets: (F, M, 3) metres.
        seen: (F, M) bool.

    Raises:
        BorelliError: no frame has three markers that fix the trunk, nobody has that size, or left is right.
    """
    person = average_person()
    relaxed = forward(model, person, model.skeleton.neutral[None])
    body = place(relaxed, points, model, person)[0]
    trunk = np.isin(points.segments, [model.skeleton.segment(name) for name in TRUNK])
    thigh = np.isin(points.segments, [model.skeleton.segment(name) for name in TRUNK[-2:]])
    trunk &= ~thigh | (np.linalg.norm(points.offsets, axis=1) < NEAR_HIP)
    found = [_similarity(body, y, use) for y, use in zip(targets, seen & trunk, strict=True)]
    if not any(fit is not None for fit in found):
        found = [_similarity(body, y, use) for y, use in zip(targets, seen, strict=True)]
    fits = [fit for fit in found if fit is not None]
    if not fits:
        raise BorelliError("no frame has three markers that fix the trunk; mark pelvis and shoulders")
    scale = float(np.median([fit[0] for fit in fits]))
    if not SMALLEST < scale < LARGEST:
        raise BorelliError(
            f"the markers belong to a person of about {1.7 * scale:.3g} m; positions must be in metres"
        )
    if np.median([fit[3] for fit in fits]) < 0:
        raise BorelliError(
            "the markers fit the mirror image of a body: left and right are exchanged or one axis is reversed"
        )
    rotations, translations, last = [], [], fits[0]
    for fit, y, use in zip(found, targets, seen, strict=True):
        last = fit or last
        rotations.append(last[1])
        middle = y[use].mean(axis=0) if fit is None and use.any() else None
        shift = last[2] if middle is None else middle - scale * last[1] @ body[use].mean(axis=0)
        translations.append(shift)
    return Placement(scale, np.array(rotations), np.array(translations))


def start_coordinates(model: BodyModel, placement: Placement) -> np.ndarray:
    """(P, F, 49): the postures, turned and shifted as the trunk is."""
    table = model.skeleton
    root = average_person(1.70 * placement.scale)
    origin = forward(model, root, table.neutral[None]).joints[0, 0] - table.neutral[-3:]
    rotation, pelvis_list, tilt = Rotation.from_matrix(placement.rotations).as_euler("YXZ").T
    result = np.tile(table.neutral, (len(POSTURES), len(rotation), 1))
    for p, posture in enumerate(POSTURES):
        for name, degrees in posture.items():
            result[p, :, table.coordinate(name)] = np.radians(degrees)
    result[..., :3] = np.stack([tilt, pelvis_list, rotation], axis=-1)
    result[..., -3:] = placement.translations + placement.rotations @ origin - origin
    return result


def best_posture(
    rig: Rig, starts: np.ndarray, targets: np.ndarray, weight: np.ndarray, robust: float, threads: int
) -> np.ndarray:
    """Coordinates (F, 49): every frame solved from every start (P, F, 49), the cheapest kept."""
    frames = len(targets)
    solved, costs = [], []
    for posture in starts:
        stretches = [Stretch(np.array([f]), posture[f]) for f in range(frames)]
        q, cost = solve_stretches(rig, targets, weight, stretches, np.inf, robust, threads, 60)
        solved.append(q)
        costs.append(cost)
    best = np.argmin(costs, axis=0)
    return np.stack(solved)[best, np.arange(frames)]


def _similarity(
    body: np.ndarray, target: np.ndarray, use: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, float] | None:
    """Scale, rotation, translation, and the determinant before a reflection was forbidden."""
    if use.sum() < 3:
        return None
    a, b = body[use], target[use]
    a0, b0 = a - a.mean(axis=0), b - b.mean(axis=0)
    U, S, Vt = np.linalg.svd(b0.T @ a0)
    if S[1] < 1e-3 * S[0] + 1e-12:
        return None
    sign = np.sign(np.linalg.det(U @ Vt))
    # three points or a flat trunk lie in a plane, whose mirror image is a rotation: no evidence of a mirror
    flat = S[2] < 0.02 * S[0]
    R = U @ np.diag([1.0, 1.0, sign]) @ Vt
    scale = float((S * [1.0, 1.0, sign]).sum() / np.sum(a0 * a0))
    return scale, R, b.mean(axis=0) - scale * R @ a.mean(axis=0), 1.0 if flat else float(sign)
