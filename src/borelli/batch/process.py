"""One worker process as its driver sees it."""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from borelli.batch.worker import Work
from borelli.errors import BorelliError
from borelli.pipeline.detect import Progress, silent

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
STOP_S = 15.0
"""Seconds that a worker gets to tidy up."""


class WorkerDied(Exception):
    """The process ended without an answer."""


class Process:
    """A running worker; used by one thread, except `interrupt` and `stop`."""

    def __init__(self, work: Work, threads: int, log: Path | None = None) -> None:
        """Start it and wait until its networks are loaded.

        Args:
            work: what it is for; travels as a pickle.
            threads: it may use.
            log: what it prints is appended there; None: nowhere.

        Raises:
            BorelliError: it cannot work at all.
            WorkerDied: it ended while starting.
        """
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
        with Path(log or os.devnull).open("ab") as printed:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "borelli.batch.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                env=worker_environment(threads),
                start_new_session=True,  # Ctrl-C is for the driver, which tells its workers
            )
        self._send(work)
        kind, content = self._receive()
        if kind == "unusable":
            self.stop()
            raise BorelliError(content)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._child.pid

    def perform(self, task: Any, progress: Progress = silent) -> Any:
        """Let it work on a task; returns the result. Raises WorkerDied when it ends meanwhile."""
        self._send(task)
        while True:
            kind, content = self._receive()
            if kind == "result":
                return content
            progress(*content)

    def interrupt(self) -> None:
        """Tell it to end, without waiting for that."""
        if self._child.poll() is None:
            self._child.terminate()

    def stop(self) -> None:
        """End it, letting it tidy up what it is doing."""
        self.interrupt()
        try:
            self._child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue

    def _send(self, content: object) -> None:
        assert self._child.stdin is not None
        try:
            pickle.dump(content, self._child.stdin)
            self._child.stdin.flush()
        except OSError as error:
            raise WorkerDied(self._ending()) from error

    def _receive(self) -> tuple[str, Any]:
        assert self._child.stdout is not None
        try:
            return pickle.load(self._child.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise WorkerDied(self._ending()) from error

    def _ending(self) -> str:
        """How it ended, in words."""
        try:
            code = self._child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        if code >= 0:
            return f"the worker ended with code {code}"
        name = signal.Signals(-code).name
        hint = ", as happens when memory runs out" if name == "SIGKILL" else ""
        return f"the worker was ended by {name}{hint}"


def worker_environment(threads: int) -> dict[str, str]:
    """This process's environment with capped threads, and with the same modules in reach."""
    capped = dict.fromkeys(THREAD_VARIABLES, str(threads))
    return {**os.environ, **capped, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
