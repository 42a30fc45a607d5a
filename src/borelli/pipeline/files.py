"""Files of one person: what OpenSim, spreadsheets and scripts open."""

from pathlib import Path

from borelli.body.model import Person, body_model
from borelli.body.osim import to_osim
from borelli.dynamics.performance import Performance
from borelli.export.forces import write_external_loads, write_forces, write_torques
from borelli.export.mot import write_mot
from borelli.export.tables import write_angles, write_column_definitions
from borelli.export.trc import write_trc
from borelli.formats.trc import Markers
from borelli.motion.motion import Motion
from borelli.pipeline.cache import whole_file


def write_person(folder: Path, motion: Motion) -> list[Path]:
    """Write angles, coordinates, markers and the scaled model; each file whole or not at all."""
    with whole_file(folder / "angles.csv") as path:
        write_angles(path, motion)
    with whole_file(folder / "angles_columns.csv") as path:
        write_column_definitions(path)
    with whole_file(folder / "motion.mot") as path:
        write_mot(path, motion.time, motion.coordinate_names, motion.coordinates)
    with whole_file(folder / "markers.trc") as path:
        write_trc(path, Markers(motion.time, motion.landmark_names, motion.landmarks))
    with whole_file(folder / "model.osim") as path:
        path.write_text(to_osim(body_model(), person_of(motion), folder.name, motion.mass), "utf-8")
    names = ("motion.mot", "markers.trc", "model.osim", "angles.csv", "angles_columns.csv")
    performance = performance_of(motion)
    forces = [] if performance is None else write_force_files(folder, performance)
    return [*(folder / name for name in names), *forces]


def write_force_files(folder: Path, performance: Performance) -> list[Path]:
    """What OpenSim's inverse dynamics needs besides motion.mot and model.osim, and what it should find."""
    with whole_file(folder / "forces.mot") as path:
        write_forces(path, performance)
    with whole_file(folder / "external_loads.xml") as path:
        write_external_loads(path, performance)
    with whole_file(folder / "torques.sto") as path:
        write_torques(path, performance)
    return [folder / name for name in ("forces.mot", "external_loads.xml", "torques.sto")]


def performance_of(motion: Motion) -> Performance | None:
    """The performance that a motion carries; None for one without forces."""
    if (
        motion.forces is None
        or motion.torques is None
        or motion.residual_wrench is None
        or motion.contact_points is None
        or motion.support is None
        or motion.explained is None
    ):
        return None
    return Performance(
        times=motion.time,
        person=person_of(motion),
        mass=motion.mass,
        coordinates=motion.coordinates,
        point_names=motion.contact_names,
        points=motion.contact_points,
        contacts=motion.contacts > 0.5,
        support=motion.support,
        forces=motion.forces,
        torques=motion.torques,
        residual=motion.residual_wrench,
        explained=motion.explained,
    )


def person_of(motion: Motion) -> Person:
    """The individual that a motion is of."""
    return Person(motion.shape, motion.log_lengths, motion.scale)
