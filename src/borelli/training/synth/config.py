"""What a synthetic set is made of; every clip is a function of this, the seed and its number."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from borelli.errors import BorelliError
from borelli.pipeline.config import Folder

Size = Annotated[str, tyro.conf.arg(metavar="WxH", help_behavior_hint="")]
Share = Annotated[float, tyro.conf.arg(metavar="SHARE", help_behavior_hint="")]


@dataclass(frozen=True)
class SynthConfig:
    """Choices about a synthetic set, which are also the flags of the command line."""

    frames: int = 60
    """Pictures per clip."""
    size: Size = "640x480"
    """Width and height in pixels (default: 640x480); even numbers."""
    fps: float = 30.0
    """Pictures per second."""
    seed: int = 0
    """Of everything that is drawn at random."""
    mocap: Folder = None
    """Motion capture pack whose training clips are performed; without: procedural motion."""
    backgrounds: Folder = None
    """Your own pictures behind the people; without: procedural rooms and outdoors."""
    occluded: Share = 0.3
    """Share of clips with boxes and poles in front of the person (default: 0.3)."""
    crowded: Share = 0.2
    """Share of clips with one or two other people (default: 0.2)."""
    cropped: Share = 0.1
    """Share of clips in which the person does not fit into the picture (default: 0.1)."""
    png: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Write lossless pictures instead of a video."""

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height. Raises BorelliError for text that is not a size."""
        width, _, height = self.size.partition("x")
        if not (width.isdigit() and height.isdigit()):
            raise BorelliError(f"--size {self.size} is not a size; give WIDTHxHEIGHT, such as 640x480")
        return int(width), int(height)


def check(config: SynthConfig) -> None:
    """Raise BorelliError for choices that cannot be meant."""
    width, height = config.picture_size
    if min(width, height) < 64 or max(width, height) > 4096 or width % 2 or height % 2:
        raise BorelliError(f"--size {config.size}: give even numbers from 64 to 4096")
    if config.frames < 1 or not 1.0 <= config.fps <= 240.0:
        raise BorelliError(f"{config.frames} frames at {config.fps:g}/s: give at least 1 frame at 1 to 240/s")
    for name in ("occluded", "crowded", "cropped"):
        if not 0.0 <= getattr(config, name) <= 1.0:
            raise BorelliError(f"--{name} {getattr(config, name):g} is a share: give a number from 0 to 1")
    for name in ("mocap", "backgrounds"):
        folder: Path | None = getattr(config, name)
        if folder is not None and not folder.is_dir():
            raise BorelliError(f"--{name} {folder} is not a folder")
