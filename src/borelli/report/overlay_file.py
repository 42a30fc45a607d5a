"""The overlay of a video or photo as a file; that of a long video in stretches, by several processes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from borelli.body.model import body_model
from borelli.errors import BorelliError
from borelli.fitting.windows import Mapper
from borelli.motion.motion import Motion
from borelli.report.overlay import drawn_frames
from borelli.stretches import stretches
from borelli.video import VideoInfo, write_video
from borelli.video.joining import join_videos

STRETCH = 600
"""Frames of a stretch; videos of less than two are drawn in one pass."""
QUALITY = 23

Progress = Callable[[int, int], None]
"""Told the number of frames done and expected."""
Span = tuple[float | None, float | None]


@dataclass(frozen=True)
class Stretch:
    """A part of the overlay, as a file of its own."""

    path: Path
    info: VideoInfo
    motions: tuple[Motion, ...]
    """Over this stretch."""
    times: np.ndarray
    """(n,) seconds of its frames."""


def draw_overlay(
    path: Path,
    info: VideoInfo,
    motions: Sequence[Motion],
    times: np.ndarray,
    span: Span = (None, None),
    progress: Progress | None = None,
    over: Mapper = map,
) -> int:
    """Write the overlay of a video (.mp4) or photo (.jpg) at most 1280 pixels on its longer side.

    Args:
        path: file to make; it appears when it is whole.
        info: the video that the motions come from.
        motions: of one or several people; frames are matched by their timestamps.
        times: (N,) seconds of the frames to draw.
        span: start and end in seconds, as for the reconstruction; only these frames are in it.
        progress: called with (frames done, frames expected).
        over: maps over the stretches of a long video.

    Returns:
        Number of frames drawn.

    Raises:
        BorelliError: the video cannot be read, or the file cannot be written.
    """
    if path.suffix == ".jpg":
        return _draw_photo(path, info, motions, progress)
    if len(times) >= 2 * STRETCH and (count := _in_stretches(path, info, motions, times, progress, over)):
        return count
    pictures = _counted(drawn_frames(info, motions, body_model(), span), len(times), progress)
    return write_video(path, pictures, rate=info.fps or 30.0, quality=QUALITY)


def draw_stretch(stretch: Stretch) -> int:
    """Write one stretch; returns the number of its frames."""
    span = float(stretch.times[0]), float(stretch.times[-1])
    pictures = drawn_frames(stretch.info, stretch.motions, body_model(), span)
    return write_video(stretch.path, pictures, rate=stretch.info.fps or 30.0, quality=QUALITY)


def _in_stretches(
    path: Path,
    info: VideoInfo,
    motions: Sequence[Motion],
    times: np.ndarray,
    progress: Progress | None,
    over: Mapper,
) -> int:
    """Number of frames drawn; 0 where the file cannot be entered at a given time, as damaged ones cannot."""
    runs = stretches(len(times), STRETCH)
    with TemporaryDirectory(prefix=".partial-", dir=path.parent) as folder:
        files = [Path(folder) / f"{k:05d}.mp4" for k in range(len(runs))]
        tasks = (
            Stretch(file, info, tuple(_during(motions, times[run])), times[run])
            for file, run in zip(files, runs, strict=True)
        )
        try:
            for run, drawn in zip(runs, over(draw_stretch, tasks), strict=True):
                if drawn != run.stop - run.start:
                    return 0
                if progress is not None:
                    progress(run.stop, len(times))
        except BorelliError:  # one pass will say what is wrong, or find that nothing is
            return 0
        join_videos(files, [float(times[run.start] - times[0]) for run in runs], path)
    return len(times)


def _during(motions: Sequence[Motion], times: np.ndarray) -> Iterator[Motion]:
    """Those of the motions that have frames in a stretch, over it."""
    for motion in motions:
        first, last = np.searchsorted(motion.time, times[0]), np.searchsorted(motion.time, times[-1], "right")
        if last > first:
            yield motion.cut(slice(int(first), int(last)))


def _draw_photo(path: Path, info: VideoInfo, motions: Sequence[Motion], progress: Progress | None) -> int:
    _, picture = next(drawn_frames(info, motions, body_model()))
    partial = path.with_name(f".{path.name}")
    Image.fromarray(picture).save(partial, format="JPEG", quality=92)
    partial.replace(path)
    if progress is not None:
        progress(1, 1)
    return 1


def _counted(
    pictures: Iterator[tuple[float, np.ndarray]], expected: int, progress: Progress | None
) -> Iterator[tuple[float, np.ndarray]]:
    for done, picture in enumerate(pictures, start=1):
        yield picture
        if progress is not None:
            progress(done, max(done, expected))
