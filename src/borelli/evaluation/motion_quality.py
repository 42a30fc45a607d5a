"""How a motion moves: acceleration, jitter, feet on the ground, bones that keep their length.

Joints (T, J, 3) in metres. The finite differences assume frames at the constant rate `fps`, as the
published numbers do.
"""

import numpy as np

from borelli.evaluation.positions import centred, mean_finite


def acceleration_error(
    prediction: np.ndarray, truth: np.ndarray, fps: float, root: tuple[int, ...] | None
) -> float:
    """Mean length of the difference in acceleration, m/s^2, of joints with the root removed per frame.

    Source: WHAM and GVHMR (released code), which remove the pelvis; None leaves the joints where they are.
    """
    if root is not None:
        prediction, truth = centred(prediction, root), centred(truth, root)
    return mean_finite(np.linalg.norm(_second(prediction) - _second(truth), axis=-1)) * fps**2


def _second(joints: np.ndarray) -> np.ndarray:
    return joints[:-2] - 2.0 * joints[1:-1] + joints[2:]


def jitter(joints: np.ndarray, fps: float) -> float:
    """Mean length of the third derivative, in units of 10 m/s^3 (GVHMR, released code)."""
    third = joints[3:] - 3.0 * joints[2:-1] + 3.0 * joints[1:-2] - joints[:-3]
    return mean_finite(np.linalg.norm(third, axis=-1)) * fps**3 / 10.0


def foot_sliding(prediction: np.ndarray, truth: np.ndarray, threshold: float = 0.01) -> float:
    """Metres per frame that predicted foot points (T, F, 3) move while the true ones rest.

    A true point rests while it moves less than `threshold` metres to the next frame (GVHMR; for 30 fps).
    """
    rests = np.linalg.norm(np.diff(truth, axis=0), axis=-1) < threshold
    moved = np.linalg.norm(np.diff(prediction, axis=0), axis=-1)
    return mean_finite(moved[rests])


def stance_speed(points: np.ndarray, contacts: np.ndarray, times: np.ndarray) -> float:
    """Mean horizontal speed, m/s, of points (T, F, 3) (Y up) between two frames that are both in contact.

    contacts (T, F) are probabilities or booleans; contact means above one half.
    """
    touching = np.asarray(contacts) > 0.5
    moved = np.linalg.norm(np.diff(points[..., [0, 2]], axis=0), axis=-1)
    speed = moved / np.diff(times)[:, None]
    return mean_finite(speed[touching[1:] & touching[:-1]])


def penetration(points: np.ndarray) -> float:
    """Mean over frames of the mean depth, metres, of the points (T, P, 3) below the floor y = 0."""
    below = points[..., 1] < 0
    depth = np.where(below, -points[..., 1], 0.0).sum(axis=1)
    return mean_finite(depth / np.maximum(below.sum(axis=1), 1))


def floating(points: np.ndarray) -> float:
    """Mean over frames of the height, metres, of the lowest point (T, P, 3); 0 at or below the floor."""
    lowest = points[..., 1].min(axis=1)
    return mean_finite(np.maximum(lowest, 0.0))


def bone_length_sd(joints: np.ndarray, bones: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Standard deviation over time (B,), metres, of the distance between pairs of joints (T, J, 3)."""
    first, second = (list(ends) for ends in zip(*bones, strict=True))
    lengths = np.linalg.norm(joints[:, first] - joints[:, second], axis=-1)
    return np.array([np.sqrt(mean_finite((column - mean_finite(column)) ** 2)) for column in lengths.T])
