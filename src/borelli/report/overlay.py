"""The reconstructed people drawn over the frames of their video: surface, skeleton, standing feet."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from PIL import Image

from borelli.body.model import BodyModel
from borelli.geometry.mesh.triangles import find_faces, interpolate
from borelli.geometry.mesh.z_buffer import empty_buffers, window_of
from borelli.motion.motion import Motion
from borelli.report.figure import Figure, bones, figures
from borelli.report.labels import draw_legend, draw_text, text_mask
from borelli.report.raster import blend_surface, draw_rod
from borelli.video import VideoInfo, frames

MAX_SIDE = 1280
SURFACE_OPACITY, BONE_OPACITY, FAINT = 0.6, 0.9, 0.35
"""FAINT multiplies both where the estimator does not vouch for the frame."""
SIDES = {"r": (64, 156, 255), "l": (255, 140, 32), "m": (240, 240, 240)}
"""Right blue, left orange, middle white: told apart by all common kinds of colour vision."""
STANDING = (80, 230, 90)
PEOPLE = np.array(
    [[222, 232, 244], [250, 222, 170], [190, 240, 205], [244, 200, 230], [205, 205, 255]], dtype=np.float32
)
DRAWN_AHEAD = 4


@dataclass(frozen=True)
class Canvas:
    """Size of the overlay's frames and what is drawn in every one of them."""

    width: int
    height: int
    sides: tuple[str, ...]
    """Side of each bone."""
    faces: np.ndarray
    """(F, 3)."""


def picture_size(width: int, height: int) -> tuple[int, int]:
    """Even width and height of the overlay for frames of this size."""
    factor = min(1.0, MAX_SIDE / max(width, height))
    return max(2, round(width * factor / 2) * 2), max(2, round(height * factor / 2) * 2)


def scaled_intrinsics(K: np.ndarray, size: tuple[int, int], canvas: tuple[int, int]) -> np.ndarray:
    """Intrinsics (3, 3) for pictures resized from `size` to `canvas` (width, height)."""
    x, y = canvas[0] / size[0], canvas[1] / size[1]
    return np.array([[x, 0.0, 0.5 * x - 0.5], [0.0, y, 0.5 * y - 0.5], [0.0, 0.0, 1.0]]) @ K


def draw_frame(image: np.ndarray, people: Sequence[tuple[int, Figure]], canvas: Canvas) -> np.ndarray:
    """A frame (H, W, 3) uint8 RGB of the video, resized, with everybody in it drawn."""
    size = canvas.width, canvas.height
    small = Image.fromarray(image).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    picture = np.array(small)
    _draw_surfaces(picture, people, canvas)
    for _, figure in sorted(people, key=lambda item: -float(np.median(item[1].depth))):
        _draw_skeleton(picture, figure, canvas.sides)
    for person, figure in people:
        if np.isfinite(figure.top).all():
            name = f"person {person}"
            rows, columns = text_mask(name).shape
            draw_text(picture, name, int(figure.top[0] - columns / 2), max(int(figure.top[1]) - rows - 10, 2))
    draw_legend(picture, (("left", SIDES["l"]), ("right", SIDES["r"]), ("standing", STANDING)))
    return picture


def _draw_surfaces(picture: np.ndarray, people: Sequence[tuple[int, Figure]], canvas: Canvas) -> None:
    size = picture.shape[0], picture.shape[1]
    depth, owner, face = empty_buffers(size)
    shade = np.zeros((*size, 1), dtype=np.float32)
    for number, (_, figure) in enumerate(people, start=1):
        find_faces(depth, owner, face, figure.pixels, figure.depth, canvas.faces, np.uint8(number))
    for number, (_, figure) in enumerate(people, start=1):
        points, z = figure.pixels, figure.depth
        window, light = window_of(points, z, size), figure.light[:, None]
        interpolate(shade, owner, face, np.uint8(number), window, points, z, canvas.faces, light)
    colours = np.array([PEOPLE[person % len(PEOPLE)] for person, _ in people], dtype=np.float32).reshape(
        -1, 3
    )
    opacities = np.array([_trust(f) * SURFACE_OPACITY for _, f in people], dtype=np.float32)
    blend_surface(picture, shade[..., 0], owner, colours, opacities)


def _draw_skeleton(picture: np.ndarray, figure: Figure, sides: tuple[str, ...]) -> None:
    opacity, r = BONE_OPACITY * _trust(figure), figure.bone_width
    for (start, end), side in zip(figure.ends, sides, strict=True):
        if np.isfinite(start).all() and np.isfinite(end).all():
            colour = np.array(SIDES[side])
            draw_rod(picture, start, end, (r, 0.6 * r), colour, opacity)
            draw_rod(picture, start, start, (1.5 * r, 1.5 * r), colour, opacity)
    for point in figure.standing[np.isfinite(figure.standing).all(axis=1)]:
        draw_rod(picture, point, point, (2.4 * r, 2.4 * r), np.zeros(3), 0.6 * opacity)
        draw_rod(picture, point, point, (1.7 * r, 1.7 * r), np.array(STANDING), opacity)


def _trust(figure: Figure) -> float:
    return 1.0 if figure.valid else FAINT


def drawn_frames(
    info: VideoInfo,
    motions: Sequence[Motion],
    model: BodyModel,
    span: tuple[float | None, float | None] = (None, None),
) -> Iterator[tuple[float, np.ndarray]]:
    """Timestamps and drawn frames of a video, at most 1280 pixels on the longer side.

    Two threads draw while this one decodes and poses the bodies. Only this thread poses: the loops there
    are parallel, and numba's plain scheduler allows one caller.

    Args:
        info: the video that the motions come from.
        motions: of one or several people, whose first frames are in the span; matched by timestamps.
        model: the body that the motions are of.
        span: first and last second.

    Raises:
        BorelliError: the video cannot be read.
    """
    _, sides = bones(model.skeleton)
    canvas = Canvas(*picture_size(info.width, info.height), tuple(sides), model.faces)
    K = [scaled_intrinsics(m.K, (info.width, info.height), (canvas.width, canvas.height)) for m in motions]
    streams = [figures(motion, model, k) for motion, k in zip(motions, K, strict=True)]
    times = [set(motion.time.tolist()) for motion in motions]
    waiting: deque[tuple[float, Future[np.ndarray]]] = deque()
    with ThreadPoolExecutor(2, thread_name_prefix="draw") as pool:
        for frame in frames(info.path, *span):
            people = [
                (motion.person, next(stream))
                for motion, stream, own in zip(motions, streams, times, strict=True)
                if frame.time in own
            ]
            waiting.append((frame.time, pool.submit(draw_frame, frame.image, people, canvas)))
            if len(waiting) > DRAWN_AHEAD:
                time, drawn = waiting.popleft()
                yield time, drawn.result()
        for time, drawn in waiting:
            yield time, drawn.result()
