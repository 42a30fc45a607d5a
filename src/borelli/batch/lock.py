"""One worker per item, across processes and machines that share a folder, without a server.

A lock is a file that only one can create. Its owner touches it while it works; a lock whose owner is dead,
or silent for long, is taken over.
"""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

HEARTBEAT_S = 10.0
SILENT_S = 90.0
"""Without a heartbeat for so long, the owner counts as dead, wherever it is."""
GUARD_S = 30.0
"""A takeover takes milliseconds; a guard older than this was left behind."""


@contextmanager
def locked(path: Path) -> Iterator[Callable[[], bool] | None]:
    """Hold a lock for the time of the block; None if somebody alive has it.

    The function says whether it still is ours: who was silent for long, as a computer that sleeps, may have
    lost it to somebody else, and must not bring anything into sight.
    """
    mine = uuid4().hex
    if not _take(path, mine):
        yield None
        return
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(path, mine, stop), name="heartbeat", daemon=True)
    beat.start()
    try:
        yield lambda: _owner(path).get("token") == mine
    finally:
        stop.set()
        beat.join()
        if _owner(path).get("token") == mine:
            path.unlink(missing_ok=True)


def _take(path: Path, mine: str) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    if _create(path, mine):
        return True
    if not _stale(path):
        return False
    guard = path.with_suffix(".guard")
    if not _create(guard, mine):
        if _age(guard) > GUARD_S:
            guard.unlink(missing_ok=True)
        return False
    try:
        if not _stale(path):  # somebody was faster
            return False
        path.unlink(missing_ok=True)
        return _create(path, mine)
    finally:
        guard.unlink(missing_ok=True)


def _create(path: Path, mine: str) -> bool:
    """Make the file with its content in one step, so that nobody reads half an owner."""
    owner = {"token": mine, "host": socket.gethostname(), "pid": os.getpid(), "since": time.time()}
    draft = path.with_name(f".{path.name}.{mine}")
    draft.write_text(json.dumps(owner), "utf-8")
    try:
        os.link(draft, path)
        return True
    except FileExistsError:
        return False
    except OSError:  # file systems without hard links
        return _create_exclusively(path, json.dumps(owner))
    finally:
        draft.unlink(missing_ok=True)


def _create_exclusively(path: Path, text: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        return True
    except FileExistsError:
        return False


def _stale(path: Path) -> bool:
    owner = _owner(path)
    if _age(path) > SILENT_S:
        return True
    return owner.get("host") == socket.gethostname() and not _alive(owner.get("pid"))


def _owner(path: Path) -> dict[str, object]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def _age(path: Path) -> float:
    """Seconds since the last heartbeat by the clock of the file system, which all owners share."""
    now = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        now.touch()
        return now.stat().st_mtime - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
    finally:
        now.unlink(missing_ok=True)


def _alive(pid: object) -> bool:
    """Whether a process of this machine runs; when in doubt it does, and its heartbeat decides."""
    if not isinstance(pid, int) or os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _beat(path: Path, mine: str, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_S):
        try:
            if _owner(path).get("token") == mine:
                os.utime(path)
        except OSError:
            continue
