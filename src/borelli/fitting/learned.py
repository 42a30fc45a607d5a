"""What the estimator takes from a learned first guess: start, bone directions, angles, gravity."""

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.body.kinematics import Points, forward, place
from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import Skeleton
from borelli.fitting.camera_state import MIN_DEPTH, CameraState
from borelli.lifting.bones import BONES
from borelli.lifting.guess import Guess

UNSURE = ("arm_flex", "arm_add", "arm_rot")
"""Angles of the shoulder lose their meaning where the arm points sideways; its direction does not."""
DOUBT = 1.5
"""Radians of doubt about a bone's depth per radian by which the guess misses the bone in the picture."""
SEEN = 0.3
"""Confidence above which the ends of a bone test the guess."""


@dataclass(frozen=True)
class Learned:
    """A guess in the terms of one person's evidence. T frames, B bones of the evidence."""

    guess: Guess
    directions: np.ndarray
    """(T, B, 3) unit vectors in camera axes; 0 where the guess has no such bone."""
    sqrt_information: np.ndarray
    """(T, B, 3, 3) inverse square root of their covariance; 0 likewise."""
    angles: np.ndarray
    """(T, 49)."""
    angle_precision: np.ndarray
    """(T, 49) one over the standard deviation; 0 where the guess says nothing."""

    def cut(self, frames: slice) -> "Learned":
        """Some frames only."""
        arrays = {f.name: getattr(self, f.name)[frames] for f in fields(self) if f.name != "guess"}
        return replace(self, guess=self.guess.cut(frames), **arrays)


def learn(
    model: BodyModel,
    guess: Guess,
    names: tuple[str, ...],
    points: Points,
    bones: np.ndarray,
    image: np.ndarray,
    confidence: np.ndarray,
) -> Learned:
    """Speak about the bones (B, 2) between body points of keypoints seen at `image` (T, M, 2), depth 1.

    Only the part of a direction along the view is taken over: across it the keypoints speak for themselves.
    They also test the guess: where it does not explain the bone in the picture, its depth is doubted too.
    """
    person = Person(np.zeros(model.shape_size), guess.log_lengths)
    coordinates = np.zeros((len(guess.coordinates), len(model.skeleton.coordinate_names)))
    coordinates[:, : guess.coordinates.shape[1]] = guess.coordinates
    body = place(forward(model, person, coordinates), points, model, person)
    body = body @ guess.R_camera_pelvis.swapaxes(1, 2) + guess.pelvis_camera[:, None]
    vectors = body[:, bones[:, 1]] - body[:, bones[:, 0]]
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    pairs = [(names[a], names[b]) for a, b in bones]
    known = np.array([pair in BONES for pair in pairs])
    stated = guess.bone_sd[:, [BONES.index(pair) if pair in BONES else 0 for pair in pairs], 1]
    seen = np.min(confidence[:, bones], axis=2) > SEEN
    doubt = np.where(seen, _disagreement(body[:, bones], image[:, bones]) / length[..., 0], 0.0)
    precision = known / np.hypot(stated, DOUBT * doubt)
    rays = person_rays(image, confidence)[:, None]
    along = rays[..., :, None] * rays[..., None, :]
    return Learned(
        guess,
        vectors / length * known[:, None],
        precision[..., None, None] * along,
        coordinates,
        _angle_precision(model.skeleton, guess),
    )


def _disagreement(ends: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Metres (T, B) by which bones with ends (T, B, 2, 3), camera axes, miss the picture (T, B, 2, 2)."""
    depth = np.maximum(ends[..., 2:], MIN_DEPTH)
    miss = ends[..., :2] / depth - image
    return np.linalg.norm((miss[:, :, 1] - miss[:, :, 0]) * depth.mean(axis=2), axis=-1)


def person_rays(image: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """(T, 3) unit vectors in camera axes to the middle of what is seen of a person."""
    weight = np.maximum(confidence, 1e-9)[..., None]
    centre = (image * weight).sum(axis=1) / weight.sum(axis=1)
    ray = np.concatenate([centre, np.ones((len(centre), 1))], axis=-1)
    return ray / np.linalg.norm(ray, axis=-1, keepdims=True)


def _angle_precision(table: Skeleton, guess: Guess) -> np.ndarray:
    precision = np.zeros((len(guess.coordinates), len(table.coordinate_names)))
    precision[:, : guess.coordinates.shape[1]] = 1 / guess.coordinate_sd
    precision[:, [i for i, n in enumerate(table.coordinate_names) if n.startswith(UNSURE)]] = 0.0
    return precision


def guessed_posture(guess: Guess, camera: CameraState) -> np.ndarray:
    """Coordinates (T, 49) under a camera; the pelvis is at the origin."""
    q = np.zeros((len(guess.coordinates), guess.coordinates.shape[1] + 3))
    q[:, :-3] = guess.coordinates
    R_world_pelvis = camera.T_camera_world()[:3, :3].T @ guess.R_camera_pelvis
    q[:, [2, 1, 0]] = np.unwrap(Rotation.from_matrix(R_world_pelvis).as_euler("YXZ"), axis=0)
    return q


def guessed_up(guess: Guess, confidence: np.ndarray) -> np.ndarray:
    """(3,) sum of the guessed directions against gravity, weighted by confidence (T,) and sureness."""
    return (guess.up_camera * (confidence / guess.up_sd**2)[:, None]).sum(axis=0)


def tilt_of(up: np.ndarray) -> tuple[float, float]:
    """Pitch and roll in radians, of a camera whose base pose is level, that make `up` (3,) vertical."""
    x, y, z = up
    return float(np.arctan2(-z, np.hypot(x, y))), float(np.arctan2(x, -y))
