"""A known motion seen by a virtual static camera, delivered as perception would deliver it.

Noise model: keypoints 3 px (one standard deviation per axis, frame by frame) at 1080 lines, 5 % outliers
in bursts, 10 % missing in runs; bone directions of the 3D hints off by 20 degrees, slowly changing.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.body.kinematics import forward, place
from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import LENGTH_GROUPS
from borelli.body.stature import person_of_stature
from borelli.evaluation.hint_errors import perturbed_hints
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import turn_to_rays
from borelli.geometry.camera import Camera
from borelli.geometry.frames import make_transform, transform_points
from borelli.motion.observations import Observations, Track
from borelli.perception.keypoint_sets import keypoint_set

KEYPOINT_SET = "blazepose33"
WIDTH, HEIGHT = 1920, 1080
NOISE_PX = 3.0
OUTLIERS, OUTLIER_S, OUTLIER_PX = 0.05, 0.15, 60.0
MISSING, MISSING_S = 0.10, 0.3
"""Share of keypoints, mean seconds of a run, and size of an outlier."""
CAMERAS_TRIED = 200


@dataclass(frozen=True)
class Scene:
    """The truth behind virtual observations."""

    times: np.ndarray
    """(T,) seconds."""
    person: Person
    coordinates: np.ndarray
    """(T, 49)."""
    camera: Camera
    """With its pose."""


def random_person(model: BodyModel, rng: np.random.Generator) -> Person:
    """A plausible adult: stature 1.72 +- 0.08 m, segment lengths +- 3 %, shape +- 0.7 sd."""
    metres = float(np.clip(rng.normal(1.72, 0.08), 1.55, 1.92))
    shape = rng.normal(0.0, 0.7, model.shape_size)
    return person_of_stature(model, metres, shape, rng.normal(0.0, 0.03, len(LENGTH_GROUPS)))


def performed_by(model: BodyModel, person: Person, original: Person, coordinates: np.ndarray) -> np.ndarray:
    """Coordinates (T, 49) of another person: the same angles, the path scaled by the length of the legs."""
    result = coordinates.copy()
    result[:, -3:] *= _leg_length(model, person) / _leg_length(model, original)
    return result


def _leg_length(model: BodyModel, person: Person) -> float:
    table = model.skeleton
    joints = forward(model, person, np.zeros((1, len(table.coordinate_names)))).joints[0]
    return float(joints[table.segment("femur_r"), 1] - joints[table.segment("talus_r"), 1])


def random_camera(
    model: BodyModel, person: Person, coordinates: np.ndarray, rng: np.random.Generator
) -> Camera:
    """A static camera 3-6 m away and 0.8-1.8 m high, any side, focal length 1.0-1.6 widths.

    Of at most 200 such cameras, the first that has 98 % of the body in the picture, else the best.
    """
    keypoints = keypoint_set(KEYPOINT_SET)
    body = place(forward(model, person, coordinates), keypoints.on_body(model)[1], model, person)
    middle = (body.min(axis=(0, 1)) + body.max(axis=(0, 1))) / 2
    best, best_share = None, -1.0
    for _ in range(CAMERAS_TRIED):
        camera = _camera_at(middle, rng)
        share = float(np.mean(_inside(camera, body)))
        if share > best_share:
            best, best_share = camera, share
        if share >= 0.98:
            break
    assert best is not None
    return best


def _camera_at(target: np.ndarray, rng: np.random.Generator) -> Camera:
    """Aimed at the target up to 4 degrees, rolled by about 1 degree."""
    azimuth, distance, height = rng.uniform(0, 2 * np.pi), rng.uniform(3.0, 6.0), rng.uniform(0.8, 1.8)
    position = target + distance * np.array([np.sin(azimuth), 0.0, np.cos(azimuth)])
    position[1] = height
    z = (target - position) / np.linalg.norm(target - position)
    x = np.cross(z, [0.0, 1.0, 0.0])
    x /= np.linalg.norm(x)
    R = np.stack([x, np.cross(z, x), z])
    aim = Rotation.from_rotvec(np.radians(rng.uniform(-1, 1, 3) * [4.0, 4.0, 1.5])).as_matrix()
    focal = rng.uniform(1.0, 1.6) * WIDTH
    K = np.array([[focal, 0, (WIDTH - 1) / 2], [0, focal, (HEIGHT - 1) / 2], [0, 0, 1.0]])
    return Camera(K, np.zeros(0), WIDTH, HEIGHT, make_transform(aim @ R, -aim @ R @ position))


def _inside(camera: Camera, points_world: np.ndarray) -> np.ndarray:
    """(...) bool: in front of the camera and in the picture."""
    assert camera.T_camera_world is not None
    points = transform_points(camera.T_camera_world, points_world)
    pixels = camera.project(np.where(points[..., 2:] > 0.5, points, [0.0, 0.0, 1.0]))
    in_picture = ((pixels > -0.5) & (pixels < np.array([WIDTH, HEIGHT]) - 0.5)).all(axis=-1)
    return in_picture & (points[..., 2] > 0.5)


def observe_scene(model: BodyModel, scene: Scene, rng: np.random.Generator) -> Observations:
    """What perception would say about the scene: one track of 33 keypoints with hints."""
    assert scene.camera.T_camera_world is not None
    keypoints = keypoint_set(KEYPOINT_SET)
    used, points = keypoints.on_body(model)
    names = tuple(keypoints.keypoints[i] for i in used)
    world = place(forward(model, scene.person, scene.coordinates), points, model, scene.person)
    body = transform_points(scene.camera.T_camera_world, world)
    frames, count = body.shape[:2]
    dt = float(np.median(np.diff(scene.times)))
    pixels = scene.camera.project(body) + rng.normal(0.0, NOISE_PX, (frames, count, 2))
    wrong = bursts(frames, count, OUTLIERS, OUTLIER_S / dt, rng)
    pixels += wrong[..., None] * rng.normal(0.0, OUTLIER_PX, (1, count, 2))
    seen = _inside(scene.camera, world) & ~bursts(frames, count, MISSING, MISSING_S / dt, rng)
    confidence = np.where(seen, rng.uniform(0.7, 1.0, (frames, count)), 0.0)
    image = np.where(seen[..., None], scene.camera.normalise(pixels), 0.0)
    hints = perturbed_hints(body, names, scene.times, rng)
    # what `turn_to_rays` does to the three axes is the rotation that a crop network does not know of
    R_crop_camera = turn_to_rays(np.tile(np.eye(3), (frames, 1, 1)), image, confidence)
    return _observations(
        scene, used, len(keypoints.keypoints), pixels, confidence, hints @ R_crop_camera.swapaxes(1, 2)
    )


def _observations(
    scene: Scene, used: np.ndarray, count: int, pixels: np.ndarray, confidence: np.ndarray, hints: np.ndarray
) -> Observations:
    frames = len(pixels)
    seen = confidence > 0
    keypoints = np.full((frames, count, 3), np.nan)
    keypoints[..., 2] = 0.0
    keypoints[:, used, :2] = np.where(seen[..., None], pixels, np.nan)
    keypoints[:, used, 2] = confidence
    # a heatmap's blob is wider than its error, see EstimatorConfig.heatmap_variance
    variance = NOISE_PX**2 / EstimatorConfig().heatmap_variance
    covariance = np.tile(variance * np.eye(2), (frames, count, 1, 1))
    all_hints = np.full((frames, count, 3), np.nan)
    all_hints[:, used] = hints
    boxes = np.concatenate(
        [np.nanmin(keypoints[..., :2], axis=1), np.nanmax(keypoints[..., :2], axis=1)], axis=1
    )
    track = Track(0, keypoints, covariance, all_hints, boxes, np.zeros(frames, dtype=bool))
    return Observations(scene.times, WIDTH, HEIGHT, KEYPOINT_SET, (track,))


def bursts(frames: int, count: int, share: float, length: float, rng: np.random.Generator) -> np.ndarray:
    """(frames, count) bool: on for `share` of the time in runs of about `length` frames (two-state chain)."""
    leave = 1.0 / max(length, 1.0)
    enter = leave * share / (1.0 - share)
    state = rng.random(count) < share
    result = np.zeros((frames, count), dtype=bool)
    for t in range(frames):
        result[t] = state
        draw = rng.random(count)
        state = np.where(state, draw >= leave, draw < enter)
    return result
