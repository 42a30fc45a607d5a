"""Where the body's centre of mass goes, and how fast."""

import numpy as np

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward
from borelli.body.model import Person, body_model
from borelli.dynamics.centre_of_mass import centre_of_mass
from borelli.measures.measure import BOTH, Measure
from borelli.motion.motion import Motion


def mass_path(motion: Motion) -> np.ndarray:
    """(T, 3) metres, world: centre of mass; NaN in frames that are not valid."""
    model, person = body_model(), Person(motion.shape, motion.log_lengths, motion.scale)
    pose = forward(model, person, motion.coordinates)
    path = centre_of_mass(pose, inertia(model, person, motion.mass))
    return np.where(motion.valid[:, None], path, np.nan)


def mass_measures(motion: Motion, path: np.ndarray) -> list[Measure]:
    """Way, displacement, speed and height of the centre of mass (T, 3); empty with fewer than two frames."""
    usable = np.flatnonzero(np.isfinite(path).all(axis=1))
    if len(usable) < 2:
        return []
    ground, height = path[usable][:, [0, 2]], path[usable, 1]
    seconds = float(motion.time[usable[-1]] - motion.time[usable[0]])
    moved = np.linalg.norm(np.diff(ground, axis=0), axis=1)
    # across a gap only the straight way is known, which is a lower bound
    speeds = moved / np.diff(motion.time[usable])
    shift = float(np.linalg.norm(ground[-1] - ground[0]))
    pelvis = motion.joint_sigma[usable, motion.joint_names.index("ground_pelvis")]
    low, high = int(height.argmin()), int(height.argmax())
    shift_sd, height_sd = _known(pelvis[[0, -1]]), _known(pelvis[[low, high]])
    return [
        Measure("com_path", BOTH, float(moved.sum())),
        Measure("com_displacement", BOTH, shift, uncertainty=shift_sd),
        Measure("com_speed", BOTH, float(moved.sum()) / seconds, uncertainty=_divided(shift_sd, seconds)),
        Measure("com_top_speed", BOTH, float(speeds.max())),
        Measure(
            "com_vertical_range",
            BOTH,
            float(height[high] - height[low]),
            uncertainty=height_sd,
            lowest=float(height[low]),
            highest=float(height[high]),
        ),
    ]


def _known(sd: np.ndarray) -> float | None:
    """Of the difference of two positions."""
    return float(np.linalg.norm(sd)) if np.isfinite(sd).all() else None


def _divided(value: float | None, by: float) -> float | None:
    return None if value is None else value / by
