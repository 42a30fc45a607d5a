"""Memory and time of a run and of its workers are those that the system states."""

import subprocess
import sys
from pathlib import Path

import pytest

from borelli.evaluation.benchmark.long_video import _run, measure
from borelli.evaluation.benchmark.rows import Setting

HUNGRY = """
import subprocess, sys, threading, time
own = bytearray(150_000_000)
child = "import time; own = bytearray(300_000_000); time.sleep(2)"
thread = threading.Thread(target=lambda: subprocess.run([sys.executable, "-c", child]))
thread.start()
thread.join()
"""


def setting(folder: Path) -> Setting:
    return Setting(folder / "data", folder, None, 0, False, False)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of another process")
def test_the_peak_of_a_run_and_of_its_largest_worker_are_told_apart(tmp_path: Path) -> None:
    taken = _run(setting(tmp_path), tmp_path / "walk.mp4", HUNGRY)
    assert taken.own_gb is not None and 0.15 < taken.own_gb < 0.25
    assert taken.worker_gb is not None and 0.3 < taken.worker_gb < 0.4
    assert taken.seconds > 2


def test_a_run_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        _run(setting(tmp_path), tmp_path / "walk.mp4", "raise SystemExit(3)")


def test_without_the_recording_nothing_is_measured(tmp_path: Path) -> None:
    (row,) = measure(setting(tmp_path))
    assert row.value is None and "balance clip is absent" in row.note
