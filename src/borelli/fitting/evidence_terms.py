"""The evidence about one person as terms of the solver, and what is expected of bodies and cameras."""

from collections.abc import Mapping

import numpy as np

from borelli.body.model import BodyModel
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import Evidence
from borelli.fitting.learned import tilt_of
from borelli.fitting.state import State, View
from borelli.fitting.terms import Term
from borelli.fitting.terms.coordinates import Rest
from borelli.fitting.terms.directions import Directions
from borelli.fitting.terms.priors import Upright
from borelli.fitting.terms.reprojection import Reprojection
from borelli.fitting.terms.stature import Stature
from borelli.geometry.camera import Camera


def image_terms(model: BodyModel, e: Evidence, state: State, c: EstimatorConfig) -> tuple[Term, ...]:
    """Keypoints and 3D hints; pixel errors are scaled to the person's depth in `state`."""
    depth = np.maximum(View(model, e.points, state).camera[..., 2].mean(axis=1), 0.3)
    misfit = (c.misfit * state.person.scale * e.spread / depth[:, None]) ** 2
    variance = e.covariance + misfit[..., None, None] * np.eye(2)
    weight = np.sqrt(c.data_weight) * e.confidence
    information = weight[..., None, None] * _inverse_sqrt(variance)
    bone_weight = np.sqrt(c.data_weight) / e.direction_sd
    return (
        Reprojection(np.arange(len(e.names)), e.image, information),
        Directions(e.bones[:, 0], e.bones[:, 1], e.directions, bone_weight[..., None, None] * np.eye(3)),
    )


def learned_terms(e: Evidence, c: EstimatorConfig) -> tuple[Term, ...]:
    """Bone directions along the view and angles of a learned guess, if there is one."""
    if e.learned is None:
        return ()
    bones = np.sqrt(c.guess_weight) * e.learned.sqrt_information
    angles = np.sqrt(c.guess_angle_weight) * e.learned.angle_precision
    return (
        Directions(e.bones[:, 0], e.bones[:, 1], e.learned.directions, bones),
        Rest(e.learned.angles, angles),
    )


def camera_priors(
    camera: Camera, e: Evidence, up: np.ndarray, c: EstimatorConfig
) -> tuple[dict[str, float], dict[str, float]]:
    """Means and deviations of the camera's unknowns by name; `up` (3,) is a guess of gravity, else zero.

    The guess moves the means only: it is made from the same keypoints, and its error lasts through a clip.
    """
    mean = {"height": c.height_mean}
    sd = {"scale": np.inf, "log_focal": max(camera.focal_sd, 1e-6), "height": c.height_sd}
    sd |= {"pitch": c.tilt_sd, "roll": c.roll_sd}
    if e.learned is not None and np.any(up):
        told = max(c.guess_tilt_sd, float(np.median(e.learned.guess.up_sd)))
        for name, angle in zip(("pitch", "roll"), tilt_of(up), strict=True):
            mean[name] = angle / (1 + (told / sd[name]) ** 2)
    return mean, sd


def length_priors(
    names: tuple[str, ...],
    mean: Mapping[str, float],
    sd: Mapping[str, float],
    frames: int,
    c: EstimatorConfig,
) -> tuple[np.ndarray, np.ndarray]:
    """Means and precisions (G,) of all shared unknowns: those named, segment lengths, shape."""
    lengths = c.length_sd / _held(frames, c)
    spread = np.array([sd.get(n, lengths if n.startswith("length") else 1.0) for n in names])
    return np.array([mean.get(n, 0.0) for n in names]), 1 / spread


def stature_prior(stated: float | None, sized: bool, frames: int, c: EstimatorConfig) -> Stature:
    """The stature as stated, or adults in general."""
    if stated:
        return Stature(stated, c.given_stature_sd)
    # where nothing in the image tells the size, the prior must not give way to bias
    return Stature(c.stature_mean, c.stature_sd if sized else c.stature_sd / _held(frames, c))


def upright_terms(e: Evidence, c: EstimatorConfig) -> tuple[Term, ...]:
    """Trunks are mostly upright: what tells the tilt of a camera of unknown pose."""
    trunk = e.indices("left_hip", "right_hip", "left_shoulder", "right_shoulder")
    if trunk is None:
        return ()
    weight = np.full(e.frames, np.sqrt(c.data_weight) / c.upright_sd)
    return (Upright(np.array(trunk[:2]), np.array(trunk[2:]), weight),)


def _held(frames: int, c: EstimatorConfig) -> float:
    """Factor by which priors are tightened against evidence that repeats itself."""
    return float(np.sqrt(max(1.0, c.data_weight * frames / c.independent_frames)))


def _inverse_sqrt(covariance: np.ndarray) -> np.ndarray:
    """Symmetric inverse square root of (..., 2, 2)."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors / np.sqrt(values)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
