"""A lazy map over worker processes that keeps the order, for tasks that all must succeed."""

import queue
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from borelli.batch.process import Process, WorkerDied
from borelli.batch.worker import Work
from borelli.errors import BorelliError

ATTEMPTS = 3


def mapped(tasks: Iterable[Any], work: Work, jobs: int, threads: int = 1) -> Iterator[Any]:
    """Results in the order of the tasks, from `jobs` processes; not more than twice as many wait to be used.

    Raises BorelliError when workers cannot start, or one task ends them again and again.
    """
    crew = _Crew(work, threads)
    for _ in range(jobs):
        crew.idle.put(None)
    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(jobs, thread_name_prefix="worker") as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(crew.perform, task))
                if len(waiting) >= 2 * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            crew.stop()


@dataclass
class _Crew:
    """The processes, and which of them are free; None stands for one that is not started."""

    work: Work
    threads: int
    idle: "queue.SimpleQueue[Process | None]" = field(default_factory=queue.SimpleQueue)
    living: list[Process] = field(default_factory=list)
    stopped: bool = False

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
        for process in self.living:
            process.stop()

    def _start(self) -> Process:
        process = Process(self.work, self.threads)
        self.living.append(process)
        return process
