"""OpenSim's own inverse kinematics on our markers and our model against our coordinates."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np

from borelli.evaluation.angles import angle_errors
from borelli.evaluation.benchmark.clips import balance, predict
from borelli.evaluation.benchmark.referees import load_opensim
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.export.mot import read_mot
from borelli.formats.storage import is_translation
from borelli.formats.trc import read_trc
from borelli.pipeline.files import write_person

GROUP = "OpenSim IK on our files"
VIEW = "cam01"
LEGS = ("pelvis", "hip", "knee", "ankle", "subtalar", "mtp")


def measure(setting: Setting) -> list[Row]:
    """Root mean square difference of the angles over time and coordinates."""
    opensim, recording = load_opensim(), balance(setting, VIEW)
    if setting.quick or opensim is None or not recording.video.is_file():
        reason = "--quick" if setting.quick else "opensim is not installed" if opensim is None else "no video"
        return [skipped(GROUP, "all coordinates, RMS", reason)]
    folder = setting.work / "opensim"
    write_person(folder, predict(recording, setting.work).motions[0])
    solved = run_ik(opensim, folder)
    times, names, ours = read_mot(folder / "motion.mot")
    solved_times, solved_names, theirs = read_mot(solved)
    angles = [name for name in names if not is_translation(name)]
    ours = ours[:, [names.index(name) for name in angles]]
    theirs = theirs[:, [solved_names.index(name) for name in angles]]
    theirs = np.stack([np.interp(times, solved_times, column) for column in theirs.T], axis=1)
    rmse = np.degrees(angle_errors(theirs, ours, times).rmse)
    legs = np.array([name.startswith(LEGS) for name in angles])
    worst = int(np.argmax(rmse))
    note = f"{len(angles)} angles, balance {VIEW}, all landmarks with equal weight"
    return [
        Row(GROUP, "all coordinates, RMS", "deg", _rms(rmse), at_most=1.0, note=note),
        Row(GROUP, "pelvis and legs, RMS", "deg", _rms(rmse[legs]), at_most=1.0),
        Row(GROUP, "worst coordinate, RMS", "deg", float(rmse[worst]), note=angles[worst]),
        Row(GROUP, "median coordinate, RMS", "deg", float(np.median(rmse))),
    ]


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def run_ik(opensim: ModuleType, folder: Path) -> Path:
    """Solve markers.trc with model.osim of a person's folder; returns the .mot file that OpenSim wrote."""
    markers = read_trc(folder / "markers.trc")
    tool = opensim.InverseKinematicsTool()
    model = opensim.Model(str(folder / "model.osim"))
    model.initSystem()
    tool.setModel(model)
    tool.setMarkerDataFileName(str(folder / "markers.trc"))
    tool.setStartTime(float(markers.times[0]))
    tool.setEndTime(float(markers.times[-1]))
    tool.setOutputMotionFileName(str(folder / "solved.mot"))
    tool.setResultsDir(str(folder))
    tool.set_report_errors(False)
    tasks = tool.upd_IKTaskSet()
    for name in markers.names:
        task = opensim.IKMarkerTask()
        task.setName(name)
        task.setApply(True)
        task.setWeight(1.0)
        tasks.cloneAndAppend(task)
    with quiet():
        done = tool.run()
    if not done:
        raise RuntimeError("OpenSim's inverse kinematics failed")
    return folder / "solved.mot"


@contextmanager
def quiet() -> Iterator[None]:
    """No standard output, of compiled code either: the tool prints the model whatever its log level."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with open(os.devnull, "wb") as sink:
            os.dup2(sink.fileno(), 1)
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
