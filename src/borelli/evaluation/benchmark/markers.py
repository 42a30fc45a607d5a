"""Inverse kinematics of markers: ours against OpenSim's with the recordings' own models; speed of both."""

import os
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from types import ModuleType
from typing import Any

import numpy as np

from borelli.evaluation.angles import angle_errors
from borelli.evaluation.benchmark.opensim_ik import quiet
from borelli.evaluation.benchmark.referees import load_opensim
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.export.mot import read_mot
from borelli.formats.trc import Markers, read_trc
from borelli.markers.ik import Solved, solve_ik

GROUP = "markers"
FLEXIONS = ("hip_flexion", "knee_angle", "ankle_angle")
REPEATS = 5
LONG_FRAMES = 6000


@dataclass(frozen=True)
class Trial:
    """A recording with the scaled model and the marker weights that its authors gave it."""

    name: str
    markers: Path
    model: Path
    tasks: Path
    knee_sign: float
    """Of the model's knee angle; ours is positive in flexion."""
    span: tuple[float, float]
    """Seconds."""


def measure(setting: Setting) -> list[Row]:
    """Differences at hip, knee and ankle, frames per second of both, and what is left at the markers."""
    opensim = load_opensim()
    rows: list[Row] = []
    for trial in _trials(setting.data / "biomech"):
        if not trial.markers.is_file():
            rows.append(skipped(GROUP, f"{trial.name}, all", f"no {trial.markers.name}"))
            continue
        rows += _trial_rows(opensim, trial, setting)
    return rows


def _trials(folder: Path) -> tuple[Trial, ...]:
    subject, walk = folder / "gait2354_subject01_walk", folder / "opensim_core_walk3d"
    return (
        Trial(
            "gait2354 walk",
            subject / "subject01_walk1.trc",
            subject / "subject01_simbody.osim",
            subject / "subject01_Setup_IK.xml",
            -1.0,
            (0.0, 2.5),
        ),
        Trial(
            "walk3d",
            walk / "markers_walk.trc",
            walk / "subject_walk_scaled.osim",
            walk / "ik_tasks_walk.xml",
            1.0,
            (0.0, 2.37),
        ),
    )


def _trial_rows(opensim: ModuleType | None, trial: Trial, setting: Setting) -> list[Row]:
    markers = read_trc(trial.markers)
    solved = solve_ik(markers.positions, markers.names, markers.times)
    count = len(markers.times)
    (whole, _), (warm, work) = _seconds(markers), _seconds(markers, solved)
    about = f"{len(solved.marker_names)} markers, {count} frames, {os.cpu_count()} cores"
    compiled = f"compiled, person known; {about}; {count / work:.0f} frames per second of processor time"
    residual = float(np.sqrt(np.nanmean(solved.residuals_mm**2)))
    rows = [
        Row(
            GROUP, f"{trial.name}, markers, RMS", "mm", residual, note="left after the solution, all markers"
        ),
        Row(
            GROUP,
            f"{trial.name}, speed",
            "frames/s",
            count / warm,
            at_least=1500,
            note=compiled,
        ),
        Row(GROUP, f"{trial.name}, speed with finding the person", "frames/s", count / whole, note=about),
    ]
    if not setting.quick:
        rows.append(_long_row(trial, markers))
    if setting.quick or opensim is None:
        reason = "--quick" if setting.quick else "opensim is not installed"
        return [*rows, skipped(GROUP, f"{trial.name}, against OpenSim", reason)]
    seconds, work, times, names, theirs = _opensim_ik(
        opensim, trial, setting.work / trial.name.replace(" ", "_")
    )
    rate = Row(
        GROUP,
        f"{trial.name}, OpenSim's speed",
        "frames/s",
        len(times) / seconds,
        note=f"its IK tool; {len(times) / work:.0f} frames per second of processor time",
    )
    return [*rows, rate, *_differences(trial, solved, times, names, theirs)]


def _differences(
    trial: Trial, solved: Solved, times: np.ndarray, names: tuple[str, ...], theirs: np.ndarray
) -> list[Row]:
    """Root mean square over time without the mean, the worse of both sides."""
    rows = []
    for flexion in FLEXIONS:
        both = [f"{flexion}_{side}" for side in "rl"]
        sign = trial.knee_sign if flexion == "knee_angle" else 1.0
        truth = sign * theirs[:, [names.index(name) for name in both]]
        ours = np.stack([np.interp(times, solved.times, solved.coordinate(name)) for name in both], axis=1)
        errors = angle_errors(ours, truth, times)
        worst = np.degrees(errors.rmse_without_bias.max())
        bias = ", ".join(f"{value:+.1f}" for value in np.degrees(errors.bias))
        name = f"{trial.name}, {flexion}, RMS without mean"
        note = f"against OpenSim's IK of the recording's own model, worse side; mean difference {bias} deg"
        rows.append(Row(GROUP, name, "deg", float(worst), at_most=3.0, note=note))
    return rows


def _seconds(markers: Markers, solved: Solved | None = None) -> tuple[float, float]:
    """Median times of a solution, by the clock and of the processor; with `solved` its person is known."""
    calibration = None if solved is None else solved.calibration
    taken = []
    for _ in range(REPEATS):
        started, worked = perf_counter(), process_time()
        solve_ik(markers.positions, markers.names, markers.times, calibration=calibration)
        taken.append((perf_counter() - started, process_time() - worked))
    clock, processor = np.median(taken, axis=0)
    return float(clock), float(processor)


def _long_row(trial: Trial, markers: Markers) -> Row:
    """The trial played to and fro until it is long: what finding the person costs is spread out."""
    there = np.r_[np.arange(len(markers.times)), np.arange(len(markers.times) - 2, 0, -1)]
    index = np.resize(there, LONG_FRAMES)
    times = np.arange(LONG_FRAMES) * float(np.median(np.diff(markers.times)))
    started = perf_counter()
    solve_ik(markers.positions[index], markers.names, times)
    rate = LONG_FRAMES / (perf_counter() - started)
    name = f"{trial.name}, speed with finding the person, {LONG_FRAMES} frames"
    return Row(GROUP, name, "frames/s", rate, at_least=1500, note="the trial played to and fro")


def _opensim_ik(
    opensim: ModuleType, trial: Trial, folder: Path
) -> tuple[float, float, np.ndarray, tuple[str, ...], np.ndarray]:
    """Seconds of OpenSim's tool by the clock and of the processor; times, names, coordinates in radians."""
    folder.mkdir(parents=True, exist_ok=True)
    tool = opensim.InverseKinematicsTool()
    with quiet():
        model = opensim.Model(str(trial.model))
        model.initSystem()
    tool.setModel(model)
    tool.setMarkerDataFileName(str(trial.markers))
    tool.setStartTime(trial.span[0])
    tool.setEndTime(trial.span[1])
    tool.setOutputMotionFileName(str(folder / "opensim.mot"))
    tool.setResultsDir(str(folder))
    tool.set_report_errors(False)
    _add_tasks(opensim, tool.upd_IKTaskSet(), trial)
    with quiet():
        started, worked = perf_counter(), process_time()
        done = tool.run()
        seconds, work = perf_counter() - started, process_time() - worked
    if not done:
        raise RuntimeError(f"OpenSim's inverse kinematics of {trial.name} failed")
    return seconds, work, *read_mot(folder / "opensim.mot")


def _add_tasks(opensim: ModuleType, tasks: Any, trial: Trial) -> None:
    """Tasks of the recording's own file that are in use: markers, and coordinates held at their default."""
    present = read_trc(trial.markers).names
    for element in ElementTree.parse(trial.tasks).iter():
        if element.tag not in ("IKMarkerTask", "IKCoordinateTask"):
            continue
        name, used = element.get("name", ""), (element.findtext("apply") or "").strip() == "true"
        if not used or (element.tag == "IKMarkerTask" and name not in present):
            continue
        task = getattr(opensim, element.tag)()
        task.setName(name)
        task.setApply(True)
        task.setWeight(float(element.findtext("weight") or 1))
        if element.tag == "IKCoordinateTask":
            task.setValueType(opensim.IKCoordinateTask.DefaultValue)
        tasks.cloneAndAppend(task)
