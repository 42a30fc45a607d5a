"""One video with its settings, and the hash of everything that each stage depends on."""

from dataclasses import asdict, dataclass
from pathlib import Path

from borelli.avatar.refine_config import RefineConfig
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.policy.policy import load_policy
from borelli.fitting.config import EstimatorConfig
from borelli.geometry.camera import Camera
from borelli.lifting.lifter import SHIPPED
from borelli.perception import PerceptionConfig
from borelli.pipeline.cache import file_hash, stage_key
from borelli.pipeline.camera import choose_camera
from borelli.pipeline.config import RunConfig
from borelli.pipeline.performer import policy_file
from borelli.pipeline.versions import versions
from borelli.video import VideoInfo

NOT_IN_RESULT = frozenset({"models_dir", "threads", "keypoint_network"})
"""Settings of perception that change where or how fast, or whose file is hashed instead."""


@dataclass(frozen=True)
class Job:
    """What `run_one` works on."""

    info: VideoInfo
    config: RunConfig
    folder: Path
    """OUT/<name of the video>, or of another name that was asked for."""
    camera: Camera
    """As known before estimation."""
    input_hash: str
    """SHA-256 of the video file."""
    keys: dict[str, str]
    """Stage to key, in order."""

    @property
    def key(self) -> str:
        """Hash of the whole run."""
        return stage_key("run", self.keys)


def make_job(info: VideoInfo, config: RunConfig, out: Path, name: str | None = None) -> Job:
    """Read and hash the inputs of a run, so that a wrong one is known before the work.

    `name` is that of the folder in `out`, the name of the video without suffix unless given.
    Raises BorelliError for a calibration or a policy that does not fit, OSError for files that cannot be
    read.
    """
    if (policy := policy_file(config)) is not None:
        load_policy(policy)
    camera = choose_camera(config, info.width, info.height, info.focal_35mm, info.fps == 0, info.path.stem)
    digest = file_hash(info.path)
    keys = stage_keys(digest, info.path.name, config)
    return Job(info, config, out / (name or info.path.stem), camera, digest, keys)


def stage_keys(digest: str, file_name: str, config: RunConfig) -> dict[str, str]:
    """Stage to hash of everything that it depends on, in order of the stages."""
    perception = {k: v for k, v in asdict(PerceptionConfig()).items() if k not in NOT_IN_RESULT}
    people = {
        "video": digest,
        "versions": versions(),
        "range": (config.start, config.end),
        "keypoints": _hash(config.keypoints),
        "pose_model": _hash(config.pose_model),
        "perception": perception,
    }
    keys = {"people": stage_key("people", people)}
    motion = {
        "people": keys["people"],
        "name": file_name,
        "choice": config.people,
        "stature": config.stature,
        "physics": (config.no_physics, config.mass, config.box, asdict(PhysicsConfig())),
        "simulated": (config.simulate, _hash(policy_file(config))),
        "camera": (_hash(config.calib), config.camera, config.focal_px, config.fov),
        "estimator": asdict(EstimatorConfig()),
        "refined": config.avatar,  # the avatar replaces the motion of this stage
        "lifter": (config.lifter, _hash(SHIPPED), _hash(config.checkpoint), _hash(config.skel_model)),
    }
    keys["motion"] = stage_key("motion", motion)
    last = "motion"
    if config.avatar:
        avatar = {"motion": keys["motion"], "depth": _hash(config.depth), "assumed": asdict(RefineConfig())}
        keys["avatar"], last = stage_key("avatar", avatar), "avatar"
    keys |= {stage: stage_key(stage, {last: keys[last]}) for stage in ("files", "overlay")}
    return keys


def _hash(path: Path | None) -> str | None:
    """Content of a file or folder; None when there is none, and then its reader says so."""
    return file_hash(path) if path is not None and path.exists() else None
