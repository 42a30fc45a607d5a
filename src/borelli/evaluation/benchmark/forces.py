"""Forces: inverse dynamics with measured ones, prediction without, and OpenSim's opinion of our own."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from borelli.body.model import body_model
from borelli.dynamics.performance import Performance
from borelli.dynamics.recorded import physical_motion
from borelli.evaluation.benchmark import measured_moments, predicted_loads
from borelli.evaluation.benchmark.flat_clips import flat_clips
from borelli.evaluation.benchmark.opensim_id import run_id
from borelli.evaluation.benchmark.referees import load_opensim
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.export.forces import FEET, foot_points
from borelli.formats.external_loads import ExternalLoads, read_loads
from borelli.formats.storage import read_storage
from borelli.pipeline.from_points import PointsConfig, solve_points, trc_points
from borelli.pipeline.predict_forces import Forces, predict_forces, write_opensim_files, write_predicted

PREDICTED, REFEREED = "ground forces from markers alone", "OpenSim's inverse dynamics on our files"


@dataclass(frozen=True)
class Plates:
    """A walk whose forces were measured."""

    name: str
    markers: Path
    forces: Path
    mass: float
    """Kilograms."""
    seen: tuple[float, float]
    """Seconds between which the plates feel all of the load."""
    about: str
    knee_sign: float
    """Of the knee angle of the laboratory's model; ours is positive in flexion."""


def recordings(biomech: Path) -> tuple[Plates, ...]:
    """The walks with plates of a data folder."""
    subject, walk = biomech / "gait2354_subject01_walk", biomech / "opensim_core_walk3d"
    return (
        Plates(
            "gait2354",
            subject / "subject01_walk1.trc",
            subject / "subject01_walk1_grf.mot",
            72.6,
            (0.0, 2.5),
            "treadmill, whole recording",
            -1.0,
        ),
        Plates(
            "walk3d",
            walk / "markers_walk.trc",
            walk / "grf_walk.mot",
            85.3,
            (0.45, 1.98),
            "between two steps beside the plates",
            1.0,
        ),
    )


def measure(setting: Setting) -> list[Row]:
    """All rows about forces."""
    rows = measured_moments.moment_rows(setting)
    for plates in recordings(setting.data / "biomech"):
        if not plates.markers.is_file():
            rows.append(skipped(PREDICTED, f"{plates.name}, all", f"no {plates.markers.name}"))
            continue
        started = perf_counter()
        solved = solve_points(plates.markers, trc_points, PointsConfig())
        forces = predict_forces(solved.motion, plates.mass)
        took = perf_counter() - started
        rows += [*_against_plates(plates, forces, took), *_beyond(plates, forces, setting)]
        folder = setting.work / "forces" / plates.name
        write_predicted(folder, forces)
        rows.append(refereed(plates.name, forces.predicted.after.mass, folder))
    return [*rows, *_mocap(setting)]


def _against_plates(plates: Plates, forces: Forces, took: float) -> list[Row]:
    performance = forces.predicted.after
    weight, times = performance.mass * 9.81, performance.times
    seen = (times >= plates.seen[0]) & (times <= plates.seen[1])
    ours = vertical(performance)[seen] / weight
    measured = measured_vertical(read_loads(plates.forces), times[seen]) / weight
    rows = []
    for what, a, b in (
        ("both feet together", ours.sum(axis=1), measured.sum(axis=1)),
        ("right foot", ours[:, 0], measured[:, 0]),
        ("left foot", ours[:, 1], measured[:, 1]),
    ):
        error = float(100 * np.sqrt(np.mean((a - b) ** 2)))
        name = f"{plates.name}, vertical force, {what}"
        rows += [
            Row(
                PREDICTED,
                f"{name}, RMSE",
                "% BW",
                error,
                at_most=12.0,
                note=f"{plates.about}, {seen.sum()} frames",
            ),
            Row(PREDICTED, f"{name}, correlation", "", float(np.corrcoef(a, b)[0, 1]), at_least=0.95),
        ]
    figures = forces.certified.certificate.after
    assert figures is not None
    seconds = took / (times[-1] - times[0])
    return [
        *rows,
        Row(PREDICTED, f"{plates.name}, unexplained force, rms", "% BW", figures.residual_force_percent),
        Row(
            PREDICTED,
            f"{plates.name}, time per second of motion",
            "s",
            seconds,
            note="marker kinematics included",
        ),
    ]


def _beyond(plates: Plates, forces: Forces, setting: Setting) -> list[Row]:
    """Shear, centre of pressure and moments, for which no target is set."""
    performance = forces.predicted.in_laboratory()
    seen = (performance.times >= plates.seen[0]) & (performance.times <= plates.seen[1])
    trials = {trial.name: trial for trial in measured_moments.trials(setting.data / "biomech")}
    trial = trials[plates.name]
    return [
        *predicted_loads.shear_rows(plates.name, performance, plates.forces, seen),
        *predicted_loads.moment_rows(
            plates.name, performance, (trial.model, trial.motion, trial.forces), plates.knee_sign
        ),
    ]


def vertical(performance: Performance) -> np.ndarray:
    """(T, 2) newtons under the right and the left foot."""
    feet = foot_points(performance)
    return np.stack([performance.forces[:, feet == side, 1].sum(axis=1) for side in FEET], axis=1)


def measured_vertical(loads: ExternalLoads, times: np.ndarray) -> np.ndarray:
    """(N, 2) newtons of the plates under the right and the left foot at times (N,)."""
    at = loads.at(times)
    return np.stack([at[:, loads.bodies.index(f"calcn_{side}"), 4] for side in FEET], axis=1)


def _mocap(setting: Setting) -> list[Row]:
    """A run and a jump of the mocap clips, made to obey physics as `borelli run` does it."""
    mocap = setting.data / "mocap"
    if setting.quick or not (mocap / "manifest.csv").is_file():
        return [skipped(REFEREED, "run and jump", "--quick" if setting.quick else "no recordings of mocap")]
    rows = []
    for kind in ("run", "jump"):
        clip = next(clip for clip in flat_clips(mocap) if clip.kind == kind)
        found = physical_motion(body_model(), clip.person, clip.times, clip.coordinates)
        folder = setting.work / "forces" / clip.name
        folder.mkdir(parents=True, exist_ok=True)
        write_opensim_files(folder, found)
        rows.append(refereed(f"{clip.name} ({kind})", found.mass, folder))
    return rows


def refereed(name: str, mass: float, folder: Path) -> Row:
    """OpenSim's residual from the files in a folder against that of torques.sto there."""
    name = f"{name}, root residual against our certificate, largest difference"
    opensim = load_opensim()
    if opensim is None:
        return skipped(REFEREED, name, "opensim is not installed")
    model, motion, loads = (folder / file for file in ("model.osim", "motion.mot", "external_loads.xml"))
    theirs, ours = run_id(opensim, model, motion, loads, folder / "id"), read_storage(folder / "torques.sto")
    order = [theirs.names.index(column) for column in ours.names]
    apart = (theirs.values[:, order] - ours.values)[1:-1]
    root = [ours.names.index(f"pelvis_t{axis}_force") for axis in "xyz"]
    joints = [i for i, column in enumerate(ours.names) if not column.startswith("pelvis_")]
    force = 100 * np.linalg.norm(apart[:, root], axis=1).max() / (mass * 9.81)
    note = f"joint torques differ by up to {np.abs(apart[:, joints]).max():.2f} N m"
    return Row(REFEREED, name, "% BW", float(force), at_most=1.0, note=note)
