"""Rows about many videos: throughput of several workers, memory of the driver, the plan of a long list."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from time import perf_counter

import numpy as np

from borelli.evaluation.benchmark.clips import VIEWS, balance
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.benchmark.speed import ALL_CORES, ONE_CORE, RUN_AND_TELL_PEAK
from borelli.video import frames, write_video

GROUP = "many videos"
CLIPS, FRAMES, RATE = 40, 10, 30.0
"""So short that all rows together take about five minutes on two quiet cores: three or four passes over the
clips with 1 to 2 core-seconds each, and half a minute for the plan."""
ROWS = 1_000_000


def measure(setting: Setting) -> list[Row]:
    """Throughput on short clips, and a plan of a million."""
    rows = _plan(setting)
    if not all(balance(setting, view).video.is_file() for view in VIEWS):
        return [*rows, skipped(GROUP, "throughput", "the balance clips are absent")]
    folder = setting.work / "short_clips"
    _write_clips(setting, folder)
    alone = _rate(setting, folder, ONE_CORE, "--jobs", "1")
    default = _rate(setting, folder, ALL_CORES, "--jobs", "1")
    both = _rate(setting, folder, ALL_CORES, "--jobs", "2")
    note = f"{CLIPS} clips of {FRAMES} frames, after the first result"
    rows += [
        Row(GROUP, "--jobs 2", "videos/min", 60 * both, note=note),
        Row(GROUP, "--jobs 2 over --jobs 1 on one core", "", both / alone, at_least=1.8, note=note),
        Row(GROUP, "--jobs 2 over --jobs 1 with all cores", "", both / default, note=note),
    ]
    if find_spec("ray") is None:
        return [*rows, skipped(GROUP, "Ray over --jobs 2", "ray is not installed")]
    ray = _rate(setting, folder, ALL_CORES, "--jobs", "2", "--engine", "ray")
    return [*rows, Row(GROUP, "Ray, 2 workers, over --jobs 2", "", ray / both, at_least=0.85, note=note)]


def _write_clips(setting: Setting, folder: Path) -> None:
    """Stretches of the balance clips at a third of their size, every other one mirrored."""
    folder.mkdir(parents=True, exist_ok=True)
    views = [[f.image[::3, ::3] for f in islice(frames(balance(setting, view).video), 90)] for view in VIEWS]
    for number in range(CLIPS):
        view = views[number % len(views)]
        first = 7 * number % (len(view) - FRAMES)
        write_video(folder / f"clip_{number:03d}.mp4", _stretch(view, first, number % 4 > 1), RATE)


def _stretch(view: list[np.ndarray], first: int, mirrored: bool) -> Iterator[tuple[float, np.ndarray]]:
    for index, picture in enumerate(view[first : first + FRAMES]):
        yield index / RATE, np.ascontiguousarray(picture[:, ::-1] if mirrored else picture)


def _rate(setting: Setting, folder: Path, program: str, *flags: str) -> float:
    """Videos per second between the first result and the last."""
    name = "_".join([str(len(program)), *flags]).replace("-", "")
    log = setting.work / f"{name}.jsonl"
    given = ["--models", str(setting.models)] if setting.models else []
    arguments = ["batch", str(folder), "--out", str(setting.work / name), "--log-json", str(log)]
    command = [sys.executable, "-c", program, *arguments, *flags, *given]
    subprocess.run(command, check=True, capture_output=True)
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    ends = [datetime.fromisoformat(line["time"]) for line in lines if line["event"] == "done"]
    return (len(ends) - 1) / (ends[-1] - ends[0]).total_seconds()


def _plan(setting: Setting) -> list[Row]:
    """Seconds and memory of a plan of a million videos that are not done."""
    path = setting.work / "million.csv"
    with path.open("w") as file:
        file.write("path,stature,subject\n")
        file.writelines(f"v/{i // 1000:04d}/clip_{i:07d}.mp4,1.7,s{i % 977}\n" for i in range(ROWS))
    started = perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", RUN_AND_TELL_PEAK, "plan", str(path), "--out", str(setting.work / "none")],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds = perf_counter() - started
    found = re.search(r"peak (\d+)", done.stderr)
    peak = None if found is None else int(found[1]) / 1e9
    return [
        Row(GROUP, "plan of a million videos", "s", seconds, at_most=60.0),
        Row(GROUP, "plan of a million videos, peak memory", "GB", peak, at_most=1.0),
    ]
