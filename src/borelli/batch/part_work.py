"""One long video, many workers: people are found in overlapping parts at once, and joined to one clip.

Everything after that sees a single clip: one world, one body, one trajectory, nothing to be stitched.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from borelli.batch.mapping import mapped
from borelli.errors import BorelliError
from borelli.motion.observations import Observations
from borelli.perception import PerceptionConfig
from borelli.perception.blazepose import BlazePose
from borelli.perception.observe import follow, observations_of
from borelli.perception.parts import joined
from borelli.perception.tracking import Followed
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import Progress, find_people, frames_between
from borelli.video import VideoInfo, frames

PART_S, LEAD_S = 30.0, 3.0
"""Seconds of a part, and how much earlier it begins to look. Few share the work of minutes evenly."""


@dataclass(frozen=True)
class Part:
    """A stretch of a video."""

    info: VideoInfo
    start: float | None
    """Seconds; where looking begins, None for the beginning of the video."""
    turn: float
    """Seconds; where this part takes over from the one before."""
    end: float | None


@dataclass(frozen=True)
class Found:
    """What a worker saw in a part, or what is wrong with it."""

    followed: Followed | None
    notes: tuple[str, ...]
    """Warnings about the file."""
    error: str = ""


@dataclass(frozen=True)
class PartWork:
    """What the workers share: finds people in parts."""

    config: RunConfig
    threads: int

    def prepare(self, progress: Progress) -> Callable[[Part], Found]:
        """Load the networks; raises BorelliError when they cannot be had."""
        chosen = perception(self.config, self.threads)
        loaded = BlazePose(chosen.models_dir, chosen.threads)

        def perform(part: Part) -> Found:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                try:
                    pictures = frames(part.info.path, part.start, part.end)
                    followed = follow(pictures, part.info, chosen, None, loaded)
                except BorelliError as error:
                    return Found(None, (), str(error))
            return Found(followed, tuple(str(each.message) for each in caught))

        return perform


@dataclass(frozen=True)
class PartsObserver:
    """Finds people with several processes at once; an Observer of `run_one`."""

    jobs: int
    threads: int

    def __call__(self, info: VideoInfo, config: RunConfig, progress: Progress) -> Observations:
        """As `find_people`; short clips, photos and keypoint files take its way."""
        parts = parts_of(info, config)
        if len(parts) < 2 or config.keypoints is not None:
            return find_people(info, config, progress)
        work = PartWork(config, self.threads)
        seen = mapped(parts, work, min(self.jobs, len(parts)))
        total = frames_between(info, config.start, config.end)
        whole = joined(_followed(seen, total, progress), [part.turn for part in parts[1:]])
        progress("people", len(whole.times), len(whole.times))
        return observations_of(whole, info, perception(config, self.threads))


def _followed(found: Iterable[Found], total: int, progress: Progress) -> Iterator[Followed]:
    """What was seen in parts, warnings passed on. Raises BorelliError for a part that cannot be seen."""
    done = 0
    for part in found:
        for note in part.notes:
            warnings.warn(note, stacklevel=2)
        if part.followed is None:
            raise BorelliError(part.error)
        done += len(part.followed.times)
        progress("people", min(total, done), total)
        yield part.followed


def parts_of(info: VideoInfo, config: RunConfig) -> list[Part]:
    """Parts of about PART_S seconds; the last may be a half longer or shorter."""
    first = config.start or 0.0
    last = info.duration if config.end is None else min(config.end, info.duration)
    count = max(1, round((last - first) / PART_S)) if info.fps > 0 else 1
    turns = np.linspace(first, last, count + 1)
    parts = []
    for k in range(count):
        start = config.start if k == 0 else float(turns[k]) - LEAD_S
        end = config.end if k == count - 1 else float(turns[k + 1])
        parts.append(Part(info, start, float(turns[k]), end))
    return parts


def perception(config: RunConfig, threads: int) -> PerceptionConfig:
    """The same choices as a single pass makes, with regions that forget where following began."""
    chosen = PerceptionConfig(models_dir=config.models, keypoint_network=config.pose_model)
    return replace(chosen, threads=threads, snapped=True)
