"""Clips of dressed people from the mesh renderer, with exact truth and with what an estimator would know.

What the refinement of a pose by its picture is judged on: clothes stand off the skin, and shape, camera,
masks, depth and keypoints are all a little wrong. Errors are compared in camera axes.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person, body_model
from borelli.body.stature import person_of_stature, stature
from borelli.evaluation.noisy_masks import noisy_depth, noisy_masks
from borelli.evaluation.positions import mpjpe, pa_mpjpe
from borelli.evaluation.virtual import random_person
from borelli.evaluation.wrong_starts import wrong_start
from borelli.geometry.camera import Camera
from borelli.geometry.frames import make_transform, transform_points
from borelli.training.synth.camera import Framing, random_camera
from borelli.training.synth.clip import RenderedClip, render_clip
from borelli.training.synth.movement import random_motion
from borelli.training.synth.scene import body_extent, scene_of
from borelli.training.synth.truth import VISIBLE

KEYPOINT_SET = "blazepose33"
FRAMING = Framing(heights=(0.7, 1.7), focal=(1.1, 1.3), fills=(0.75, 0.9))
"""A camera near the person: farther away a pixel of the outline is many centimetres of depth."""
KEYPOINT_NOISE = 0.0075
"""Standard deviation of a keypoint over the side of the picture: 2.9 px at 384."""
SHAPE_SD, LENGTHS_SD, STATURE_SD = 0.3, 0.01, 0.005
"""Errors of the shape components, the logarithm of segment lengths, and the stature in metres."""
FOCAL_SD, AIM_SD_DEG = 0.005, 0.2
"""Errors of the camera: relative focal length, direction about each axis."""


@dataclass(frozen=True)
class RefinementCase:
    """One clip of T frames: what happened, what it looks like, and what is known before refinement."""

    clip: RenderedClip
    """Pictures, exact masks and depth, and the truth."""
    true_camera: Camera
    camera: Camera
    """As calibrated: slightly wrong."""
    person: Person
    """As estimated: slightly wrong."""
    start: np.ndarray
    """(T, 49) coordinates to begin with."""
    masks: np.ndarray
    """(T, H, W) bool with errors."""
    bad_masks: np.ndarray
    """(T,) bool: half a person, or a piece of background too many."""
    depth: np.ndarray
    """(T, H, W) float32 metres with errors; NaN off the person."""
    keypoints: np.ndarray
    """(T, 33, 3) x, y in pixels with errors, and confidence, of KEYPOINT_SET."""


@dataclass(frozen=True)
class PoseErrors:
    """Mean joint errors in camera axes, metres."""

    mpjpe: float
    """Absolute: no alignment at all."""
    pa_mpjpe: float
    root_depth: float
    """Mean error of the pelvis along the optical axis, without sign."""


def refinement_case(seed: int, frames: int = 8, side: int = 384, rate: float = 4.0) -> RefinementCase:
    """The clip of that number: procedural motion, `side` x `side` pixels, `rate` frames per second."""
    model, rng = body_model(), np.random.default_rng([seed, 20])
    times = np.arange(frames) / rate
    person = random_person(model, rng)
    coordinates = random_motion(model, person, times, rng)
    camera = random_camera(body_extent(model, person, coordinates), (side, side), False, rng, FRAMING)
    clip = render_clip(scene_of(times, person, coordinates, camera, rng=rng, seed=(seed, 20)))
    masks, bad = noisy_masks(clip.masks, rng)
    return RefinementCase(
        clip=clip,
        true_camera=camera,
        camera=_miscalibrated(camera, rng),
        person=_misjudged(model, person, rng),
        start=wrong_start(model.skeleton, coordinates, times, rng),
        masks=masks,
        bad_masks=bad,
        depth=noisy_depth(clip.depth, rng),
        keypoints=_detected(clip.truth.keypoints[KEYPOINT_SET], KEYPOINT_NOISE * side, rng),
    )


def exact(case: RefinementCase) -> RefinementCase:
    """The same clip with the true person and camera, clean masks and depth; keypoints and start stay."""
    truth, clip = case.clip.truth, case.clip
    return replace(
        case,
        camera=case.true_camera,
        person=truth.person,
        masks=clip.masks,
        bad_masks=np.zeros_like(case.bad_masks),
        depth=np.where(clip.depth > 0, clip.depth, np.float32(np.nan)),
    )


def pose_errors(
    case: RefinementCase,
    coordinates: np.ndarray,
    person: Person | None = None,
    camera: Camera | None = None,
) -> PoseErrors:
    """Errors of an estimate (T, 49) with its person and posed camera, those of the case by default."""
    camera = camera or case.camera
    assert camera.T_camera_world is not None
    joints = forward(body_model(), person or case.person, coordinates).joints
    found, truth = transform_points(camera.T_camera_world, joints), case.clip.truth.joints_camera
    root_depth = float(np.abs(found[:, 0, 2] - truth[:, 0, 2]).mean())
    return PoseErrors(mpjpe(found, truth, None), pa_mpjpe(found, truth), root_depth)


def _miscalibrated(camera: Camera, rng: np.random.Generator) -> Camera:
    assert camera.T_camera_world is not None
    turn = Rotation.from_rotvec(np.radians(AIM_SD_DEG) * rng.normal(size=3)).as_matrix()
    zoom = np.diag([*np.full(2, 1.0 + FOCAL_SD * rng.normal()), 1.0])
    T_camera_world = make_transform(turn, np.zeros(3)) @ camera.T_camera_world
    return replace(camera, K=camera.K @ zoom, T_camera_world=T_camera_world)


def _misjudged(model: BodyModel, person: Person, rng: np.random.Generator) -> Person:
    return person_of_stature(
        model,
        stature(model, person) + STATURE_SD * rng.normal(),
        person.shape + SHAPE_SD * rng.normal(size=person.shape.shape),
        person.log_lengths + LENGTHS_SD * rng.normal(size=person.log_lengths.shape),
    )


def _detected(keypoints: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Exact keypoints (T, K, 3) with visibility as a detector gives them, (T, K, 3) with confidence."""
    seen = np.isfinite(keypoints[..., 0]) & (keypoints[..., 2] > 0)
    confidence = np.where(keypoints[..., 2] == VISIBLE, 0.9, 0.5) * seen
    places = keypoints[..., :2] + noise * rng.normal(size=keypoints[..., :2].shape)
    return np.concatenate([np.where(seen[..., None], places, np.nan), confidence[..., None]], axis=-1)
