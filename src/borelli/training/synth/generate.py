"""A whole set: clip after clip, finished ones are kept, so that it can be stopped and gone on with."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from borelli.errors import BorelliError
from borelli.pipeline.cache import write_json
from borelli.training.synth.config import SynthConfig, check
from borelli.training.synth.scene import random_scene
from borelli.training.synth.write import FORMAT, write_clip

SETTINGS = "synth.json"


def write_set(
    out: Path, clips: int, config: SynthConfig, progress: Callable[[int, int], None] | None = None
) -> list[Path]:
    """Write clips 0 .. `clips` - 1 of a set that are not there yet; returns the folders of all of them.

    Args:
        out: folder of the set; it may hold part of the same set, never of another.
        clips: how many; asking for more later adds to the set.
        config: what the clips are made of.
        progress: called with (frames done, frames of all clips) after every clip.

    Raises:
        BorelliError: settings that cannot be meant, or `out` holds a set made with other settings.
    """
    check(config)
    if clips < 1:
        raise BorelliError(f"--clips {clips}: give at least 1")
    _claim(out, config)
    folders = [out / f"clip_{clip:05d}" for clip in range(clips)]
    if progress is not None:
        progress(0, clips * config.frames)
    for clip, folder in enumerate(folders):
        if not folder.is_dir():
            write_clip(folder, random_scene(config, clip), config.png)
        if progress is not None:
            progress((clip + 1) * config.frames, clips * config.frames)
    return folders


def written_clips(out: Path) -> list[Path]:
    """Folders of the finished clips of a set. Raises BorelliError when there is none."""
    found = sorted(path for path in out.glob("clip_*") if path.is_dir())
    if not found:
        raise BorelliError(f"{out} holds no clips; write some with `borelli synth`")
    return found


def _claim(out: Path, config: SynthConfig) -> None:
    """Write the settings of the set, or check that they are those of the set that is there."""
    wanted = json.loads(json.dumps({"format": FORMAT, **asdict(config)}, default=str))
    for left in out.glob(".clip_*"):  # of a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    path = out / SETTINGS
    if not path.is_file():
        out.mkdir(parents=True, exist_ok=True)
        write_json(path, wanted)
        return
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BorelliError(f"{path} is damaged ({error}); give another folder with --out") from error
    other = [name for name in wanted if found.get(name) != wanted[name]]
    if other:
        raise BorelliError(f"{out} holds a set made with another {', '.join(other)}; give another --out")
