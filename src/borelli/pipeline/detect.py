"""People and keypoints of a video, from the source that the configuration names."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError
from borelli.motion.observations import Observations, trimmed
from borelli.perception import PerceptionConfig, observe
from borelli.perception.blazepose import BlazePose
from borelli.perception.files import observe_files
from borelli.pipeline.config import RunConfig
from borelli.pipeline.hints import with_hints
from borelli.video import VideoInfo, frames

Progress = Callable[[str, int, int], None]
"""Called with the stage, units done and units expected."""

Observer = Callable[[VideoInfo, RunConfig, Progress], Observations]


def silent(stage: str, done: int, expected: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Networks:
    """Networks that one process keeps for many videos, and with how many threads they run."""

    threads: int
    blazepose: BlazePose


def find_people(
    info: VideoInfo, config: RunConfig, progress: Progress, networks: Networks | None = None
) -> Observations:
    """People and their keypoints: the detector's own, a network's, or a file's with the detector's hints."""
    if config.keypoints is None:
        return _detect(info, config, progress, networks)
    given = _from_files(info, config, config.keypoints)
    try:
        return with_hints(given, _detect(info, config, progress, networks))
    except BorelliError as error:
        warnings.warn(f"the given keypoints are used without 3D cues: {error}", stacklevel=2)
        return given


def _detect(
    info: VideoInfo, config: RunConfig, progress: Progress, networks: Networks | None
) -> Observations:
    perception = PerceptionConfig(models_dir=config.models, keypoint_network=config.pose_model)
    if networks is not None:
        perception = replace(perception, threads=networks.threads)
    part = replace(info, frame_count=frames_between(info, config.start, config.end))
    pictures = frames(info.path, config.start, config.end)
    found = observe(
        pictures,
        part,
        perception,
        lambda done, expected: progress("people", done, expected),
        networks and networks.blazepose,
    )
    progress("people", len(found.times), len(found.times))
    return found


def frames_between(info: VideoInfo, start: float | None, end: float | None) -> int:
    """About how many frames a time range holds; the container's own count without a range."""
    seconds = (info.duration if end is None else min(end, info.duration)) - (start or 0.0)
    return max(1, min(info.frame_count, round(seconds * info.fps) + 1))


def _from_files(info: VideoInfo, config: RunConfig, path: Path) -> Observations:
    """Keypoints made elsewhere, at the video's own timestamps; start and end are applied afterwards."""
    whole = observe_files(path, info, np.array([frame.time for frame in frames(info.path)]))
    first = -np.inf if config.start is None else config.start
    last = np.inf if config.end is None else config.end
    wanted = (whole.times >= first) & (whole.times <= last)
    tracks = tuple(trimmed(track, wanted) for track in whole.tracks)
    return replace(whole, times=whole.times[wanted], tracks=tracks)
