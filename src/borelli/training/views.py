"""What a camera and a keypoint detector make of a motion: rays with the errors that real detectors have."""

from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import Points, forward, place
from borelli.body.model import BodyModel
from borelli.evaluation.virtual import bursts
from borelli.perception.keypoint_sets import KeypointSet, keypoint_set
from borelli.training.motions import Motion

SETS = {"blazepose33": 0.6, "halpe26": 0.12, "coco17": 0.12, "body25": 0.08, "body25b": 0.08}
"""Share of windows seen by each kind of detector."""
NEAREST = 0.3
"""Metres: nearer points, and points behind the camera, are treated as if at this depth."""


@dataclass(frozen=True)
class ViewConfig:
    """Cameras and detector errors; sizes relative to the torso's length in the picture where not stated."""

    distance: tuple[float, float] = (2.0, 12.0)
    """Metres at a stature of 1.70 m, log-uniform."""
    offset: float = 0.013
    """Metres between what a detector marks and our point, in the segment's frame, constant in a window."""
    drift: tuple[float, float] = (0.006, 0.03)
    """Slow error, log-uniform over windows."""
    jitter: float = 0.006
    far_side: float = 1.6
    """Factor on the errors of the side that is turned away."""
    episode: tuple[float, float] = (0.05, 0.2)
    """Share of keypoints that are lost for a while, and their error."""
    legs_swapped: float = 0.06
    arms_swapped: float = 0.04
    all_swapped: float = 0.02
    missing: float = 0.07
    cut_off: float = 0.08
    """Share of windows that do not show the lower legs, or, a quarter of them, all below the hips."""
    frames_lost: float = 0.02
    gravity_known: float = 0.5
    rolled: float = 0.25
    """Share of cameras that are far from upright; the others are to about 3 degrees."""


@dataclass(frozen=True)
class View:
    """Detections in an ideal camera near the person, and the truth in its axes."""

    names: tuple[str, ...]
    image: np.ndarray
    """(T, M, 2) at depth 1."""
    confidence: np.ndarray
    """(T, M)."""
    sd: np.ndarray
    """(T, M) what the detector believes of itself, at depth 1."""
    up_camera: np.ndarray | None
    """(3,) as far as it is told."""
    R_camera_world: np.ndarray
    camera_centre: np.ndarray
    """(3,) world."""


def see(model: BodyModel, motion: Motion, config: ViewConfig, rng: np.random.Generator) -> View:
    """One random camera, one random detector."""
    keypoints = keypoint_set(str(rng.choice(list(SETS), p=list(SETS.values()))))
    used, points = keypoints.on_body(model)
    names = tuple(keypoints.keypoints[i] for i in used)
    marked = _displaced(points, keypoints, used, config, rng)
    world = place(forward(model, motion.person, motion.coordinates), marked, model, motion.person)
    R, centre = _camera(world, config, rng)
    body = (world - centre) @ R.T
    body[..., 2] = np.maximum(body[..., 2], NEAREST)
    image = body[..., :2] / body[..., 2:]
    torso = 0.5 / np.median(body[..., 2])
    error, doubt = _errors(body, torso, motion.step, config, rng)
    image = _swapped(names, image, motion.step, config, rng) + error
    confidence, sd = _believed(doubt, torso, rng)
    confidence = confidence * _present(names, confidence.shape, motion.step, config, rng)
    up = R[:, 1] + rng.normal(0, 0.01, 3) if rng.random() < config.gravity_known else None
    return View(names, image, confidence, sd, up, R, centre)


def _displaced(
    points: Points, keypoints: KeypointSet, used: np.ndarray, config: ViewConfig, rng: np.random.Generator
) -> Points:
    scatter = config.offset * keypoints.spread[used][:, None] ** 0.5
    return Points(
        points.segments,
        points.offsets + scatter * rng.normal(0, 1, points.offsets.shape),
        points.offsets_shape,
    )


def _camera(world: np.ndarray, config: ViewConfig, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """R_camera_world and centre (3,) of a camera that looks near the middle of the motion."""
    azimuth = rng.uniform(0, 2 * np.pi)
    level = rng.random() < 0.65
    elevation = rng.normal(4, 7) if level else rng.uniform(-30, 45)
    elevation = np.radians(np.clip(elevation, -40, 60))
    distance = np.exp(rng.uniform(*np.log(config.distance)))
    back = np.array(
        [np.cos(elevation) * np.sin(azimuth), np.sin(elevation), np.cos(elevation) * np.cos(azimuth)]
    )
    x = np.cross([0.0, 1.0, 0.0], back)
    x /= np.linalg.norm(x)
    R = np.stack([x, np.cross(-back, x), -back])
    roll = np.radians(rng.normal(0, 15 if rng.random() > 1 - config.rolled else 3))
    c, s = np.cos(roll), np.sin(roll)
    R = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]]) @ R
    return R, world.mean(axis=(0, 1)) + distance * back


def _errors(
    body: np.ndarray,
    torso: float,
    step: float,
    config: ViewConfig,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Errors (T, M, 2) of the image, and their spread relative to the torso (T, M)."""
    frames, count = body.shape[:2]
    level = np.exp(rng.uniform(*np.log(config.drift)))
    behind = body[..., 2].mean(axis=0) - body[..., 2].mean()
    spread = np.where(behind > 0.08, config.far_side, 1.0) * level * np.exp(rng.normal(0, 0.25, count))
    spread = np.tile(spread, (frames, 1))
    lost = bursts(frames, count, config.episode[0], 0.5 / step, rng)
    spread = np.where(lost, config.episode[1] * rng.uniform(0.4, 1.5, count), spread)
    memory = np.exp(rng.uniform(np.log(0.1), np.log(0.8)))
    keep = np.exp(-step / memory)
    walk = np.empty((frames, count, 2))
    walk[0] = rng.normal(0, 1, (count, 2))
    for t in range(1, frames):
        walk[t] = keep * walk[t - 1] + np.sqrt(1 - keep**2) * rng.normal(0, 1, (count, 2))
    constant = rng.normal(0, 0.6, (1, count, 2))
    jitter = rng.normal(0, config.jitter, (frames, count, 2))
    return torso * (spread[..., None] * (walk + constant) + jitter), spread


def _swapped(
    names: tuple[str, ...], image: np.ndarray, step: float, config: ViewConfig, rng: np.random.Generator
) -> np.ndarray:
    """The picture with left and right exchanged in runs of frames."""
    legs, arms = ("knee", "ankle", "heel", "foot", "toe"), ("elbow", "wrist", "pinky", "index", "thumb")
    parts = {
        ("hip", *legs): config.legs_swapped,
        arms: config.arms_swapped,
        ("",): config.all_swapped,
    }
    image = image.copy()
    for words, share in parts.items():
        if rng.random() > 3 * share:
            continue
        when = bursts(len(image), 1, 1 / 3, 0.25 / step, rng)[:, 0]
        for a, name in enumerate(names):
            twin = name.replace("left", "right")
            foot_index = "foot" in name and words == arms
            if twin != name and twin in names and any(w in name for w in words) and not foot_index:
                b = names.index(twin)
                image[when, a], image[when, b] = image[when, b], image[when, a]
    return image


def _believed(doubt: np.ndarray, torso: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Confidence and standard deviation that the detector states; both know only part of the truth."""
    noisy = doubt * np.exp(rng.normal(0, 0.5, doubt.shape))
    confidence = np.clip(1.05 - rng.uniform(2, 6) * noisy, 0.05, 1.0) ** rng.uniform(0.5, 1.5)
    sd = torso * 0.02 * np.exp(rng.normal(0, 0.4)) * (1 + noisy / 0.03) ** 0.5
    return confidence, sd


def _present(
    names: tuple[str, ...], shape: tuple[int, int], step: float, config: ViewConfig, rng: np.random.Generator
) -> np.ndarray:
    """(T, M) 0 where the detector says nothing."""
    frames, count = shape
    seen = ~bursts(frames, count, config.missing, 0.4 / step, rng)
    seen &= ~bursts(frames, 1, config.frames_lost, 0.15 / step, rng)
    if rng.random() < config.cut_off:
        words = ["ankle", "heel", "foot", "toe"] + ["knee"] * (rng.random() < 0.25)
        seen[:, [any(w in n for w in words) for n in names]] = False
    if not seen.any():
        seen[:] = True
    return seen.astype(np.float64)
