"""Motion capture seen by virtual cameras: joint angles and uncertainty with exact truth.

Per clip one random person performs the retargeted motion in front of one random static camera; the
estimator is given keypoints, intrinsics and stature, neither the pose of the camera nor gravity.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats import norm

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, body_model
from borelli.body.stature import stature
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.mocap import Clip, read_clip
from borelli.evaluation.positions import centred, mpjpe, pa_mpjpe
from borelli.evaluation.retarget import retarget
from borelli.evaluation.uncertainty import interval_coverage
from borelli.evaluation.virtual import Scene, observe_scene, performed_by, random_camera, random_person
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.estimator import Estimate, Subject, estimate
from borelli.fitting.evidence import lifted, make_evidence
from borelli.geometry.camera import Camera
from borelli.geometry.frames import transform_points
from borelli.lifting.lifter import shipped_lifter
from borelli.motion.observations import Observations
from borelli.perception.keypoint_sets import keypoint_set

TUNED, UNTUNED = "virtual cameras, val mocap", "virtual cameras, half of val mocap not tuned on"
UNTUNED_CLIPS = slice(1, None, 2)
"""How much the estimator heeds the lifter was chosen on the other half."""
LONGEST, QUICK_CLIPS, QUICK_FRAMES = 300, 2, 40
EVERY = 2
"""The recordings have 60 frames per second; every second one is taken, as ordinary video has 30."""
LEVEL = 0.9
LIMB_SEGMENTS = ("femur", "tibia", "talus", "humerus", "ulna", "hand")
TARGETS_DEG = {"knee_angle": 6.0, "hip_flexion": 6.0, "elbow_flex": 9.0}


@dataclass(frozen=True)
class ClipResult:
    """Truth and estimate of one clip."""

    name: str
    retarget_mm: float
    truth: np.ndarray
    """(T, 49) coordinates."""
    guess: np.ndarray
    joints_truth: np.ndarray
    """(T, J, 3) camera axes, metres."""
    joints_guess: np.ndarray
    sigma: np.ndarray
    """(T, J)."""


def run_clip(model: BodyModel, name: str, clip: Clip, seed: int) -> ClipResult:
    """Retarget, observe, estimate."""
    rng = np.random.default_rng([seed, *name.encode()])
    motion = retarget(model, clip)
    person = random_person(model, rng)
    coordinates = performed_by(model, person, motion.person, motion.coordinates)
    camera = random_camera(model, person, coordinates, rng)
    assert camera.T_camera_world is not None
    observations = observe_scene(model, Scene(motion.times, person, coordinates, camera), rng)
    found = _predict(model, observations, replace(camera, T_camera_world=None), stature(model, person))
    joints = forward(model, person, coordinates).joints
    state = found.state
    return ClipResult(
        name=name,
        retarget_mm=1e3 * float(motion.error.mean()),
        truth=coordinates,
        guess=state.coordinates,
        joints_truth=transform_points(camera.T_camera_world, joints),
        joints_guess=state.camera.to_camera(forward(model, state.person, state.coordinates).joints),
        sigma=found.joint_sigma,
    )


def _predict(model: BodyModel, observations: Observations, camera: Camera, metres: float) -> Estimate:
    """All that the estimator is told."""
    config = EstimatorConfig()
    keypoints = keypoint_set(observations.keypoint_set)
    evidence = make_evidence(model, observations.tracks[0], observations.times, keypoints, camera, config)
    evidence = lifted(model, evidence, camera, shipped_lifter())
    return estimate(model, [Subject(evidence, metres)], camera, config)[0]


def shortened(clip: Clip, frames: int) -> Clip:
    """Every second frame, at most so many."""
    part = slice(0, EVERY * frames, EVERY)
    return replace(clip, times=clip.times[part], joints=clip.joints[part], rotations=clip.rotations[part])


def run_clips(files: list[Path], frames: int, seed: int) -> Iterator[ClipResult]:
    """Results clip by clip."""
    model = body_model()
    for path in files:
        name = path.name.removesuffix(".gz").removesuffix(".bvh")
        yield run_clip(model, name, shortened(read_clip(path), frames), seed)


def measure(setting: Setting) -> list[Row]:
    """Rows over the val clips, and over those of them on which nothing about the lifter was chosen."""
    folder = setting.data / "mocap"
    val = sorted((folder / "val").glob("*.bvh.gz"))
    if not val:
        return [skipped(TUNED, "every clip", f"no recordings in {setting.data.name}/mocap/val")]
    if setting.quick:
        return summarise(list(run_clips(val[:: len(val) // QUICK_CLIPS], QUICK_FRAMES, setting.seed)))
    results = list(run_clips(val, LONGEST, setting.seed))
    untuned = summarise(results[UNTUNED_CLIPS])
    return summarise(results) + [replace(row, group=UNTUNED) for row in untuned]


def summarise(results: list[ClipResult]) -> list[Row]:
    """Figures over the frames of all clips."""
    table = body_model().skeleton
    error = np.degrees(np.concatenate([r.guess - r.truth for r in results]))
    frames = np.array([len(r.truth) for r in results])
    rows = []
    for stem, target in TARGETS_DEG.items():
        both = error[:, [table.coordinate(f"{stem}_{side}") for side in "rl"]]
        name = f"{stem.split('_')[0]} flexion, RMS"
        rows.append(Row(TUNED, name, "deg", float(np.sqrt(np.mean(both**2))), at_most=target))
    root = (table.segment("femur_r"), table.segment("femur_l"))

    def mean(values: list[float]) -> float:
        return 1e3 * float(np.average(values, weights=frames))

    pairs = [(r.joints_guess, r.joints_truth) for r in results]
    rows += [
        Row(TUNED, "MPJPE, 24 joints", "mm", mean([mpjpe(a, b, root) for a, b in pairs])),
        Row(TUNED, "PA-MPJPE, 12 limb joints", "mm", mean([_limbs_pa(r) for r in results]), at_most=40.0),
        Row(TUNED, "PA-MPJPE, 24 joints", "mm", mean([pa_mpjpe(a, b) for a, b in pairs])),
        Row(TUNED, "absolute error of joints", "mm", mean([mpjpe(a, b, None) for a, b in pairs])),
        Row(
            TUNED,
            "retargeting error",
            "mm",
            float(np.average([r.retarget_mm for r in results], weights=frames)),
        ),
    ]
    return rows + _uncertainty(results, root)


def _limbs_pa(result: ClipResult) -> float:
    table = body_model().skeleton
    limbs = [table.segment(f"{name}_{side}") for name in LIMB_SEGMENTS for side in "rl"]
    return pa_mpjpe(result.joints_guess[:, limbs], result.joints_truth[:, limbs])


def _uncertainty(results: list[ClipResult], root: tuple[int, int]) -> list[Row]:
    """Coverage of 90 % intervals of joint positions along each axis, and the factor that would make it so."""
    sigma = np.concatenate([r.sigma for r in results])[..., None]
    absolute = np.concatenate([r.joints_guess - r.joints_truth for r in results])
    relative = np.concatenate(
        [centred(r.joints_guess, root) - centred(r.joints_truth, root) for r in results]
    )
    rows = []
    for name, error in (("absolute", absolute), ("root-relative", relative)):
        covered = 100.0 * interval_coverage(error, sigma, LEVEL)
        factor = float(np.quantile(np.abs(error) / sigma, LEVEL) / norm.ppf(0.5 + LEVEL / 2))
        rows.append(Row(TUNED, f"90 % intervals, {name}, cover", "%", covered, at_least=85.0, at_most=95.0))
        rows.append(Row(TUNED, f"inflation that would calibrate them, {name}", "", factor))
    return rows
