"""Files of one person: what OpenSim, spreadsheets and scripts open."""

from pathlib import Path

from borelli.body.model import Person, body_model
from borelli.body.osim import to_osim
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
        path.write_text(to_osim(body_model(), person_of(motion), folder.name), "utf-8")
    names = ("motion.mot", "markers.trc", "model.osim", "angles.csv", "angles_columns.csv")
    return [folder / name for name in names]


def person_of(motion: Motion) -> Person:
    """The individual that a motion is of."""
    return Person(motion.shape, motion.log_lengths, motion.scale)
