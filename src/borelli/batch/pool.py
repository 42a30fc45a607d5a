"""Several worker processes on this machine. One that dies loses its item only, which is tried again."""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from borelli.batch.events import Died, Ended, Event, Stage, Started
from borelli.batch.feed import Feed
from borelli.batch.item import Item
from borelli.batch.places import Places
from borelli.batch.process import Process, WorkerDied
from borelli.batch.task import Outcome, Setting, Task
from borelli.batch.work import ItemWork
from borelli.errors import BorelliError

STARTS = 3
TOLD_AHEAD = 64
"""Events that wait to be shown at most: a slow display slows the workers, and memory stays bounded."""


def pooled(items: Iterator[Item], setting: Setting, jobs: int) -> Generator[Event, None, None]:
    """Work on all items with `jobs` processes; ends when every one is done with.

    Closing the iterator stops the workers, each after tidying up what it is doing.

    Raises BorelliError when workers cannot be used at all, or when going on is of no use.
    """
    shared = _Shared(setting, Feed(items))
    threads = [
        # daemons, so that a second Ctrl-C ends the program at once; workers notice and tidy up by themselves
        threading.Thread(target=_drive, args=(shared, number), daemon=True)
        for number in range(jobs)
    ]
    for thread in threads:
        thread.start()
    running = len(threads)
    try:
        while running:
            event = shared.events.get()
            if event is None:
                running -= 1
            elif isinstance(event, BaseException):
                raise event
            else:
                yield event
                if isinstance(event, Ended) and event.outcome.state == "stop":
                    raise BorelliError(
                        f"stopped, as the next videos would meet it too: {event.outcome.reason}"
                    )
    finally:
        shared.stop()
        for thread in threads:
            while thread.is_alive():
                with suppress(queue.Empty):
                    shared.events.get(timeout=0.05)
                thread.join(0.01)


@dataclass
class _Shared:
    """What the threads of a pool share."""

    setting: Setting
    feed: Feed
    events: "queue.Queue[Event | BaseException | None]" = field(
        default_factory=lambda: queue.Queue(TOLD_AHEAD)
    )
    processes: dict[int, Process] = field(default_factory=dict)
    stopping: bool = False

    def stop(self) -> None:
        """End everything: all workers are told first, so that they tidy up at the same time."""
        self.stopping = True
        self.feed.close()
        for process in list(self.processes.values()):
            process.interrupt()
        for process in list(self.processes.values()):
            process.stop()


def _drive(shared: _Shared, number: int) -> None:
    """Keep one worker busy, and replace it when it dies."""
    try:
        while not shared.stopping and (task := shared.feed.take()) is not None:
            shared.events.put(Started(number, task))
            back = None
            try:
                back = _perform(shared, number, task)
            finally:
                shared.feed.finished(back)
    except BaseException as error:  # handed to the driver, who raises it
        if not shared.stopping:
            shared.events.put(error)
    finally:
        process = shared.processes.pop(number, None)
        if process is not None:
            process.stop()
        shared.events.put(None)


def _start(shared: _Shared, number: int) -> Process:
    """A new worker; one that ends while it starts does so by accident, several do not."""
    log = Places(shared.setting.out).log(number)
    for left in reversed(range(STARTS)):
        try:
            return Process(ItemWork(shared.setting), shared.setting.threads, log)
        except WorkerDied as death:
            if left == 0:
                raise BorelliError(f"workers cannot be started: {death}; see {log}") from death
    raise AssertionError


def _perform(shared: _Shared, number: int, task: Task) -> Task | None:
    """Let the worker do a task; returns it when it is to be tried again."""
    if number not in shared.processes:
        shared.processes[number] = _start(shared, number)
    if shared.stopping:  # while it started
        return None
    try:
        outcome = shared.processes[number].perform(
            task, lambda stage, done, expected: shared.events.put(Stage(number, stage, done, expected))
        )
    except WorkerDied as death:
        dead = shared.processes.pop(number, None)
        if dead is not None:
            dead.stop()
        if shared.stopping:
            return None
        shared.events.put(Died(number, task, str(death)))
        return task  # how often this may happen is counted where the work is done
    shared.events.put(Ended(number, outcome))
    return another(outcome)


def another(outcome: Outcome) -> Task | None:
    """The task again when its outcome asks for that; waiting for somebody else is no attempt."""
    if outcome.state == "again":
        return replace(outcome.task, attempt=outcome.task.attempt + 1)
    return outcome.task if outcome.state == "busy" else None
