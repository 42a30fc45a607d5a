"""Video with given timestamps, H.264 or VP9, written under a temporary name and renamed when whole."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np

from borelli.errors import BorelliError

TIME_BASE = Fraction(1, 90000)
TRANSPARENT = ".webm"
"""Suffix of files that keep coverage."""


def write_video(
    path: Path, pictures: Iterable[tuple[float, np.ndarray]], rate: float = 30.0, quality: int = 20
) -> int:
    """Write (time in seconds, (H, W, 3) uint8 RGB) pairs as a video whose first frame is at time 0.

    The spacing of the given times is kept (variable frame rate). Odd sizes lose their last row or
    column, as H.264 with 4:2:0 colour needs even sizes.

    Args:
        path: the .mp4 to make, or the .webm, whose pictures may be (H, W, 4) RGBA; an existing file
            is replaced only by a whole new one.
        pictures: in order of time; all of one size.
        rate: nominal frames per second, written as metadata only.
        quality: the encoder's constant rate factor, 0 (lossless) to 51.

    Returns:
        The number of frames written.

    Raises:
        BorelliError: no picture was given, or the file cannot be written.
    """
    temporary = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        count = _encode(temporary, pictures, rate, quality)
        if count == 0:
            raise BorelliError(f"no frames to write to {path}")
        temporary.replace(path)
    except (av.error.FFmpegError, OSError) as error:
        raise BorelliError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _encode(path: Path, pictures: Iterable[tuple[float, np.ndarray]], rate: float, quality: int) -> int:
    count, origin, last = 0, 0.0, -1
    clear = path.suffix == TRANSPARENT
    with av.open(str(path), "w", format="webm" if clear else "mp4") as container:
        codec = "libvpx-vp9" if clear else "libx264"
        stream = container.add_stream(codec, rate=Fraction(rate).limit_denominator(1001))
        stream.pix_fmt = "yuva420p" if clear else "yuv420p"
        speed = {"deadline": "realtime", "cpu-used": "6", "b": "0"} if clear else {"preset": "veryfast"}
        stream.options = {"crf": str(quality), **speed}
        stream.codec_context.time_base = TIME_BASE
        for time, picture in pictures:
            height, width = (side - side % 2 for side in picture.shape[:2])
            if count == 0:
                stream.width, stream.height, origin = width, height, time
            layout = "rgba" if picture.shape[2] == 4 else "rgb24"
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), format=layout)
            last = max(round((time - origin) / TIME_BASE), last + 1)
            frame.pts, frame.time_base = last, TIME_BASE
            container.mux(stream.encode(frame))
            count += 1
        if count:
            container.mux(stream.encode())
    return count
