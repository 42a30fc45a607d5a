"""Procedural motion: smooth random movement of every hinge inside its limits, feet on the floor.

Four kinds: steps on the spot that carry the body forward because the standing foot holds, squats with both
feet planted, free movement of all limbs, and going from one random posture to the next. The path of the
pelvis follows from the feet.
"""

import numpy as np

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import BodyModel, Person, average_person
from borelli.body.skeleton import Skeleton
from borelli.training.collision import deepest_overlap
from borelli.training.poses import draw_poses

SOLES = tuple(
    f"sole_{part}_{side}" for side in "rl" for part in ("heel", "metatarsal_1", "metatarsal_5", "toe")
)
GRIP = 0.004
"""Metres: points of the soles within about this height of the lowest hold the ground."""
HOLD_S, DRAWN_PER_KEY = 1.2, 8
"""Seconds between random postures, and how many are drawn for each."""
SPREAD_DEG = {
    "hip_flexion": 14.0,
    "hip_adduction": 6.0,
    "hip_rotation": 8.0,
    "knee_angle": 14.0,
    "ankle_angle": 6.0,
    "subtalar_angle": 4.0,
    "mtp_angle": 5.0,
    "lumbar": 5.0,
    "thorax": 8.0,
    "head": 12.0,
    "scapula": 5.0,
    "arm_flex": 35.0,
    "arm_add": 28.0,
    "arm_rot": 25.0,
    "elbow_flex": 35.0,
    "pro_sup": 30.0,
    "wrist": 12.0,
    "pelvis_tilt": 5.0,
    "pelvis_list": 3.0,
    "pelvis_rotation": 8.0,
}
"""Standard deviation of each kind of hinge in free movement; chosen by eye."""
LEG_SHARE = {"free": 0.7, "walk": 0.15, "squat": 0.1}
"""How much of that spread the legs keep in each kind of motion."""


def random_motion(
    model: BodyModel, person: Person, times: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Coordinates (T, 49) at times (T,) seconds; the lowest point of the soles is on the floor throughout."""
    table, kind = (
        model.skeleton,
        str(rng.choice(["free", "posed", "walk", "squat"], p=[0.25, 0.25, 0.3, 0.2])),
    )
    if kind == "posed":
        return grounded(model, person, _turned(table, _between_postures(model, times, rng), rng))
    change = np.stack([_spread(name, kind) * _wander(times, rng) for name in table.coordinate_names], axis=1)
    if kind == "walk":
        change += _steps(table, times, rng)
    elif kind == "squat":
        change += _squats(table, times, rng)
    q = table.neutral + change
    room = np.where(change > 0, table.upper, table.lower) - table.neutral
    limited = np.isfinite(room) & (room != 0)
    scale = np.where(limited, room, 1.0)
    # a hinge at the edge of its range slows down smoothly instead of stopping
    q = np.where(limited, table.neutral + scale * np.tanh(change / scale), q)
    return grounded(model, person, _turned(table, np.clip(q, table.lower, table.upper), rng))


def grounded(model: BodyModel, person: Person, coordinates: np.ndarray) -> np.ndarray:
    """The same angles (T, 49) with the soles on the floor y = 0 and their lowest points not sliding."""
    soles = place(forward(model, person, coordinates), landmark_points(model, SOLES), model, person)
    soles = soles - coordinates[:, None, -3:]
    lowest = soles[..., 1].min(axis=1)
    hold = np.exp(-(soles[..., 1] - lowest[:, None]) / GRIP)
    hold /= hold.sum(axis=1, keepdims=True)
    weight = (hold[1:] + hold[:-1])[..., None] / 2
    steps = -(weight * np.diff(soles[..., [0, 2]], axis=0)).sum(axis=1)
    result = coordinates.copy()
    result[:, -2] = -lowest
    result[:, [-3, -1]] = np.r_[np.zeros((1, 2)), np.cumsum(steps, axis=0)]
    return result


def _turned(table: Skeleton, q: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same posture over the origin, facing anywhere."""
    result = q.copy()
    result[:, table.coordinate("pelvis_rotation")] += rng.uniform(-np.pi, np.pi)
    result[:, -3:] = 0.0
    return result


def _between_postures(model: BodyModel, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T, 49) from posture to posture, one every HOLD_S seconds, without a jerk on the way."""
    clock = (times - times[0]) / HOLD_S + rng.uniform(0.0, 1.0)
    count = int(clock[-1]) + 2
    drawn = draw_poses(model.skeleton, DRAWN_PER_KEY * count, rng)
    # of a handful per key the one that sinks into itself the least
    overlap = deepest_overlap(model, average_person(), drawn).reshape(count, DRAWN_PER_KEY)
    keys = drawn.reshape(count, DRAWN_PER_KEY, -1)[np.arange(count), overlap.argmin(axis=1)]
    before = clock.astype(int)
    u = (clock - before)[:, None]
    ease = u**3 * (10.0 - 15.0 * u + 6.0 * u**2)
    return keys[before] + ease * (keys[before + 1] - keys[before])


def _spread(name: str, kind: str) -> float:
    """Standard deviation of a coordinate in radians; 0 for translations."""
    part = next((part for part in SPREAD_DEG if name.startswith(part)), None)
    if part is None:
        return 0.0
    legs = ("hip", "knee", "ankle", "subtalar", "mtp", "pelvis_t", "pelvis_l")
    return np.radians(SPREAD_DEG[part]) * (LEG_SHARE[kind] if name.startswith(legs) else 1.0)


def _wander(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T,) of unit variance: a constant and three slow sines."""
    frequency, phase = rng.uniform(0.1, 0.9, 3), rng.uniform(0, 2 * np.pi, 3)
    waves = np.sin(2 * np.pi * frequency * times[:, None] + phase).sum(axis=1) * np.sqrt(2 / 3)
    return 0.8 * rng.normal() + 0.6 * waves


def _steps(table: Skeleton, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change of the coordinates by walking: hips and arms swing in opposition, knees bend in swing."""
    change = np.zeros((len(times), len(table.coordinate_names)))
    clock = 2 * np.pi * rng.uniform(0.7, 1.1) * times + rng.uniform(0, 2 * np.pi)
    stride, lift = np.radians(rng.uniform(14, 26)), np.radians(rng.uniform(22, 32))
    for side, phase in (("r", clock), ("l", clock + np.pi)):
        change[:, table.coordinate(f"hip_flexion_{side}")] += stride * np.sin(phase)
        change[:, table.coordinate(f"knee_angle_{side}")] += lift * (1 + np.sin(phase + 1.3)) - 0.1
        change[:, table.coordinate(f"ankle_angle_{side}")] += 0.12 * np.sin(phase + 2.6)
        change[:, table.coordinate(f"arm_flex_{side}")] -= 0.8 * stride * np.sin(phase)
    return change


def _squats(table: Skeleton, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change of the coordinates by squats and bows with the soles flat."""
    change = np.zeros((len(times), len(table.coordinate_names)))
    clock = 2 * np.pi * rng.uniform(0.25, 0.6) * times + rng.uniform(0, 2 * np.pi)
    bend = np.radians(rng.uniform(20, 60)) * (1 + np.sin(clock)) / 2
    lean = rng.uniform(0.3, 0.7)
    change[:, table.coordinate("pelvis_tilt")] -= lean * bend
    for side in "rl":
        change[:, table.coordinate(f"hip_flexion_{side}")] += bend * (1 + lean)
        change[:, table.coordinate(f"knee_angle_{side}")] += 2 * bend
        change[:, table.coordinate(f"ankle_angle_{side}")] += bend
    return change
