"""Rows about one long video and two workers: how much sooner it is done, and how much memory it takes."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

import numpy as np

from borelli.evaluation.benchmark.clips import balance
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.benchmark.speed import ALL_CORES, ONE_CORE
from borelli.video import frames, write_video
from borelli.video.joining import join_videos

GROUP = "one long video"
SHORT_MIN, SHORT_RATE = 3, 30
"""Minutes and frames per second of the video whose time is taken, twice."""
LONG_MIN, LONG_RATE = 120, 15
"""Of the video whose memory is taken: more than an hour's work for two cores."""


@dataclass(frozen=True)
class Taken:
    """By one run."""

    seconds: float
    own_gb: float | None
    """Peak resident memory of the process that was started; None where the system does not tell."""
    worker_gb: float | None
    """Of the largest of its workers."""


def measure(setting: Setting) -> list[Row]:
    """Time of two workers against one core; with `--long` the memory for two hours, too."""
    if not balance(setting, "cam03").video.is_file():
        return [skipped(GROUP, "all", "the balance clip is absent")]
    video = _looped(setting, SHORT_MIN, SHORT_RATE)
    one = _run(setting, video, ONE_CORE, "--jobs", "1").seconds
    two = _run(setting, video, ALL_CORES, "--jobs", "2").seconds
    note = f"{SHORT_MIN} min at {SHORT_RATE} frames per second, start to finish"
    rows = [
        Row(GROUP, "--jobs 2", "frames/s", 60 * SHORT_MIN * SHORT_RATE / two, note=note),
        Row(GROUP, "--jobs 2 over --jobs 1 on one core", "", one / two, note=note),
    ]
    if not setting.long:
        return [*rows, skipped(GROUP, "memory for two hours", "measured with --long")]
    return [*rows, *_two_hours(setting)]


def _two_hours(setting: Setting) -> list[Row]:
    taken = _run(setting, _looped(setting, LONG_MIN, LONG_RATE), ALL_CORES, "--jobs", "2")
    note = f"{LONG_MIN} min at {LONG_RATE} frames per second, everything, --jobs 2"
    return [
        Row(GROUP, "two hours, main process", "GB", taken.own_gb, at_most=2.0, note=note),
        Row(GROUP, "two hours, largest worker", "GB", taken.worker_gb, at_most=2.0, note=note),
        Row(GROUP, "two hours, time", "min", taken.seconds / 60, note=note),
    ]


def _looped(setting: Setting, minutes: int, rate: int) -> Path:
    """A balance view at a third of its size, there and back, again and again; encoded once."""
    path, cycle = (setting.work / f"{name}_{minutes}min.mp4" for name in ("looped", "cycle"))
    there = [f.image[::3, ::3] for f in frames(balance(setting, "cam03").video)][:: 60 // rate]
    pictures = [np.ascontiguousarray(picture) for picture in there + there[-2:0:-1]]
    write_video(cycle, ((k / rate, picture) for k, picture in enumerate(pictures)), rate)
    count = round(60 * minutes * rate / len(pictures))
    join_videos([cycle] * count, [k * len(pictures) / rate for k in range(count)], path)
    return path


def _run(setting: Setting, video: Path, program: str, *flags: str) -> Taken:
    """Reconstruct a video, from nothing."""
    given = ["--models", str(setting.models)] if setting.models else []
    out = setting.work / "_".join([video.stem, *flags]).replace("-", "")
    arguments = ["run", str(video), "--out", str(out), "--stature", "1.75", "--people", "largest"]
    begun, peaks, workers = perf_counter(), [0], [0]
    command = [sys.executable, "-c", program, *arguments, *flags, *given]
    said = out.with_suffix(".log")  # a pipe that nobody reads until the end would fill, and stop it
    with said.open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        while process.poll() is None:
            peaks.append(_peak(process.pid))
            workers += [_peak(child) for child in _children(process.pid)]
            sleep(0.5)
    if process.returncode:
        told = said.read_bytes()[-2000:]
        raise subprocess.CalledProcessError(process.returncode, command, stderr=told)
    own, largest = (max(found) / 1e6 or None for found in (peaks, workers))
    return Taken(perf_counter() - begun, own, largest)


def _peak(pid: int) -> int:
    """Peak resident memory of a process so far, in kB; 0 where the system does not tell."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("utf-8"))
    except OSError:  # it has ended meanwhile, or this is not Linux
        return 0
    return int(found[1]) if found else 0


def _children(pid: int) -> list[int]:
    """Processes that any thread of a process has started."""
    lists = Path("/proc").glob(f"{pid}/task/*/children")
    try:
        return [int(child) for path in lists for child in path.read_text("utf-8").split()]
    except OSError:
        return []
