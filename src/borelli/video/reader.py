"""Frames of a video or photo as displayed: rotation applied, the stream's own timestamps kept, streaming."""

import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
import av.container
import av.error
import numpy as np

from borelli.errors import BorelliError
from borelli.video.photo import PHOTO_SUFFIXES, open_photo

DIAGONAL_35MM = float(np.hypot(36.0, 24.0))
FOCAL_KEY = "focal_length.35mm_equivalent"


@dataclass(frozen=True)
class VideoInfo:
    """What a file says about itself, before it is decoded."""

    path: Path
    width: int
    """Pixels as displayed (after rotation)."""
    height: int
    fps: float
    """Average frame rate; timestamps, not this, are the truth. 0 for a photo."""
    frame_count: int
    """Estimate from the container; the number that decodes may differ."""
    rotation: int
    """Degrees counter-clockwise that turn the stored picture into the displayed one: 0, 90, 180 or 270."""
    duration: float
    """Seconds; 0 for a photo."""
    focal_35mm: float | None = None
    """35 mm equivalent focal length from EXIF or QuickTime metadata, millimetres."""

    @property
    def focal_px(self) -> float | None:
        """Focal length in pixels by the diagonal convention of the 35 mm equivalent (CIPA DCG-001).

        Too short for video that crops the sensor (stabilisation, 16:9 of a 4:3 sensor): use as a start.
        """
        if self.focal_35mm is None:
            return None
        return self.focal_35mm * float(np.hypot(self.width, self.height)) / DIAGONAL_35MM


@dataclass(frozen=True)
class Frame:
    """One picture of a clip."""

    index: int
    """Count of delivered frames, from 0."""
    time: float
    """Seconds, the stream's own timestamp."""
    image: np.ndarray
    """(H, W, 3) uint8 RGB, contiguous, as displayed."""


def probe(path: Path) -> VideoInfo:
    """Size, rate, rotation and focal metadata of a video or photo.

    Raises:
        BorelliError: the file is missing, a folder, not a video, or holds no decodable frame.
    """
    path = _existing_file(path)
    if path.suffix.lower() in PHOTO_SUFFIXES:
        image, focal = open_photo(path)
        return VideoInfo(path, image.shape[1], image.shape[0], 0.0, 1, 0, 0.0, focal)
    with _open(path) as container:
        stream = container.streams.video[0]
        first = next(_decode(container, stream, []), None)
        if first is None:
            raise BorelliError(f"{path} holds no decodable video frame; check the file or re-encode it")
        rotation = int(first.rotation) % 360
        width, height = (first.width, first.height)
        if rotation % 180 == 90:
            width, height = height, width
        fps = float(stream.average_rate or stream.guessed_rate or 0)
        duration = _duration(container, stream)
        count = int(stream.frames or round(duration * fps))
        return VideoInfo(path, width, height, fps, count, rotation, duration, _focal_35mm(container))


def frames(path: Path, start: float | None = None, end: float | None = None) -> Iterator[Frame]:
    """Decode one frame at a time; a photo is a clip of one frame at time 0.

    Frames whose timestamp does not advance are left out. A damaged or truncated file delivers what
    decodes and then warns with the counts.

    Args:
        path: video or photo.
        start, end: seconds of the stream's own clock; frames with start <= time <= end are delivered.

    Raises:
        BorelliError: as `probe`; also when no frame lies between start and end.
    """
    path = _existing_file(path)
    if path.suffix.lower() in PHOTO_SUFFIXES:
        yield Frame(0, 0.0, open_photo(path)[0])
        return
    delivered = 0
    for frame in _timed_frames(path, start, end):
        yield Frame(delivered, frame[0], frame[1])
        delivered += 1
    if delivered == 0:
        span = "" if start is None and end is None else f" between {start or 0:g} s and {end or np.inf:g} s"
        raise BorelliError(f"{path} holds no decodable video frame{span}; check the file or the time range")


def rotate(image: np.ndarray, degrees_counter_clockwise: int) -> np.ndarray:
    """Turn a picture (H, W, 3) by a multiple of 90 degrees; the result is contiguous."""
    return np.ascontiguousarray(np.rot90(image, degrees_counter_clockwise // 90))


def _timed_frames(path: Path, start: float | None, end: float | None) -> Iterator[tuple[float, np.ndarray]]:
    """Timestamps and displayed pictures inside the time range; warns about damage at the end."""
    with _open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        rate = float(stream.average_rate or stream.guessed_rate or 25)
        if start is not None and stream.time_base is not None:
            with suppress(av.error.FFmpegError):  # what cannot be entered anywhere is read from its beginning
                container.seek(int(start / stream.time_base), stream=stream)
        damage: list[str] = []
        decoded, last = 0, -np.inf
        for decoded, frame in enumerate(_decode(container, stream, damage), start=1):
            time = float(frame.time) if frame.time is not None else (decoded - 1) / rate
            if end is not None and time > end:
                return
            if time <= last or (start is not None and time < start):
                continue
            last = time
            yield time, rotate(frame.to_ndarray(format="rgb24"), int(frame.rotation) % 360)
        _warn_about_damage(path, damage, decoded, stream.frames if start is None else 0)


def _warn_about_damage(path: Path, damage: list[str], decoded: int, expected: int) -> None:
    short = expected - decoded > max(2, 0.02 * expected)
    if decoded and (damage or short):
        promised = f" of {expected}" if expected else ""
        reason = f" ({damage[0]})" if damage else ""
        warnings.warn(
            f"{path} is damaged or truncated: {decoded}{promised} frames decoded{reason}; using those",
            stacklevel=4,
        )


def _decode(
    container: av.container.InputContainer, stream: av.VideoStream, damage: list[str]
) -> Iterator[av.VideoFrame]:
    """Frames of a stream, skipping packets that do not decode; their errors are appended to `damage`."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.error.FFmpegError as error:
            damage.append(error.strerror or str(error))
            return
        try:
            yield from packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            damage.append(error.strerror or str(error))


def _existing_file(path: Path) -> Path:
    path = Path(path)
    if path.is_dir():
        raise BorelliError(f"{path} is a folder; give one video or photo file")
    if not path.exists():
        raise BorelliError(f"{path} does not exist; check the path")
    return path


def _open(path: Path) -> av.container.InputContainer:
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BorelliError(
            f"{path} is not a video that can be read ({reason}); try re-encoding it to mp4"
        ) from error
    if not container.streams.video:
        container.close()
        raise BorelliError(f"{path} has no video stream; give a video or photo file")
    return container


def _duration(container: av.container.InputContainer, stream: av.VideoStream) -> float:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / 1e6


def _focal_35mm(container: av.container.InputContainer) -> float | None:
    """35 mm equivalent that phones write as QuickTime metadata, on the file or on a stream."""
    for metadata in (container.metadata, *(stream.metadata for stream in container.streams)):
        for key, value in metadata.items():
            if key.endswith(FOCAL_KEY):
                try:
                    return float(value) or None
                except ValueError:
                    return None
    return None
