"""Rows about time and memory, on this machine."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter

import numpy as np
from PIL import Image

from borelli.body.kinematics import forward
from borelli.body.model import body_model
from borelli.body.stature import person_of_stature, stature
from borelli.evaluation.benchmark.clips import balance
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.virtual import Scene, observe_scene, random_camera
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.estimator import Subject, estimate
from borelli.fitting.evidence import make_evidence
from borelli.perception import PerceptionConfig, observe
from borelli.perception.keypoint_sets import keypoint_set
from borelli.video import frames, probe
from borelli.video.writer import write_video

GROUP = "speed and memory"
FRAMES, QUICK_FRAMES = 300, 30
RATE = 30.0
"""Frames per second of the clips made here."""
SHORT_S, MEDIUM_S, LONG_S = 20, 60, 600
HEIGHT, WIDTH = 1280, 720
RUN_AND_TELL_PEAK = """
import re, resource, sys
from pathlib import Path
from borelli.cli.main import main

def peak():
    # Linux hands ru_maxrss of the parent on to its children; VmHWM is of this program alone
    status = Path("/proc/self/status")
    if status.exists():
        return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

try:
    main(sys.argv[1:])
finally:
    print("peak", peak(), file=sys.stderr)
"""
ONE_CORE = (
    "import os, sys\n"
    "if hasattr(os, 'sched_setaffinity'): os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])\n"
    "from borelli.cli import main; main(sys.argv[1:])"
)
ALL_CORES = "import sys; from borelli.cli import main; main(sys.argv[1:])"


def measure(setting: Setting) -> list[Row]:
    """Frames per second of both halves, seconds of the demo, memory on long videos."""
    rows = [_estimator(setting)]
    if setting.quick:
        return [*rows, skipped(GROUP, "perception, demo, memory", "--quick")]
    rows.append(_demo(setting))
    if not balance(setting, "cam03").video.is_file():
        return [*rows, skipped(GROUP, "perception, memory", "the balance clip is absent")]
    return [*rows, _perception(setting), *_memory(setting)]


def _estimator(setting: Setting) -> Row:
    """Whole-clip estimate of one person, second run in the process (compiled code is loaded)."""
    model, rng, config = body_model(), np.random.default_rng(setting.seed), EstimatorConfig()
    count = QUICK_FRAMES if setting.quick else FRAMES
    person = person_of_stature(model, 1.75)
    scene_times = np.arange(count) / RATE
    coordinates = _strolling(count)
    camera = random_camera(model, person, coordinates, rng)
    observations = observe_scene(model, Scene(scene_times, person, coordinates, camera), rng)
    camera = replace(camera, T_camera_world=None)
    seen = make_evidence(
        model,
        observations.tracks[0],
        observations.times,
        keypoint_set(observations.keypoint_set),
        camera,
        config,
    )
    subject, seconds = Subject(seen, stature(model, person)), np.inf
    for _ in range(2):
        started = perf_counter()
        estimate(model, [subject], camera, config)
        seconds = min(seconds, perf_counter() - started)
    return Row(
        GROUP,
        "estimator",
        "frames/s",
        count / seconds,
        at_least=200.0,
        note=f"{count} frames, one BLAS thread",
    )


def _strolling(count: int) -> np.ndarray:
    """(T, 49): legs and arms that swing once a second, feet near the floor."""
    model = body_model()
    table, t = model.skeleton, np.arange(count) / RATE
    q = np.tile(table.neutral, (count, 1))
    for side, sign in (("r", 1.0), ("l", -1.0)):
        swing = sign * np.sin(2 * np.pi * t)
        q[:, table.coordinate(f"hip_flexion_{side}")] = 0.3 * swing + 0.15
        q[:, table.coordinate(f"knee_angle_{side}")] = 0.5 - 0.4 * np.cos(2 * np.pi * t + sign * np.pi / 2)
        q[:, table.coordinate(f"arm_flex_{side}")] = -0.4 * swing
    joints = forward(model, person_of_stature(model, 1.75), q).joints
    q[:, -2] = 0.08 - joints[..., 1].min(axis=1)
    return q


def _portrait(setting: Setting, seconds: float) -> Iterator[tuple[float, np.ndarray]]:
    """The balance clip at 720 x 1280, there and back until the time is over; one person, no jumps."""
    video = balance(setting, "cam03").video
    pictures = [np.asarray(Image.fromarray(f.image).resize((WIDTH, HEIGHT))) for f in frames(video)]
    there_and_back = pictures + pictures[-2:0:-1]
    for index in range(int(seconds * RATE)):
        yield index / RATE, there_and_back[index % len(there_and_back)]


def _perception(setting: Setting) -> Row:
    clip = setting.work / "portrait.mp4"
    write_video(clip, _portrait(setting, 10), RATE)
    marks: list[float] = []
    observe(
        frames(clip),
        probe(clip),
        PerceptionConfig(models_dir=setting.models),
        progress=lambda done, expected: marks.append(perf_counter()),
    )
    speed = (len(marks) - 1) / (marks[-1] - marks[0])
    note = f"{WIDTH} x {HEIGHT}, one person, with decoding"
    return Row(GROUP, "perception", "frames/s", speed, at_least=25.0, note=note)


def _borelli(*arguments: str) -> float:
    """Run the command line in a process of its own; returns seconds."""
    started = perf_counter()
    code = "import sys; from borelli.cli import main; main(sys.argv[1:])"
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)
    return perf_counter() - started


def _demo(setting: Setting) -> Row:
    given = ["--models", str(setting.models)] if setting.models else []
    try:
        seconds = _borelli("demo", "--out", str(setting.work / "demo"), *given)
    except subprocess.CalledProcessError as error:
        return skipped(GROUP, "demo", error.stderr.decode(errors="replace").strip().splitlines()[-1][:200])
    return Row(
        GROUP, "demo, everything", "s", seconds, at_most=90.0, note="what `make demo` runs after installing"
    )


def _memory(setting: Setting) -> list[Row]:
    """Peak resident memory of `borelli run`, and how it grows with the length of the video."""
    peaks = {s: _peak_gb(setting, s) for s in (SHORT_S, MEDIUM_S, *((LONG_S,) if setting.long else ()))}
    growth = (peaks[MEDIUM_S] - peaks[SHORT_S]) / (MEDIUM_S - SHORT_S) * 60 * 1e3
    rows = [
        Row(GROUP, f"peak memory, {MEDIUM_S} s of video", "GB", peaks[MEDIUM_S], at_most=2.0),
        Row(GROUP, "growth of peak memory per minute of video", "MB", growth),
    ]
    name = "peak memory, 10 min of video"
    if LONG_S in peaks:
        return [*rows, Row(GROUP, name, "GB", peaks[LONG_S], at_most=2.0)]
    return [*rows, skipped(GROUP, name, "measured with --long")]


def _peak_gb(setting: Setting, seconds: int) -> float:
    clip = setting.work / f"looped_{seconds}s.mp4"
    write_video(clip, _portrait(setting, seconds), RATE)
    given = ["--models", str(setting.models)] if setting.models else []
    arguments = ["run", str(clip), "--out", str(setting.work / "memory"), "--force", *given]
    done = subprocess.run(
        [sys.executable, "-c", RUN_AND_TELL_PEAK, *arguments], check=True, capture_output=True, text=True
    )
    return float(done.stderr.split("peak")[-1]) / 1e9
