"""`borelli render`: an avatar from anywhere, in its own motion or another one."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor
from rich.console import Console

from borelli.avatar.animate import animate, shown_frames
from borelli.avatar.files import load_avatar
from borelli.body.model import body_model
from borelli.cli.commands import Render
from borelli.cli.progress import shown_progress
from borelli.errors import BorelliError
from borelli.motion.motion import load_motion
from borelli.pipeline.detect import Progress
from borelli.video import write_video

SMALLEST, LARGEST = 16, 4096
"""Pixels."""
TRANSPARENT = "transparent"
FRAME = "frame_{:05d}.png"


def render(command: Render) -> int:
    """Draw the frames and write them."""
    if not SMALLEST <= command.size <= LARGEST:
        raise BorelliError(f"--size {command.size} is not between {SMALLEST} and {LARGEST} pixels")
    background = parse_background(command.background)
    check_out(command.out, background)
    folder = person_folder(command.folder, command.person)
    model = body_model()
    saved = load_avatar(folder / "avatar.npz", model)
    motion = load_motion(command.motion or folder / "motion.npz")
    expected = len(shown_frames(motion))
    console = Console()
    with shown_progress(console) as progress:
        pictures = animate(saved, model, motion, command.camera, command.size, background)
        write_pictures(command.out, _reported(pictures, expected, progress))
    console.print(str(command.out), highlight=False, markup=False, soft_wrap=True)
    return 0


def person_folder(out: Path, person: int) -> Path:
    """Folder of a person with an avatar: below a video's folder, or below the only video in `out`.

    Raises:
        BorelliError: there is none, or more than one.
    """
    if not out.is_dir():
        raise BorelliError(f"{out} is not a folder; give the results of `borelli run --avatar`")
    found = sorted(
        path.parent for path in [*out.glob("person_*/avatar.npz"), *out.glob("*/person_*/avatar.npz")]
    )
    if not found:
        raise BorelliError(f"{out} holds no avatar.npz; make one with `borelli run --avatar`")
    chosen = [path for path in found if path.name == f"person_{person}"]
    if not chosen:
        people = sorted({path.name.removeprefix("person_") for path in found})
        raise BorelliError(f"{out} holds no avatar of person {person}; people with one: {', '.join(people)}")
    if len(chosen) > 1:
        videos = ", ".join(str(path.parent) for path in chosen)
        raise BorelliError(f"{out} holds several videos; give the folder of one: {videos}")
    return chosen[0]


def parse_background(text: str) -> tuple[int, int, int] | None:
    """RGB in 0..255 of a colour as in CSS, None for `transparent`."""
    if text == TRANSPARENT:
        return None
    try:
        red, green, blue = ImageColor.getcolor(text, "RGB")  # type: ignore[misc]
    except ValueError as error:
        message = f"--background {text} is no colour; give a name such as green, #rrggbb or {TRANSPARENT}"
        raise BorelliError(message) from error
    return red, green, blue


def check_out(out: Path, background: tuple[int, int, int] | None) -> None:
    """Raise BorelliError for a place that cannot take the pictures."""
    if out.suffix not in ("", ".mp4", ".webm"):
        raise BorelliError(f"{out} is neither .mp4, .webm nor a folder for PNG files (a name without a dot)")
    if out.suffix == ".mp4" and background is None:
        raise BorelliError(f"{out} cannot be transparent; give a .webm or a folder for PNG files")
    if out.suffix == "" and out.is_dir() and any(out.glob("frame_*.png")):
        raise BorelliError(f"{out} holds frames already; give an empty folder")


def write_pictures(out: Path, pictures: Iterable[tuple[float, np.ndarray]]) -> None:
    """A video, or PNG files when the name has no suffix."""
    if out.suffix:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_video(out, pictures)
        return
    out.mkdir(parents=True, exist_ok=True)
    for number, (_, picture) in enumerate(pictures):
        Image.fromarray(picture).save(out / FRAME.format(number))


def _reported(
    pictures: Iterator[tuple[float, np.ndarray]], expected: int, progress: Progress
) -> Iterator[tuple[float, np.ndarray]]:
    for done, item in enumerate(pictures, start=1):
        yield item
        progress("render", done, expected)
