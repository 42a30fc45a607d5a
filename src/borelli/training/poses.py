"""Procedural postures over the 46 coordinates: inside the limits, correlated within limbs, not in collision.

Recordings alone hold too few postures (walks, gestures); a network trained on them alone does not see a man
with his arms stretched out on a beam.
"""

from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.mirror import mirror_coordinates
from borelli.body.model import BodyModel, Person, average_person
from borelli.body.skeleton import Skeleton
from borelli.training.collision import deepest_overlap

OVERLAP = 0.03
"""Metres that the capsules of two limbs may sink into each other: flesh gives way."""


@dataclass(frozen=True)
class PosePool:
    """Postures to draw from."""

    coordinates: np.ndarray
    """(N, 49), pelvis upright at the origin."""


def pose_pool(model: BodyModel, count: int, rng: np.random.Generator, wide: bool = True) -> PosePool:
    """So many postures free of self-collision; `wide` ones also straddle, kick sideways and lean."""
    person, kept, have = average_person(), [], 0
    while have < count:
        drawn = draw_poses(model.skeleton, 2048, rng, wide)
        free = deepest_overlap(model, person, drawn) < OVERLAP
        kept.append(drawn[free])
        have += int(free.sum())
    return PosePool(np.concatenate(kept)[:count])


def draw_poses(table: Skeleton, count: int, rng: np.random.Generator, wide: bool = True) -> np.ndarray:
    """Postures (count, 49) inside the limits; collisions are not looked at."""
    right = np.zeros((count, 49))
    left = np.zeros((count, 49))
    for side in (right, left):
        _arm(table, side, rng)
        _leg(table, side, rng)
    # squats, seats and jumps use both legs alike
    alike = rng.random(count) < 0.35
    legs = [i for i, n in enumerate(table.coordinate_names) if n.endswith("_r") and _of_leg(n)]
    for i in legs:
        left[alike, i] = right[alike, i] + rng.normal(0, np.radians(8), alike.sum())
    if wide:
        for side in (right, left):
            _straddle(table, side, rng)
    poses = right + mirror_coordinates(table, left)
    _spine(table, poses, rng, 1.5 if wide else 1.0)
    return np.clip(poses, table.lower, table.upper)


def _of_leg(name: str) -> bool:
    return name.startswith(("hip", "knee", "ankle", "subtalar", "mtp"))


def _set(table: Skeleton, q: np.ndarray, name: str, degrees: np.ndarray) -> None:
    q[:, table.coordinate(name)] = np.radians(degrees)


def _arm(table: Skeleton, q: np.ndarray, rng: np.random.Generator) -> None:
    """Upper arm anywhere in front of, beside and above the body; shoulder girdle follows its height."""
    n = len(q)
    direction = rng.normal(0, 1, (n, 3)) + np.array([0.25, -0.5, 0.45])
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    # not far across the chest or behind the back
    direction[:, 2] = np.where(direction[:, 2] < -0.45, -direction[:, 2], direction[:, 2])
    direction[:, 0] = np.where(direction[:, 0] < -0.65, -direction[:, 0], direction[:, 0])
    raised = np.degrees(np.arccos(np.clip(-direction[:, 1], -1, 1)))
    _set(table, q, "arm_flex_r", np.degrees(np.arctan2(direction[:, 0], -direction[:, 1])))
    _set(table, q, "arm_add_r", -np.degrees(np.arcsin(np.clip(direction[:, 2], -1, 1))))
    _set(table, q, "arm_rot_r", rng.normal(0, 45, n))
    _set(table, q, "scapula_elevation_r", 0.25 * np.maximum(raised - 50, 0) + rng.normal(0, 5, n))
    _set(table, q, "scapula_abduction_r", 15 * direction[:, 0] + rng.normal(0, 6, n))
    _set(table, q, "scapula_upward_rot_r", 0.15 * np.maximum(raised - 30, 0) + rng.normal(0, 4, n))
    straight = rng.random(n) < 0.3
    _set(table, q, "elbow_flex_r", np.where(straight, np.abs(rng.normal(0, 15, n)), rng.uniform(0, 145, n)))
    _set(table, q, "pro_sup_r", rng.normal(0, 40, n))
    _set(table, q, "wrist_flex_r", rng.normal(0, 20, n))
    _set(table, q, "wrist_dev_r", rng.normal(5, 10, n))


def _leg(table: Skeleton, q: np.ndarray, rng: np.random.Generator) -> None:
    """Knees bend with hips, more or less; deep hip flexion opens and turns the thigh."""
    n = len(q)
    flexion = np.where(rng.random(n) < 0.45, rng.normal(10, 20, n), rng.uniform(-25, 120, n))
    deep = np.clip(flexion / 90, 0, 1)
    _set(table, q, "hip_flexion_r", flexion)
    _set(table, q, "hip_adduction_r", rng.normal(-6, 10, n) - 10 * deep * rng.random(n))
    _set(table, q, "hip_rotation_r", rng.normal(0, 14, n) * (1 + deep))
    bent = np.clip(flexion, 0, 120) * rng.uniform(0, 2, n) + rng.normal(10, 15, n)
    anyhow = rng.uniform(0, 150, n)
    draw = rng.random(n)
    knee = np.where(draw < 0.3, np.abs(rng.normal(0, 14, n)), np.where(draw < 0.75, bent, anyhow))
    _set(table, q, "knee_angle_r", knee)
    _set(table, q, "ankle_angle_r", rng.normal(0, 15, n) + 8 * (knee > 60))
    _set(table, q, "subtalar_angle_r", rng.normal(0, 8, n))
    _set(table, q, "mtp_angle_r", -np.abs(rng.normal(0, 14, n)))


def _straddle(table: Skeleton, q: np.ndarray, rng: np.random.Generator) -> None:
    """A third of the legs anywhere between far out and across the other."""
    n = len(q)
    some = rng.random(n) < 0.33
    for name, low, high in (("hip_adduction_r", -50, 22), ("hip_rotation_r", -40, 35)):
        q[some, table.coordinate(name)] = np.radians(rng.uniform(low, high, n))[some]


def _spine(table: Skeleton, q: np.ndarray, rng: np.random.Generator, extent: float) -> None:
    """Lumbar spine and thorax bend together."""
    n = len(q)
    for motion, mean, sd in (("extension", -6, 14), ("bending", 0, 9), ("rotation", 0, 9)):
        common = rng.normal(mean, extent * sd, n)
        for part in ("lumbar", "thorax"):
            _set(table, q, f"{part}_{motion}", common + rng.normal(0, 4, n))
    for motion, sd in (("extension", 18), ("bending", 10), ("rotation", 25)):
        _set(table, q, f"head_{motion}", rng.normal(0, sd, n))


def balancing_turn(model: BodyModel, person: Person, coordinates: np.ndarray) -> np.ndarray:
    """R (3, 3) that turns an upright-pelvis motion (T, 49) so that its middle stands over its lower feet."""
    upright = coordinates.copy()
    upright[:, :3], upright[:, -3:] = 0.0, 0.0
    pose = forward(model, person, upright)
    feet = place(pose, landmark_points(model, ("sole_ball_r", "sole_ball_l")), model, person)
    lower = np.exp(-(feet[..., 1] - feet[..., 1].min(axis=1, keepdims=True)) / 0.05)[..., None]
    support = ((feet * lower).sum(axis=1) / lower.sum(axis=1)).mean(axis=0)
    over = pose.joints.mean(axis=(0, 1)) - support
    over /= np.linalg.norm(over)
    axis = np.cross(over, [0.0, 1.0, 0.0])
    K = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + K + K @ K / max(1 + over[1], 0.1)
