"""The video and the camera of a report page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from borelli.motion.motion import Motion
from borelli.report.page_arrays import ArrayStream, data_url
from borelli.report.page_time import PageTime

LARGEST_INSIDE = 12_000_000
"""Bytes of a video up to which the page carries it; a larger one is linked and has to stay beside it."""
STILL = 1e-9
"""Metres and radians, about: a camera that moves less stands."""


def video_entry(folder: Path, first_time: float, embed: bool) -> dict[str, Any] | None:
    """The overlay in the folder of a run, as video or picture; None where there is none.

    Args:
        folder: of one video.
        first_time: seconds of the clip at which the overlay begins.
        embed: carry it in the page when it is small enough; a linked one is named relatively.
    """
    video, picture = folder / "overlay.mp4", folder / "overlay.jpg"
    if video.is_file():
        inside = embed and video.stat().st_size <= LARGEST_INSIDE
        source = data_url("video/mp4", video.read_bytes()) if inside else video.name
        return {"src": source, "start": first_time}
    if not picture.is_file():
        return None
    with Image.open(picture) as opened:
        width, height = opened.size
    source = data_url("image/jpeg", picture.read_bytes()) if embed else picture.name
    return {"image": source, "width": width, "height": height}


def camera_entry(stream: ArrayStream, motions: Sequence[Motion], time: PageTime) -> dict[str, Any] | None:
    """Intrinsics and pose of the camera over time; None for recordings without one."""
    seen = [motion for motion in motions if np.isfinite(motion.T_camera_world).any() and motion.width > 0]
    if not seen:
        return None
    longest = max(seen, key=lambda motion: len(motion.time))
    T = time.held(longest.time, longest.T_camera_world)
    T = T[:1] if np.ptp(T, axis=0).max() < STILL else T
    return {
        "K": longest.K.tolist(),
        "width": longest.width,
        "height": longest.height,
        "T_camera_world": stream.plain(T, "f4"),
    }
