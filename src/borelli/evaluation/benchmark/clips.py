"""Predictions on recorded clips, from video, intrinsics and stature; no truth is read here."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from borelli.evaluation.benchmark.rows import Setting
from borelli.fitting.evidence import Evidence
from borelli.geometry.calibration import read_calibration
from borelli.geometry.camera import Camera
from borelli.motion.observations import Observations, load_observations, save_observations
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import find_people, silent
from borelli.pipeline.stages import Reconstruction, people_evidence, reconstruct_people
from borelli.video import VideoInfo, probe

BALANCE_STATURE_M = 1.75
"""Assumed: the man's stature was not published."""
VIEWS = ("cam01", "cam03")


@dataclass(frozen=True)
class Recording:
    """A video, what is known of its camera, and how it is run."""

    video: Path
    calibration: Path
    with_pose: bool
    """False: only the intrinsics of the calibration are used."""
    run: RunConfig


def balance(setting: Setting, view: str) -> Recording:
    """One view of the balance recording: intrinsics and stature, neither pose nor gravity."""
    folder = setting.data / "video" / "balance"
    run = RunConfig(people="largest", stature=(BALANCE_STATURE_M,), models=setting.models)
    return Recording(folder / f"{view}.mp4", folder / "calibration" / "Calib.qca.txt", False, run)


def street(setting: Setting) -> Recording:
    """The demo clip with its calibration only."""
    folder = setting.data / "video" / "street"
    return Recording(folder / "demo.mp4", folder / "Calib_demo.toml", True, RunConfig(models=setting.models))


@cache
def predict(recording: Recording, work: Path) -> Reconstruction:
    """Motions of a recording; observations are kept in the folder `work`."""
    info = probe(recording.video)
    observations = _observed(info, recording.run, work / f"{info.path.stem}.npz")
    camera = camera_of(recording, info)
    return reconstruct_people(observations, camera, info.path.name, recording.run, silent)


def evidence_of(recording: Recording, work: Path) -> list[Evidence]:
    """What the estimator is given about the people of a recording, first guess included."""
    info = probe(recording.video)
    observations = _observed(info, recording.run, work / f"{info.path.stem}.npz")
    return people_evidence(observations, camera_of(recording, info), recording.run, silent)


def _observed(info: VideoInfo, run: RunConfig, kept: Path) -> Observations:
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        save_observations(kept, find_people(info, run, silent))
    return load_observations(kept)


def camera_of(recording: Recording, info: VideoInfo | None = None) -> Camera:
    """What is known of the camera."""
    info = info or probe(recording.video)
    name = info.path.stem if info.path.stem in VIEWS else None
    camera = read_calibration(recording.calibration, name, (info.width, info.height))
    return camera if recording.with_pose else replace(camera, T_camera_world=None)
