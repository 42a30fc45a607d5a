"""A person who sways from foot to foot, hops, or floats: motions whose physics is known by hand."""

import numpy as np

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import average_person, body_model

RATE = 60.0
MODEL, PERSON = body_model(), average_person(1.75)


def standing(frames: int) -> np.ndarray:
    """(T, 49) still, with slightly bent knees, the soles on y = 0 at the first frame."""
    table = MODEL.skeleton
    q = np.zeros((frames, 49))
    for side in "rl":
        q[:, table.coordinate(f"hip_flexion_{side}")] = 0.2
        q[:, table.coordinate(f"knee_angle_{side}")] = 0.4
        q[:, table.coordinate(f"ankle_angle_{side}")] = 0.2
    return on_floor(q)


def on_floor(q: np.ndarray) -> np.ndarray:
    """The whole clip shifted so that the lowest sole of the first frame is at y = 0."""
    soles = landmark_points(MODEL, ("sole_heel_r", "sole_ball_r", "sole_heel_l", "sole_ball_l"))
    heights = place(forward(MODEL, PERSON, q[:1]), soles, MODEL, PERSON)[..., 1]
    q = q.copy()
    q[:, -2] -= heights.min()
    return q


def squatting(frames: int, depth: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Times and coordinates of slow squats with the feet in place, as a leg of two equal bones allows."""
    table, times = MODEL.skeleton, np.arange(frames) / RATE
    bend = depth * (1 - np.cos(2 * np.pi * times / 1.5)) / 2
    q = standing(frames)
    for side in "rl":
        q[:, table.coordinate(f"hip_flexion_{side}")] += bend
        q[:, table.coordinate(f"knee_angle_{side}")] += 2 * bend
        q[:, table.coordinate(f"ankle_angle_{side}")] += bend
    heel = landmark_points(MODEL, ("sole_heel_r",))
    places = place(forward(MODEL, PERSON, q), heel, MODEL, PERSON)[:, 0]
    q[:, -3:] -= places - places[:1]
    return times, q


def falling(frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Times and coordinates of a stiff body thrown down from 3 m over the floor."""
    times = np.arange(frames) / RATE
    q = standing(frames)
    q[:, -2] += 3.0 - 3.0 * times - 9.81 * times**2 / 2
    return times, q
