"""One item from lock to result: the same function in a process pool, in a job array and on Ray."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter

from borelli.batch.failures import is_interrupt, outcome_of
from borelli.batch.item import Item, configured
from borelli.batch.lock import locked
from borelli.batch.marker import (
    Marker,
    fingerprint,
    read_failure,
    read_marker,
    settings_key,
    state_of,
    write_marker,
)
from borelli.batch.places import Places
from borelli.batch.task import Outcome, Setting, Task
from borelli.batch.tries import counted
from borelli.batch.uris import download, is_uri
from borelli.errors import BorelliError
from borelli.fitting.windows import Mapper
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import Observer, Progress, silent
from borelli.pipeline.run import RunResult, observe_one, run_one


@dataclass(frozen=True)
class Hands:
    """What a worker has for all its items."""

    setting: Setting
    observer: Observer
    """Finds people; holds the networks."""
    progress: Progress = silent
    only_people: bool = False
    """Stop after the first stage, as another process goes on from there."""
    over: Mapper = map
    """Solves the stretches of a very long video."""


@dataclass(frozen=True)
class ItemWork:
    """What a worker process of a batch is for."""

    setting: Setting

    def prepare(self, progress: Progress) -> Callable[[Task], Outcome]:
        """Load the networks; raises BorelliError when they cannot be had."""
        return partial(work_on, hands=Hands(self.setting, self.setting.observer(), progress))


def work_on(task: Task, hands: Hands) -> Outcome:
    """Reconstruct one item unless it is done; whatever is wrong with it is in the outcome."""
    begun = perf_counter()
    outcome = _attempted(lambda: _checked(task, hands), task, hands.setting)
    return replace(outcome, seconds=perf_counter() - begun)


def _attempted(work: Callable[[], Outcome], task: Task, setting: Setting) -> Outcome:
    """The outcome of a piece of work, whatever happens in it."""
    try:
        return work()
    except Exception as error:  # not even a fault of this program may stop the others
        if is_interrupt(error):
            raise KeyboardInterrupt from error
        return outcome_of(error, task, setting)


def _checked(task: Task, hands: Hands) -> Outcome:
    item, places = task.item, Places(hands.setting.out)
    config = configured(item, hands.setting.config)
    known = _settled(task, hands.setting, config)
    if known is not None:
        return known
    with locked(places.lock(item.name)) as mine:
        if mine is None:
            return Outcome(task, "busy")
        # failures are written while the lock is held, so that none can follow the result of another worker
        outcome = _attempted(lambda: _worked_on(task, hands, config, mine), task, hands.setting)
        if outcome.state == "failed" and places.result(item.name).exists():
            shutil.rmtree(places.work / item.name, ignore_errors=True)  # the copy, and what became of it
        return outcome


def _worked_on(task: Task, hands: Hands, config: RunConfig, mine: Callable[[], bool]) -> Outcome:
    item, places = task.item, Places(hands.setting.out)
    known = _settled(task, hands.setting, config)  # it may have been finished a moment ago
    if known is not None:
        return known
    _adopt(places, item)
    read = fingerprint(item.source)
    with counted(places.tries(item.name), hands.setting.attempts), _local(item, places) as video:
        if hands.only_people:
            return _observe(task, hands, config, video)
        return _reconstruct(task, hands, config, video, read, mine)


def _settled(task: Task, setting: Setting, config: RunConfig) -> Outcome | None:
    """The outcome of an item about which nothing is to be done."""
    state = state_of(task.item, Places(setting.out), lambda: settings_key(config))
    if state == "done":
        Places(setting.out).failed(task.item.name).unlink(missing_ok=True)  # of a newer video, now gone
        return Outcome(task, "kept")
    if state == "failed" and not setting.force:
        known = read_failure(Places(setting.out).failed(task.item.name))
        why = f" ({known.reason})" if known else ""
        return Outcome(task, "failed", f"failed before{why}; change video or settings, or give --force")
    return None


def _adopt(places: Places, item: Item) -> None:
    """Take over the result from when no other input shared the name."""
    if item.name == item.alone or places.result(item.name).exists():
        return
    before = read_marker(places.result(item.alone))
    if before is not None and before.source == item.source:
        os.rename(places.result(item.alone), places.result(item.name))


def _observe(task: Task, hands: Hands, config: RunConfig, video: Path) -> Outcome:
    place = _workplace(task.item, Places(hands.setting.out))
    observe_one(video, config, place, hands.progress, observer=hands.observer, name=task.item.name)
    return Outcome(task, "done")


def _reconstruct(
    task: Task, hands: Hands, config: RunConfig, video: Path, read: str, mine: Callable[[], bool]
) -> Outcome:
    item, places = task.item, Places(hands.setting.out)
    place = _workplace(item, places)
    # results of `borelli run` in its place are reused or refused there; our own are redone
    force = hands.setting.force or place == places.work
    result = run_one(
        video,
        config,
        place,
        hands.progress,
        force=force,
        observer=hands.observer,
        name=item.name,
        over=hands.over,
    )
    marker = Marker(
        source=item.source,
        fingerprint=read,
        settings=settings_key(config),
        input_sha256=result.report["video_sha256"],
        threads=hands.setting.threads,
        frames=_frames(result),
        carried=dict(item.carried),
    )
    if not mine():  # this computer slept, say, and somebody else took over
        return Outcome(task, "busy")
    write_marker(result.folder, marker)
    if place == places.work:
        _publish(result.folder, places, item.name)
    places.failed(item.name).unlink(missing_ok=True)
    return Outcome(task, "done", frames=marker.frames)


def _workplace(item: Item, places: Places) -> Path:
    """Where to work on an item: hidden, with what is there of it already; or where `borelli run` did.

    A result that is to be redone stays in sight until the new one is whole; stages are reused from a copy.
    """
    result, hidden = places.result(item.name), places.work / item.name
    if result.exists() and read_marker(result) is None:
        return places.out
    places.work.mkdir(parents=True, exist_ok=True)
    if result.exists() and not (hidden / "stages").is_dir():
        copy = places.replaced(item.name)
        for folder in (hidden, copy):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(result, copy)
        os.rename(copy, hidden)  # killed meanwhile, no half-copied file is taken for a whole one
    _sweep(hidden)
    return places.work


def _publish(made: Path, places: Places, name: str) -> None:
    """Bring a whole result into sight; the one that it replaces disappears."""
    result, old = places.result(name), places.replaced(name)
    if result.exists():
        shutil.rmtree(old, ignore_errors=True)
        old.parent.mkdir(parents=True, exist_ok=True)
        os.rename(result, old)
    os.rename(made, result)
    shutil.rmtree(old, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what a killed worker left half-written."""
    for left in (*folder.rglob(".partial-*"), *folder.rglob(".*.partial.*"), *folder.rglob(".writable")):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _frames(result: RunResult) -> int:
    return max((int(person["frames"]) for person in result.report["people"]), default=0)


@contextmanager
def _local(item: Item, places: Places) -> Iterator[Path]:
    """The video as a file of this machine, for the time of the block."""
    if not is_uri(item.source):
        yield Path(item.source)
        return
    folder = places.input(item.name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        video = download(item.source, folder)
        with _told_of(video, item.source):
            yield video
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _told_of(video: Path, source: str) -> Iterator[None]:
    """Complaints about the copy of a video name the place that it came from."""
    try:
        yield
    except BorelliError as error:
        raise BorelliError(str(error).replace(str(video), source)) from error
