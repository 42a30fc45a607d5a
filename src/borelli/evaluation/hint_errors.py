"""3D hints with errors of a known size: every bone turned by its own slowly changing rotation."""

import numpy as np
from scipy.spatial.transform import Rotation

ERROR_DEG = 20.0
"""Root mean square angle between the direction of a bone and that of its hint."""
MEMORY_S = 1.0
"""Seconds over which the error of a bone changes."""

PARENTS = {
    "{s}_hip": "mid_hip",
    "{s}_knee": "{s}_hip",
    "{s}_ankle": "{s}_knee",
    "{s}_heel": "{s}_ankle",
    "{s}_foot_index": "{s}_heel",
    "{s}_shoulder": "mid_shoulder",
    "{s}_elbow": "{s}_shoulder",
    "{s}_wrist": "{s}_elbow",
    "{s}_pinky": "{s}_wrist",
    "{s}_index": "{s}_wrist",
    "{s}_thumb": "{s}_wrist",
    "{s}_ear": "mid_ear",
    "{s}_eye": "mid_ear",
    "mouth_{s}": "mid_ear",
    "nose": "mid_ear",
    "mid_ear": "mid_shoulder",
    "mid_shoulder": "mid_hip",
}
"""The tree that is walked from the mid-hip; middles are means of their two sides."""
TOGETHER = {"mid_hip", "mid_shoulder", "mid_ear"}
"""Points that hang here left and right belong to one rigid part and turn together."""


def perturbed_hints(
    body: np.ndarray, names: tuple[str, ...], times: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Points (T, M, 3) in camera axes relative to the mid-hip, with every bone turned by a random error.

    body: (T, M, 3) true points, camera axes, metres; lengths are kept.
    """
    true = {name: body[:, i] for i, name in enumerate(names)}
    for middle in ("hip", "shoulder", "ear"):
        true[f"mid_{middle}"] = (true[f"left_{middle}"] + true[f"right_{middle}"]) / 2
    tree = {
        child.format(s=side): parent.format(s=side)
        for child, parent in PARENTS.items()
        for side in ("left", "right")
    }
    errors: dict[str, Rotation] = {}
    placed = {"mid_hip": np.zeros_like(body[:, 0])}

    def position(name: str) -> np.ndarray:
        if name not in placed:
            parent = tree[name]
            part = parent if parent in TOGETHER and not name.startswith("mid_") else name
            if part not in errors:
                errors[part] = wandering_rotation(times, rng)
            placed[name] = position(parent) + errors[part].apply(true[name] - true[parent])
        return placed[name]

    return np.stack([position(name) for name in names], axis=1)


def wandering_rotation(times: np.ndarray, rng: np.random.Generator) -> Rotation:
    """T rotations whose vector is an Ornstein-Uhlenbeck process; turns a bone by ERROR_DEG in the mean."""
    # of the three components of the vector only the two across the bone turn it
    sd = np.radians(ERROR_DEG) / np.sqrt(2.0)
    vector = np.empty((len(times), 3))
    vector[0] = rng.normal(0.0, sd, 3)
    for t in range(1, len(times)):
        keep = np.exp(-(times[t] - times[t - 1]) / MEMORY_S)
        vector[t] = keep * vector[t - 1] + rng.normal(0.0, sd * np.sqrt(1 - keep**2), 3)
    return Rotation.from_rotvec(vector)
