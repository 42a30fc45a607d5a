"""What a user may choose about one video, checked before any work is done."""

from dataclasses import dataclass
from pathlib import Path

from borelli.errors import BorelliError

SHORTEST_M, TALLEST_M = 0.5, 2.6


@dataclass(frozen=True)
class RunConfig:
    """Choices about one video; the defaults need nothing but the video."""

    people: str = "all"
    """Whom to reconstruct: all, largest, longest, or ids such as 0,2."""
    stature: tuple[float, ...] = ()
    """Body height in metres, one per person in order of id; estimated if not given."""
    start: float | None = None
    """Seconds: leave out what is before."""
    end: float | None = None
    """Seconds: leave out what is after."""
    calib: Path | None = None
    """Calibration file of the camera: Pose2Sim .toml, Qualisys, OpenCV or ROS."""
    camera: str | None = None
    """Which camera of a calibration file that holds several."""
    focal_px: float | None = None
    """Focal length in pixels of the displayed frames."""
    fov: float | None = None
    """Horizontal angle of view in degrees."""
    models: Path | None = None
    """Folder with the network files, for machines without a network."""
    keypoints: Path | None = None
    """Keypoints made elsewhere, instead of the built-in detector."""
    pose_model: Path | None = None
    """Your own keypoint network (.onnx), instead of the built-in one."""


def check(config: RunConfig) -> None:
    """Raise BorelliError for choices that contradict each other or cannot be meant."""
    given = [name for name in ("calib", "focal_px", "fov") if getattr(config, name) is not None]
    if len(given) > 1:
        flags = " and ".join(_flag(name) for name in given)
        raise BorelliError(f"{flags} both state the focal length; give one of them")
    if config.camera is not None and config.calib is None:
        raise BorelliError("--camera names a camera of a calibration file; give the file with --calib")
    if config.keypoints is not None and config.pose_model is not None:
        raise BorelliError("--keypoints and --pose-model are both sources of keypoints; give one of them")
    for metres in config.stature:
        if not SHORTEST_M <= metres <= TALLEST_M:
            raise BorelliError(
                f"stature {metres:g} m is not a person's; give metres from {SHORTEST_M} to {TALLEST_M}"
            )
    if config.start is not None and config.end is not None and config.end <= config.start:
        raise BorelliError(f"--end {config.end:g} s must be after --start {config.start:g} s")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
