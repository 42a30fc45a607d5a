"""Our inverse dynamics of laboratory recordings against OpenSim's, on the same model, motion and forces."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from borelli.evaluation.benchmark.opensim_id import run_id
from borelli.evaluation.benchmark.referees import load_opensim
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.formats.storage import Storage, read_storage
from borelli.pipeline.inverse_dynamics import inverse_dynamics

GROUP = "inverse dynamics with measured forces"
LOWPASS_HZ = 6.0
JOINTS = ("hip", "knee", "ankle")


@dataclass(frozen=True)
class Trial:
    """A recording with force plates."""

    name: str
    model: Path
    motion: Path
    forces: Path
    published: Path | None
    """OpenSim's answer as it was published; None: its tool is run."""


def trials(biomech: Path) -> tuple[Trial, ...]:
    """The recordings of a data folder."""
    subject, reference = biomech / "gait2354_subject01_walk", biomech / "opensim_core_gait2392_ref"
    walk, planar = biomech / "opensim_core_walk3d", biomech / "gait2354_subject01_walk" / "gait10dof"
    plates = subject / "subject01_walk1_grf.xml"
    return (
        Trial(
            "gait2354", subject / "subject01_simbody.osim", subject / "subject01_walk1_ik.mot", plates, None
        ),
        Trial(
            "gait2392",
            subject / "gait2392" / "subject01_simbody.osim",
            reference / "subject01_walk1_ik.mot",
            reference / "subject01_walk1_grf.mot",
            reference / "std_subject01_InverseDynamics.sto",
        ),
        Trial(
            "gait10dof",
            planar / "subject01.osim",
            planar / "subject01_walk_IK.mot",
            plates,
            planar / "subject01_walk_ID.sto",
        ),
        Trial(
            "walk3d",
            walk / "subject_walk_scaled.osim",
            walk / "coordinates.sto",
            walk / "grf_walk.xml",
            walk / "id_walk.sto",
        ),
    )


def moment_rows(setting: Setting) -> list[Row]:
    """Worst hip, knee and ankle coordinate of every recording, in percent of its range."""
    rows, opensim = [], load_opensim()
    for trial in trials(setting.data / "biomech"):
        if not trial.model.is_file():
            rows.append(skipped(GROUP, f"{trial.name}, all", f"no {trial.model.name}"))
        elif trial.published is None and opensim is None:
            rows.append(skipped(GROUP, f"{trial.name}, all", "opensim is not installed"))
        else:
            rows += _rows(trial, _answer(trial, opensim, setting.work / "opensim_id" / trial.name))
    return rows


def _answer(trial: Trial, opensim: ModuleType | None, folder: Path) -> Storage:
    if trial.published is not None:
        return read_storage(trial.published)
    assert opensim is not None
    return run_id(opensim, trial.model, trial.motion, trial.forces, folder, LOWPASS_HZ)


def _rows(trial: Trial, answer: Storage) -> list[Row]:
    found = inverse_dynamics(trial.model, trial.motion, trial.forces, LOWPASS_HZ)
    ours = found.storage()
    shares = {name: share(name, ours, answer) for name in ours.names if name in answer.names}
    source = "OpenSim's tool" if trial.published is None else "OpenSim's published answer"
    rows = []
    for joint in JOINTS:
        own = {name: value for name, value in shares.items() if name.startswith(joint) and "beta" not in name}
        worst = max(own, key=lambda name: own[name])
        note = f"{source}, {LOWPASS_HZ:g} Hz, {len(own)} coordinates; worst {worst}"
        row = Row(
            GROUP, f"{trial.name}, {joint} moments, RMSE / range", "%", own[worst], at_most=3.0, note=note
        )
        rows.append(row)
    return rows


def share(name: str, ours: Storage, theirs: Storage) -> float:
    """Root mean square difference of a column over the range of theirs, percent, while both have it."""
    both = (theirs.times >= ours.times[0]) & (theirs.times <= ours.times[-1])
    reference = theirs.values[both, theirs.names.index(name)]
    column = np.interp(theirs.times[both], ours.times, ours.values[:, ours.names.index(name)])
    return float(100 * np.sqrt(np.mean((column - reference) ** 2)) / np.ptp(reference))
