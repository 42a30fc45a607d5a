"""Errors of a known size put on a known motion: what an estimator from video would get wrong."""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person

CORRELATION = 0.15
"""Seconds: time over which the errors of an estimate from video change."""
ROOT_SHARE = 0.4
"""Metres of the root per radian of a joint angle; half of the mean joint error then comes from the root."""
_ROUNDS = 6


def smooth_noise(
    shape: tuple[int, int], times: np.ndarray, correlation: float, rng: np.random.Generator
) -> np.ndarray:
    """(T, N) noise of unit variance whose autocorrelation falls as a Gaussian of that many seconds.

    White noise through a Gaussian filter of standard deviation s is correlated as exp(-d^2 / (4 s^2)).
    """
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    frames = correlation / np.sqrt(2) / step
    margin = int(np.ceil(4 * frames))
    white = rng.normal(size=(shape[0] + 2 * margin, shape[1]))
    smooth = gaussian_filter1d(white, frames, axis=0, mode="wrap")[margin : margin + shape[0]]
    impulse = np.zeros(8 * margin + 1)
    impulse[4 * margin] = 1.0
    kernel = gaussian_filter1d(impulse, frames, mode="constant")
    return smooth / np.sqrt(np.sum(kernel**2))


def perturbed(
    model: BodyModel,
    person: Person,
    coordinates: np.ndarray,
    times: np.ndarray,
    error: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Coordinates (T, 49) with smooth errors that displace joints by `error` metres on average, in the world.

    All angles get errors of one size, the place of the pelvis of another; angles stay inside their limits.
    """
    noise = smooth_noise(coordinates.shape, times, CORRELATION, rng)
    noise[:, -3:] *= ROOT_SHARE
    table, true = model.skeleton, forward(model, person, coordinates).joints
    scale, result = error, coordinates
    for _ in range(_ROUNDS):
        result = np.clip(coordinates + scale * noise, table.lower, table.upper)
        reached = np.linalg.norm(forward(model, person, result).joints - true, axis=-1).mean()
        if error == 0 or abs(reached / error - 1) < 1e-3:
            break
        scale *= error / reached
    return result


def tilted(coordinates: np.ndarray, degrees: float, heading: float) -> np.ndarray:
    """Coordinates (T, 49) of the whole motion tipped about a horizontal axis through the origin.

    What an unlevel floor does to an estimate; `heading` (radians) is the direction of the axis from x to z.
    """
    axis = np.array([np.cos(heading), 0.0, np.sin(heading)])
    tip = Rotation.from_rotvec(np.radians(degrees) * axis)
    result = coordinates.copy()
    turned = tip * Rotation.from_euler("YXZ", coordinates[:, [2, 1, 0]])
    angles = np.unwrap(turned.as_euler("YXZ"), axis=0)
    whole = 2 * np.pi * np.round((coordinates[0, [2, 1, 0]] - angles[0]) / (2 * np.pi))
    result[:, [2, 1, 0]] = angles + whole
    result[:, -3:] = tip.apply(coordinates[:, -3:])
    return result


def flipped(contacts: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Contacts (T, P) bool of which that share of frames is wrong, frame by frame and point by point."""
    return contacts ^ (rng.random(contacts.shape) < share)


def shifted(contacts: np.ndarray, frames: int) -> np.ndarray:
    """Contacts (T, P) that begin and end so many frames late (early when negative); the ends are held."""
    return contacts[np.clip(np.arange(len(contacts)) - frames, 0, len(contacts) - 1)]
