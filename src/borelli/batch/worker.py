"""A worker process: networks loaded once, then one task after the other over its standard streams.

Started by `pool` as `python -m borelli.batch.worker` with capped threads in its environment. Nothing is
imported from the program that started it, so any script may start a batch.
"""

import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable
from functools import partial
from time import monotonic, sleep
from typing import IO, Any, Protocol

from borelli.errors import BorelliError
from borelli.pipeline.detect import Progress

SELDOM_S = 0.5
"""Seconds between two reports of progress."""
GRACE_S = 20.0
Reply = Callable[[str, Any], None]


def main() -> None:
    """Serve until the driver closes the stream, or is gone."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not mix with the replies
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the driver, which tells its workers
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        serve(requests, partial(_reply, replies))
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(130)  # a tidy end would wait for the thread that reads requests


class Work(Protocol):
    """What a worker is started for."""

    def prepare(self, progress: Progress) -> Callable[[Any], Any]:
        """Load what is needed, once; returns what performs a task. Raises BorelliError if that cannot be."""
        ...


def serve(requests: IO[bytes], reply: Reply) -> None:
    """Read a Work and answer ("ready", None) or ("unusable", why), then ("result", ...) per task."""
    work: Work = pickle.load(requests)
    try:
        perform = work.prepare(_Reporter(reply))
    except BorelliError as error:
        reply("unusable", str(error))
        return
    reply("ready", None)
    tasks: queue.Queue[Any] = queue.Queue()
    working = threading.Event()
    threading.Thread(target=_receive, args=(requests, tasks, working), daemon=True).start()
    while (task := tasks.get()) is not None:
        working.set()
        result = perform(task)
        working.clear()
        reply("result", result)


def _receive(requests: IO[bytes], tasks: queue.Queue[Any], working: threading.Event) -> None:
    """Pass tasks on; the end of the stream in the middle of work means that the driver died."""
    try:
        while True:
            tasks.put(pickle.load(requests))
    except (EOFError, OSError, ValueError):
        tasks.put(None)
    if working.is_set() and hasattr(signal, "SIGTERM"):
        os.kill(os.getpid(), signal.SIGTERM)
        sleep(GRACE_S)
        os._exit(1)


def _interrupt(*arguments: object) -> None:
    """Unwind what is being done, so that nothing half-written stays."""
    raise KeyboardInterrupt


def _reply(replies: IO[bytes], kind: str, content: Any) -> None:
    pickle.dump((kind, content), replies)
    replies.flush()


class _Reporter:
    """Progress of the stages as replies, not too many of them."""

    def __init__(self, reply: Reply) -> None:
        self._reply, self._last = reply, -SELDOM_S

    def __call__(self, stage: str, done: int, expected: int) -> None:
        if monotonic() - self._last >= SELDOM_S:
            self._last = monotonic()
            self._reply("progress", (stage, done, expected))


if __name__ == "__main__":
    main()
