"""Tasks for several workers: new ones from a lazy list, and those that are worth another attempt."""

import threading
from collections import deque
from collections.abc import Iterator
from time import monotonic

from borelli.batch.item import Item
from borelli.batch.task import Task

PAUSE_S = 2.0
"""Seconds before another attempt, times the attempts so far: what was wrong may pass."""
MOST_WAITING = 10_000
"""Tasks that wait for another attempt at most; further ones come before new items."""


class Feed:
    """Hands out tasks to threads; holds no more of the list than what waits for another attempt."""

    def __init__(self, items: Iterator[Item], pause_s: float = PAUSE_S) -> None:
        """`items` is read by one thread at a time."""
        self._items, self._pause = items, pause_s
        self._waiting: deque[tuple[float, Task]] = deque()
        self._changed = threading.Condition()
        self._out = 0
        self._over = False

    def take(self) -> Task | None:
        """The next task; waits for those of others that may come back; None when all is done."""
        with self._changed:
            while True:
                task = self._next()
                if task is not None:
                    self._out += 1
                    return task
                if self._over and not self._waiting and self._out == 0:
                    self._changed.notify_all()
                    return None
                due = self._waiting[0][0] - monotonic() if self._waiting else None
                self._changed.wait(due if due is None else max(due, 0.01))

    def finished(self, back: Task | None = None) -> None:
        """A task taken before is done with, or comes back to be tried again after a pause."""
        with self._changed:
            self._out -= 1
            if back is not None:
                self._waiting.append((monotonic() + self._pause * back.attempt, back))
            self._changed.notify_all()

    def close(self) -> None:
        """Hand out nothing any more."""
        with self._changed:
            self._over, self._items = True, iter(())
            self._waiting.clear()
            self._changed.notify_all()

    def _next(self) -> Task | None:
        due = self._waiting and self._waiting[0][0] <= monotonic()
        if due or len(self._waiting) > MOST_WAITING:
            return self._waiting.popleft()[1]
        item = None if self._over else next(self._items, None)
        if item is None:
            self._over = True
            return None
        return Task(item)
