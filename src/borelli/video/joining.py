"""Videos written by `write_video` one after the other in one file, without encoding them again."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import av.error

from borelli.errors import BorelliError


def join_videos(parts: Sequence[Path], starts: Sequence[float], path: Path) -> None:
    """Copy the packets of videos with the same encoder settings and size into one.

    Args:
        parts: at least one .mp4, in order.
        starts: seconds at which each begins, after the end of the one before.
        path: the .mp4 to make; an existing file is replaced only by a whole new one.

    Raises:
        BorelliError: a part cannot be read, or the file cannot be written.
    """
    temporary = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        with av.open(str(parts[0])) as first, av.open(str(temporary), "w", format="mp4") as joined:
            stream = joined.add_stream_from_template(first.streams.video[0])
            last = None
            for part, start in zip(parts, starts, strict=True):
                with av.open(str(part)) as source:
                    for packet in source.demux(source.streams.video[0]):
                        if packet.dts is None or packet.pts is None or packet.time_base is None:
                            continue  # the mark of the end
                        shift = round(Fraction(start) / packet.time_base)
                        packet.pts += shift
                        # decoding times run ahead of what is shown, and may meet those of the part before
                        packet.dts = packet.dts + shift if last is None else max(packet.dts + shift, last + 1)
                        last = packet.dts
                        packet.stream = stream
                        joined.mux(packet)
        temporary.replace(path)
    except (av.error.FFmpegError, OSError) as error:
        raise BorelliError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
