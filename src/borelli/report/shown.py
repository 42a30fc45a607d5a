"""What a report page is about: a run, or a motion by itself."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from borelli.errors import BorelliError

RUN = "run.json"
OVERLAYS = ("overlay.mp4", "overlay.jpg")
LISTED = 8
"""Folders named in an error."""


@dataclass(frozen=True)
class Shown:
    """Files that a page is made from."""

    folder: Path
    """Where they lie, and what the links of the page are relative to."""
    motions: tuple[Path, ...]
    """One motion.npz per person."""
    report: dict[str, Any]
    """The content of run.json; empty for a motion by itself."""
    name: str
    """For people."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything whose change changes the page."""
        beside = (self.folder / name for name in (RUN, *OVERLAYS))
        avatars = (path.with_name("avatar.npz") for path in self.motions)
        return (*self.motions, *(path for path in (*beside, *avatars) if path.is_file()))


def find_shown(source: Path) -> Shown:
    """What to show of a path: a motion file, the folder of a run, or a folder that holds one of these.

    Raises:
        BorelliError: there is nothing, or more than one run; the message names what is there.
    """
    if source.is_file():
        return Shown(source.parent, (source,), {}, source.name)
    if not source.is_dir():
        raise BorelliError(f"{source} does not exist; {_nearby(source.absolute().parent)}")
    if people := motion_paths(source):
        return Shown(source, people, _report(source), source.name)
    if (source / "motion.npz").is_file():
        return Shown(source, (source / "motion.npz",), {}, source.name)
    runs = _runs(source)
    if len(runs) == 1:
        return find_shown(runs[0])
    if not runs:
        raise BorelliError(f"{source} holds no results; give a folder written by `borelli run`")
    raise BorelliError(f"{source} holds several runs; give one or more of them: {_listed(runs)}")


def motion_paths(folder: Path) -> tuple[Path, ...]:
    """Motions of a run in order of person."""
    found = [path for path in folder.glob("person_*/motion.npz") if path.parent.name[7:].isdecimal()]
    return tuple(sorted(found, key=lambda path: int(path.parent.name[7:])))


def _report(folder: Path) -> dict[str, Any]:
    """Content of run.json; empty where a run is not finished."""
    path = folder / RUN
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BorelliError(f"{path} is not readable: {error}; run the video again") from error
    return content if isinstance(content, dict) else {}


def _runs(folder: Path) -> list[Path]:
    return sorted(child for child in folder.iterdir() if child.is_dir() and motion_paths(child))


def _nearby(folder: Path) -> str:
    """What could have been meant."""
    runs = _runs(folder) if folder.is_dir() else []
    if folder.is_dir() and not runs:
        runs = sorted(child for child in folder.iterdir() if child.is_dir() and _runs(child))
    return f"here are results: {_listed(runs)}" if runs else "give a folder written by `borelli run`"


def _listed(folders: list[Path]) -> str:
    more = f" and {len(folders) - LISTED} more" if len(folders) > LISTED else ""
    return ", ".join(str(folder) for folder in folders[:LISTED]) + more
