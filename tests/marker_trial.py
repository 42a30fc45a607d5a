"""A synthetic trial for marker tests: a person of known size who swings arms and legs, with markers on."""

from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import Person, body_model

NAMES = (
    *("asis_r", "asis_l", "psis_r", "psis_l", "c7", "suprasternale", "xiphoid", "t8", "l2"),
    *("acromion_r", "acromion_l", "ear_r", "ear_l", "nose", "vertex", "waist_r", "waist_l"),
    *(
        f"{name}_{side}"
        for side in "rl"
        for name in (
            *("epicondyle_lateral", "epicondyle_medial", "styloid_radial", "styloid_ulnar"),
            *("knuckle_index", "knuckle_pinky", "femoral_epicondyle_lateral", "femoral_epicondyle_medial"),
            *("trochanter", "malleolus_lateral", "malleolus_medial", "heel", "metatarsal_1", "metatarsal_5"),
            *("big_toe", "small_toe", "scapula_inferior"),
        )
    ),
)
LIMBS = (
    *("hip_flexion_r", "hip_flexion_l", "knee_angle_r", "knee_angle_l", "ankle_angle_r", "ankle_angle_l"),
    *("arm_flex_r", "arm_flex_l", "elbow_flex_r", "elbow_flex_l", "hip_adduction_r", "pelvis_tilt"),
)
"""Coordinates that the trial moves, by tens of degrees."""


@dataclass(frozen=True)
class Trial:
    """Truth and what markers would measure."""

    times: np.ndarray
    person: Person
    coordinates: np.ndarray
    names: tuple[str, ...]
    positions: np.ndarray
    """(T, M, 3) metres."""


def trial(frames: int = 60, names: tuple[str, ...] = NAMES, size: float = 1.06) -> Trial:
    """Walking on the spot with large arm swings, 100 Hz; thighs 5 % longer than usual."""
    model = body_model()
    table = model.skeleton
    lengths = np.zeros(10)
    lengths[7] = 0.05
    person = Person(np.zeros(model.shape_size), lengths, size)
    times = np.arange(frames) / 100
    q = np.tile(table.neutral, (frames, 1))
    for k, name in enumerate(LIMBS):
        swing = np.radians(8 if name.startswith(("hip_add", "pelvis", "ankle")) else 30)
        middle = np.radians(45) if name.startswith(("knee", "elbow")) else 0.0
        q[:, table.coordinate(name)] = middle + swing * np.sin(2 * np.pi * times / 0.9 + k)
    q[:, table.coordinate("pelvis_rotation")] = 0.7 + 0.5 * times
    q[:, -3:] = np.stack([1.2 * times, 0.95 + 0.02 * np.sin(12 * times), 0.3 + 0 * times], axis=-1)
    positions = place(forward(model, person, q), landmark_points(model, names), model, person)
    return Trial(times, person, q, names, positions)
