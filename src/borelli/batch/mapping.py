"""Maps over worker processes that keep the order, for tasks that all must succeed."""

import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from borelli.batch.process import Process, WorkerDied
from borelli.batch.worker import Work
from borelli.errors import BorelliError
from borelli.fitting.windows import Mapper
from borelli.pipeline.detect import Progress

ATTEMPTS = 3


def mapped(tasks: Iterable[Any], work: Work, jobs: int, threads: int = 1) -> Iterator[Any]:
    """Results in the order of the tasks, from `jobs` processes; not more than twice as many wait to be used.

    Raises BorelliError when workers cannot start, or one task ends them again and again.
    """
    with _crew(work, jobs, threads) as crew:
        yield from crew.over(tasks)


@contextmanager
def calling(jobs: int, threads: int = 1) -> Iterator[Mapper]:
    """What `map` does, by `jobs` processes that start when they are first needed and last for the block.

    Functions must be importable, and what travels must be picklable. A BorelliError of a task is raised here.
    """
    with _crew(Calls(), jobs, threads) as crew:

        def over(work: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
            for found, error in crew.over((work, task) for task in tasks):
                if error:
                    raise BorelliError(error)
                yield found

        yield over


@dataclass(frozen=True)
class Calls:
    """Work of any kind: a task is a function and its argument."""

    def prepare(self, progress: Progress) -> Callable[[tuple[Callable[[Any], Any], Any]], tuple[Any, str]]:
        """What performs a task; returns the result and "", or None and what was wrong."""

        def perform(task: tuple[Callable[[Any], Any], Any]) -> tuple[Any, str]:
            function, argument = task
            try:
                return function(argument), ""
            except BorelliError as error:
                return None, str(error)

        return perform


@contextmanager
def _crew(work: Work, jobs: int, threads: int) -> Iterator["_Crew"]:
    with ThreadPoolExecutor(jobs, thread_name_prefix="worker") as pool:
        crew = _Crew(work, jobs, threads, pool)
        for _ in range(jobs):
            crew.idle.put(None)
        try:
            yield crew
        finally:
            crew.stop()


@dataclass
class _Crew:
    """The processes, and which of them are free; None stands for one that is not started."""

    work: Work
    jobs: int
    threads: int
    pool: ThreadPoolExecutor
    idle: "queue.SimpleQueue[Process | None]" = field(default_factory=queue.SimpleQueue)
    living: list[Process] = field(default_factory=list)
    stopped: bool = False

    def over(self, tasks: Iterable[Any]) -> Iterator[Any]:
        """Results in the order of the tasks, which are taken as processes become free."""
        waiting: deque[Future[Any]] = deque()
        try:
            for task in tasks:
                waiting.append(self.pool.submit(self.perform, task))
                if len(waiting) >= 2 * self.jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def perform(self, task: Any) -> Any:
        """Let a free process do a task, and another one if it dies."""
        process = self.idle.get()
        try:
            for left in reversed(range(ATTEMPTS)):
                try:
                    process = process or self._start()
                    return process.perform(task)
                except WorkerDied as death:
                    if process is not None:
                        process.stop()
                    process = None
                    if left == 0 or self.stopped:
                        raise BorelliError(f"{death}, {ATTEMPTS} times; try fewer --jobs") from death
        finally:
            self.idle.put(process)
        raise AssertionError

    def stop(self) -> None:
        """End all processes, whatever they are at."""
        self.stopped = True
        self.pool.shutdown(wait=False, cancel_futures=True)
        for process in self.living:
            process.stop()

    def _start(self) -> Process:
        process = Process(self.work, self.threads)
        self.living.append(process)
        return process
