"""Tiny clips for batches, what stands in for the detector in their workers, and for the workers."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from synthetic_clip import Observer, make_video

from borelli.batch.events import Ended, Event, Started
from borelli.batch.item import Item
from borelli.batch.task import Setting, Task
from borelli.batch.work import Hands, work_on
from borelli.cli import main
from borelli.motion.observations import Observations
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import Progress
from borelli.video import VideoInfo

CONFIG = RunConfig(focal_px=130.0, stature=(1.7,), no_physics=True)


def clips(folder: Path, count: int = 3, frames: int = 4) -> Path:
    """A folder of `count` clips, clip_0.mp4 and so on; no two are alike."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        make_video(folder / f"clip_{number}.mp4", frames + number)
    return folder


def here(items: Iterator[Item], setting: Setting, jobs: int) -> Iterator[Event]:
    """In place of `pooled`: items are worked on in this process, with made-up people."""
    for item in items:
        yield Started(0, Task(item))
        yield Ended(0, work_on(Task(item), Hands(setting, Observer())))


def call(*arguments: object) -> int:
    """The exit code of the command line."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return int(stop.code or 0)
    raise AssertionError("the command did not exit")


def load(setting: Setting) -> Observer:
    """Somebody made up in every clip."""
    return Observer()


class Deadly(Observer):
    """Ends its own process, without a word, in clips whose name contains `word`, as often as is wished."""

    def __init__(self, times: int, note: Path) -> None:
        """How often is counted in the file `note`."""
        super().__init__()
        self.times, self.note = times, note

    def __call__(self, info: VideoInfo, config: RunConfig, progress: Progress) -> Observations:
        """As `Observer`, if the process lives on."""
        if info.path.stem == "clip_1":
            before = len(self.note.read_text()) if self.note.exists() else 0
            if before < self.times:
                self.note.write_text("x" * (before + 1))
                os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(info, config, progress)


def load_deadly_once(setting: Setting) -> Deadly:
    """The first worker that meets clip_1 dies."""
    return Deadly(1, setting.out.parent / "deaths")


def load_deadly(setting: Setting) -> Deadly:
    """Every worker that meets clip_1 dies."""
    return Deadly(1000, setting.out.parent / "deaths")


class Slow(Observer):
    """Takes its time and says that it has begun."""

    def __init__(self, note: Path) -> None:
        """`note` appears when somebody waits."""
        super().__init__()
        self.note = note

    def __call__(self, info: VideoInfo, config: RunConfig, progress: Progress) -> Observations:
        """As `Observer`, a minute later."""
        self.note.write_text("waiting")
        time.sleep(60)
        return super().__call__(info, config, progress)


def load_slow(setting: Setting) -> Slow:
    """Workers that wait for a minute in every clip."""
    return Slow(setting.out.parent / "waiting")
