"""Only one worker has an item; the dead and the silent lose theirs."""

import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from borelli.batch import lock
from borelli.batch.lock import locked
from borelli.batch.tries import DiedRepeatedly, counted


def owned_by(path: Path, pid: int, host: str = "", age: float = 0.0) -> Path:
    path.write_text(json.dumps({"token": "x", "host": host or socket.gethostname(), "pid": pid, "since": 0}))
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def dead_process() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_a_lock_is_held_once_and_then_free(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "a.json"
    with locked(path) as first, locked(path) as second:
        assert first and not second
    assert list(path.parent.iterdir()) == []
    with locked(path) as again:
        assert again


def test_of_many_at_once_one_gets_it(tmp_path: Path) -> None:
    path = owned_by(tmp_path / "a.json", dead_process())

    def attempt(_: int) -> bool:
        with locked(path) as mine:
            time.sleep(0.3)
            return mine is not None

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(16))) == 1


def test_the_dead_lose_their_lock_at_once(tmp_path: Path) -> None:
    with locked(owned_by(tmp_path / "a.json", dead_process())) as mine:
        assert mine


def test_others_are_believed_until_they_are_silent(tmp_path: Path) -> None:
    for age, free in ((5.0, False), (2 * lock.SILENT_S, True)):
        with locked(owned_by(tmp_path / "a.json", 1, "another-machine", age)) as mine:
            assert (mine is not None) is free


def test_the_owner_keeps_it_alive_and_a_thief_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "HEARTBEAT_S", 0.02)
    path = tmp_path / "a.json"
    with locked(path) as mine:
        assert mine is not None and mine()
        os.utime(path, (0, 0))
        time.sleep(0.3)
        assert time.time() - path.stat().st_mtime < 60
        owned_by(path, os.getpid())  # somebody took it over
        assert not mine()
    assert json.loads(path.read_text())["token"] == "x"


def test_an_exception_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path / "a.json"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_tries_without_an_end_are_counted_and_limited(tmp_path: Path) -> None:
    path = tmp_path / "tries" / "a"
    for _ in range(5):
        with counted(path, 2):
            assert path.read_text() == "1"
    path.write_text("1")
    with counted(path, 2):
        assert path.read_text() == "2"
    path.write_text("2")
    with pytest.raises(DiedRepeatedly, match="2 times"), counted(path, 2):
        pytest.fail("tried once more")
    assert not path.exists()
