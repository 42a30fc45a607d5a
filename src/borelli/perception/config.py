"""What the user may choose about perception."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PerceptionConfig:
    """Defaults suit ordinary video of one to five people."""

    models_dir: Path | None = None
    """Folder with the network files or their wheel, for machines without a network."""
    keypoint_network: Path | None = None
    """The user's own .onnx pose network (RTMPose, RTMW, ViTPose...); BlazePose still finds the people."""
    keypoint_set: str = ""
    """Name of that network's keypoint set; empty: by its number of keypoints."""
    detect_every: int = 5
    """Frames between looks for new people; lost people are looked for in every frame."""
    max_people: int = 8
    """At most so many people are followed at a time; the largest are kept."""
    min_height_px: float = 60.0
    """Smaller people are ignored: their keypoints are not reliable."""
    min_track_s: float = 0.3
    """Shorter tracks are dropped as ghosts (unless the whole clip is that short)."""
    max_gap_s: float = 4.0
    """Somebody who reappears within this time may get the old identity back."""
    snapped: bool = False
    """Regions of interest are rounded, so that following forgets where it began: parts of a clip can then
    be followed by themselves and agree where they meet."""
    threads: int = 2
    """Threads of the networks."""
