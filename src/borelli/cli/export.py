"""`borelli export`: results of a run, or one motion.npz, in the formats of other programs."""

from pathlib import Path

from rich.console import Console

from borelli.cli.commands import Export
from borelli.errors import BorelliError
from borelli.measures.filtered import filter_note, filtered
from borelli.motion.motion import load_motion
from borelli.pipeline.export import ExportConfig, export_motion, gap_note, parse_formats


def export(command: Export) -> int:
    """Write every format for every person; returns the exit code."""
    formats = parse_formats(command.to)
    config = ExportConfig(command.names, command.smpl_model, command.skel_model)
    console = Console()
    for path in motion_files(command.source, command.person):
        motion = load_motion(path)
        note = gap_note(motion)
        if note is not None:
            console.print(note, highlight=False, markup=False, soft_wrap=True)
        folder = path.parent
        if command.lowpass is not None:
            motion, folder = filtered(motion, command.lowpass), folder / f"lowpass_{command.lowpass:g}Hz"
            console.print(filter_note(command.lowpass), highlight=False, markup=False, soft_wrap=True)
        for written in export_motion(folder, motion, formats, config):
            console.print(str(written), highlight=False, markup=False, soft_wrap=True)
    return 0


def motion_files(source: Path, person: int | None) -> list[Path]:
    """Motions of a file, of a person's folder, of a video's folder, or of a folder of videos.

    `person` chooses among those of a folder.

    Raises:
        BorelliError: there is none, or none of that person.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise BorelliError(f"{source} does not exist; give the results of `borelli run`, or a motion.npz")
    patterns = ("motion.npz", "person_*/motion.npz", "*/person_*/motion.npz")
    found = sorted(path for pattern in patterns for path in source.glob(pattern))
    if not found:
        raise BorelliError(f"{source} holds no motion.npz; give the results of `borelli run`")
    chosen = [path for path in found if person is None or _folder(path) == f"person_{person}"]
    if not chosen:
        people = sorted({_folder(path).removeprefix("person_") for path in found})
        raise BorelliError(f"{source} holds no person {person}; valid: {', '.join(people)}")
    return chosen


def _folder(path: Path) -> str:
    """Name of the folder of a file, also for a relative path without one."""
    return path.resolve().parent.name
