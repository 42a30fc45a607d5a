"""Rows about the learned first guess by itself: virtual cameras, and the balance recording."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person, average_person, body_model
from borelli.body.stature import stature
from borelli.evaluation.balance import read_balance_reference
from borelli.evaluation.benchmark.clips import VIEWS, balance, evidence_of
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.benchmark.virtual_cameras import LIMB_SEGMENTS
from borelli.evaluation.positions import mpjpe, pa_mpjpe
from borelli.evaluation.virtual import Scene, observe_scene, random_camera, random_person
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import Evidence, lifted, make_evidence
from borelli.geometry.frames import transform_points
from borelli.lifting.guess import Guess
from borelli.lifting.lifter import lift, shipped_lifter
from borelli.perception.keypoint_sets import keypoint_set
from borelli.training.corpus import read_corpus
from borelli.training.motions import MotionConfig, Source, draw_motion
from borelli.training.poses import pose_pool

GROUP, FUSED = "lifter alone, val mocap, virtual cameras", "lifter and hints fused, balance"
MIXED_CLIPS, MIXED_FRAMES, PLAIN_FRAMES = 40, 45, 300
LIMBS = (
    ("{s}_hip", "{s}_knee"),
    ("{s}_knee", "{s}_ankle"),
    ("{s}_shoulder", "{s}_elbow"),
    ("{s}_elbow", "{s}_wrist"),
)


@dataclass(frozen=True)
class Shot:
    """A motion to be guessed."""

    person: Person
    coordinates: np.ndarray
    """(T, 49)."""
    times: np.ndarray
    contacts: np.ndarray | None
    """(T, 4) bool."""


@dataclass(frozen=True)
class Guessed:
    """Errors of one guess."""

    frames: int
    mpjpe: float
    pa_mpjpe: float
    standing: np.ndarray
    """(N, 2) bool: true and guessed contacts, empty where truth is unknown."""


def measure(setting: Setting) -> list[Row]:
    """Positions, contacts, directions and speed of the lifter that comes with the program."""
    rows = [_speed(setting)]
    folder = setting.data / "mocap"
    if not (folder / "manifest.csv").is_file():
        return [
            *rows,
            skipped(GROUP, "positions and contacts", f"no recordings in {setting.data.name}/mocap"),
        ]
    recordings = read_corpus(
        body_model(), folder, "val", setting.work / "recordings", lambda done, total: None
    )
    source = Source.of(body_model(), recordings, pose_pool(body_model(), 3000, _rng(setting, 0)))
    some = 3 if setting.quick else MIXED_CLIPS
    mixed = [_guessed(shot, setting, 1000 + i) for i, shot in enumerate(_mixed(source, some, setting))]
    plain = [_guessed(shot, setting, i) for i, shot in enumerate(_plain(source, setting))]
    rows += [
        *_positions("plain", plain, 52.0),
        *_positions("mixed and procedural postures", mixed, 75.0),
        Row(GROUP, "contacts of heels and balls, F1", "", _f1(plain), at_least=0.90),
    ]
    return rows + [_fused(setting, view) for view in VIEWS if balance(setting, view).video.is_file()]


def _rng(setting: Setting, index: int) -> np.random.Generator:
    return np.random.default_rng([setting.seed, 77, index])


def _plain(source: Source, setting: Setting) -> Iterator[Shot]:
    """The recordings as they are, with other people's bodies."""
    frames = 40 if setting.quick else PLAIN_FRAMES
    for index, clip in enumerate(source.recordings[:: 9 if setting.quick else 1]):
        q = clip.coordinates[:frames].astype(np.float64)
        person = random_person(source.model, _rng(setting, index))
        yield Shot(person, q, clip.step * np.arange(len(q)), clip.contacts[:frames])


def _mixed(source: Source, count: int, setting: Setting) -> Iterator[Shot]:
    """Limbs of different recordings on one body, half of the time procedural."""
    rate = 1 / 30
    config = MotionConfig(plain=0.0, procedural=0.5, still=0.0, step=(rate, rate * 1.001))
    for index in range(count):
        rng = _rng(setting, 500 + index)
        motion = draw_motion(source, MIXED_FRAMES, config, rng)
        person = random_person(source.model, rng)
        yield Shot(person, motion.coordinates, rate * np.arange(MIXED_FRAMES), None)


def _guessed(shot: Shot, setting: Setting, index: int) -> Guessed:
    model, rng = body_model(), _rng(setting, 2000 + index)
    camera = random_camera(model, shot.person, shot.coordinates, rng)
    assert camera.T_camera_world is not None
    scene = Scene(shot.times, shot.person, shot.coordinates, camera)
    seen = observe_scene(model, scene, rng)
    blind = replace(camera, T_camera_world=None)
    keypoints = keypoint_set(seen.keypoint_set)
    evidence = make_evidence(model, seen.tracks[0], seen.times, keypoints, blind, EstimatorConfig())
    learned = lifted(model, evidence, blind, shipped_lifter()).learned
    assert learned is not None
    limbs = [model.skeleton.segment(f"{name}_{side}") for name in LIMB_SEGMENTS for side in "rl"]
    true = transform_points(camera.T_camera_world, forward(model, shot.person, shot.coordinates).joints)
    mine = joints_of(model, learned.guess, stature(model, shot.person))[:, limbs]
    standing = np.zeros((0, 2), dtype=bool)
    if shot.contacts is not None:
        standing = np.stack([shot.contacts.ravel(), learned.guess.contacts.ravel() > 0.5], axis=1)
    return Guessed(len(true), mpjpe(mine, true[:, limbs], (0, 1)), pa_mpjpe(mine, true[:, limbs]), standing)


def joints_of(model: BodyModel, guess: Guess, metres: float) -> np.ndarray:
    """Joints (T, J, 3) of a guess relative to the pelvis, camera axes, for a mean body of that stature."""
    q = np.zeros((len(guess.coordinates), len(model.skeleton.coordinate_names)))
    q[:, : guess.coordinates.shape[1]] = guess.coordinates
    joints = forward(model, average_person(metres), q).joints
    return joints @ guess.R_camera_pelvis.swapaxes(1, 2)


def _positions(kind: str, results: list[Guessed], target: float) -> list[Row]:
    weight = [r.frames for r in results]
    pa, plain = (
        1e3 * float(np.average([getattr(r, name) for r in results], weights=weight))
        for name in ("pa_mpjpe", "mpjpe")
    )
    return [
        Row(GROUP, f"{kind}: PA-MPJPE, 12 limb joints", "mm", pa, at_most=target),
        Row(GROUP, f"{kind}: MPJPE, 12 limb joints", "mm", plain),
    ]


def _f1(results: list[Guessed]) -> float:
    true, told = np.concatenate([r.standing for r in results]).T
    return float(2 * np.sum(true & told) / max(np.sum(true) + np.sum(told), 1))


def _fused(setting: Setting, view: str) -> Row:
    """Mean angle between the limbs of the reference and the weighted mean of both 3D cues."""
    evidence = evidence_of(balance(setting, view), setting.work)[0]
    assert evidence.learned is not None
    path = setting.data / "video" / "balance" / "reference_cam01_cam03.npz"
    reference = read_balance_reference(path)
    joints = reference.joints_camera(view)
    fused, frames = fused_directions(evidence), min(evidence.frames, len(joints))
    errors = []
    for b, (start, end) in enumerate(evidence.bones):
        names = evidence.names[start], evidence.names[end]
        sides = [s for s in ("left", "right") if names in [(a.format(s=s), c.format(s=s)) for a, c in LIMBS]]
        if sides:
            a, c = (joints[:frames, reference.joint_names.index(_body25(name))] for name in names)
            true = (c - a) / np.linalg.norm(c - a, axis=-1, keepdims=True)
            errors.append(np.arccos(np.clip(np.sum(true * fused[:frames, b], axis=-1), -1, 1)))
    mean = float(np.degrees(np.mean(errors)))
    return Row(FUSED, f"{view} error of limb directions", "deg", mean, at_most=13.0)


def _body25(keypoint: str) -> str:
    side, part = keypoint.split("_")
    return side[0].upper() + part.capitalize()


def fused_directions(evidence: Evidence) -> np.ndarray:
    """(T, B, 3) unit vectors: hints and lifter, each by its information, with the estimator's weights."""
    config, learned = EstimatorConfig(), evidence.learned
    assert learned is not None
    root = learned.sqrt_information
    A = config.guess_weight * root @ root
    hint = config.data_weight / evidence.direction_sd[..., None, None] ** 2 * np.eye(3)
    both = (A @ learned.directions[..., None] + hint @ evidence.directions[..., None])[..., 0]
    mean = np.linalg.solve(A + hint + 1e-9 * np.eye(3), both[..., None])[..., 0]
    return mean / np.maximum(np.linalg.norm(mean, axis=-1, keepdims=True), 1e-9)


def _speed(setting: Setting) -> Row:
    """Ten seconds of one person at 30 frames per second, second run."""
    frames, rng = 300, np.random.default_rng(setting.seed)
    names = keypoint_set("blazepose33").keypoints
    image = 0.1 * rng.normal(size=(frames, len(names), 2))
    confidence, covariance = np.ones(image.shape[:2]), np.tile(1e-6 * np.eye(2), (*image.shape[:2], 1, 1))
    seconds = np.inf
    for _ in range(2):
        started = perf_counter()
        lift(shipped_lifter(), names, np.arange(frames) / 30, image, confidence, covariance, None)
        seconds = min(seconds, perf_counter() - started)
    return Row("speed", "lifter", "frames/s", frames / seconds, at_least=300.0, note="one person")
