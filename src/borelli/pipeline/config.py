"""What a user may choose about one video, checked before any work is done."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from borelli.dynamics.boxes import parse_box
from borelli.errors import BorelliError
from borelli.lifting.published.kinds import WHERE

SHORTEST_M, TALLEST_M = 0.5, 2.6
LIGHTEST_KG, HEAVIEST_KG = 5.0, 300.0


Seconds = Annotated[float | None, tyro.conf.arg(metavar="S", help_behavior_hint="")]
OptionalFile = Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")]
Folder = Annotated[Path | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="")]
Metres = Annotated[tuple[float, ...], tyro.conf.arg(metavar="M [M ...]", help_behavior_hint="")]
Kilograms = Annotated[tuple[float, ...], tyro.conf.arg(metavar="KG [KG ...]", help_behavior_hint="")]
Flag = Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")]
Boxes = Annotated[tuple[str, ...], tyro.conf.arg(metavar="BOX [BOX ...]", help_behavior_hint="")]
Name = Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")]
Pixels = Annotated[float | None, tyro.conf.arg(metavar="PX", help_behavior_hint="")]
Degrees = Annotated[float | None, tyro.conf.arg(metavar="DEG", help_behavior_hint="")]
FirstGuess = Annotated[
    Literal["own", "none", "hsmr", "hmr2", "skelcf"], tyro.conf.arg(metavar="WHICH", help_behavior_hint="")
]
Performer = Annotated[
    Literal["sampling", "policy"] | None, tyro.conf.arg(metavar="[HOW]", help_behavior_hint="")
]


@dataclass(frozen=True)
class RunConfig:
    """Choices about one video, which are also the flags of the command line; the defaults are enough."""

    people: Annotated[str, tyro.conf.arg(metavar="WHO", help_behavior_hint="")] = "all"
    """all (default), largest, longest, or ids such as 0,2."""
    stature: Metres = ()
    """Body heights in order of id; 0 or none: estimated."""
    mass: Kilograms = ()
    """Body masses in order of id; 0 or none: from size."""
    start: Seconds = None
    """Leave out what is before this time."""
    end: Seconds = None
    """Leave out what is after this time."""
    calib: OptionalFile = None
    """Calibration: Pose2Sim .toml, Qualisys, OpenCV or ROS."""
    camera: Name = None
    """Which camera of a calibration of several."""
    focal_px: Pixels = None
    """Focal length in pixels of the displayed frames."""
    fov: Degrees = None
    """Horizontal angle of view."""
    models: Folder = None
    """Network files, for machines without a network."""
    keypoints: OptionalFile = None
    """Keypoint file or folder instead of the detector."""
    pose_model: OptionalFile = None
    """Your own keypoint network, .onnx."""
    lifter: FirstGuess = "own"
    """First guess: own (default), none, hsmr, hmr2, skelcf."""
    checkpoint: OptionalFile = None
    """Weights of hsmr, hmr2, skelcf or your own lifter."""
    no_physics: Flag = False
    """Leave out whole-clip dynamics: no forces."""
    simulate: Performer = None
    """Perform it in a simulator: sampling (default), policy."""
    policy: OptionalFile = None
    """Your own policy, for --simulate policy."""
    box: Boxes = ()
    """Something to stand on: x,y,z,width,height,depth[,deg]."""
    avatar: Flag = False
    """Learn an avatar, and refine the motion through it."""
    depth: Folder = None
    """Metric depth of every frame, for --avatar."""
    skel_model: OptionalFile = None
    """Your SKEL file, for --from-amass and --lifter hsmr."""


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
    _check_lifter(config)
    for metres in config.stature:
        if metres != 0 and not SHORTEST_M <= metres <= TALLEST_M:
            raise BorelliError(
                f"stature {metres:g} m is not a person's; give metres from {SHORTEST_M} to {TALLEST_M}"
            )
    for kilograms in config.mass:
        if kilograms != 0 and not LIGHTEST_KG <= kilograms <= HEAVIEST_KG:
            raise BorelliError(
                f"mass {kilograms:g} kg is not a person's; "
                f"give kilograms from {LIGHTEST_KG:g} to {HEAVIEST_KG:g}"
            )
    for text in config.box:
        parse_box(text)
    if config.policy is not None and config.simulate != "policy":
        raise BorelliError("--policy is for --simulate policy; give both or neither")
    if config.no_physics and (config.simulate or config.box):
        raise BorelliError("--simulate and --box need physics; leave out --no-physics")
    if config.depth is not None and not config.avatar:
        raise BorelliError("--depth is for --avatar; give both or neither")
    if config.depth is not None and not config.depth.is_dir():
        raise BorelliError(f"--depth {config.depth} is not a folder; give one depth map per frame in it")
    if config.start is not None and config.end is not None and config.end <= config.start:
        raise BorelliError(f"--end {config.end:g} s must be after --start {config.start:g} s")


def _check_lifter(config: RunConfig) -> None:
    """A published network and its weights come together."""
    if config.skel_model is not None and config.lifter not in ("hsmr", "skelcf"):
        raise BorelliError("--skel-model is for --from-amass, --lifter hsmr and skelcf; leave it out")
    if config.checkpoint is None:
        if config.lifter in WHERE:
            raise BorelliError(
                f"--lifter {config.lifter} needs the network's weights: give --checkpoint FILE, "
                f"{WHERE[config.lifter]}"
            )
        return
    if config.lifter == "none":
        raise BorelliError("--lifter none takes no --checkpoint; leave one of them out")
    if not config.checkpoint.is_file():
        raise BorelliError(f"--checkpoint {config.checkpoint} does not exist; give the file you downloaded")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
