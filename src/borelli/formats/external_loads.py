"""Forces measured on a person: OpenSim's ExternalLoads (.xml) and tables of force plates (.mot, .sto)."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError
from borelli.formats.storage import Storage, read_storage

USUAL = (
    ("calcn_r", "ground_force_r_", "ground_torque_r_"),
    ("calcn_l", "ground_force_l_", "ground_torque_l_"),
    ("calcn_r", "ground_force_", "ground_torque_"),
    ("calcn_l", "1_ground_force_", "1_ground_torque_"),
    ("calcn_l", "l_ground_force_", "l_ground_torque_"),
)
"""Body, beginning of its force and point columns, of its torque columns: what laboratories call the feet."""


@dataclass(frozen=True)
class Applied:
    """One row of an ExternalLoads file: the columns of the table that act on a body."""

    body: str
    force: str
    """Column names without their last letter x, y or z."""
    point: str
    torque: str
    """Empty: no torque."""


@dataclass(frozen=True)
class ExternalLoads:
    """Wrenches on B bodies over time, in the ground frame."""

    times: np.ndarray
    """(T,) seconds."""
    bodies: tuple[str, ...]
    """(B,)."""
    wrenches: np.ndarray
    """(T, B, 6) moment about the origin of the ground, then force. The centre of pressure, which is not
    defined without a force, no longer appears: between two samples this is what may be interpolated."""

    def at(self, times: np.ndarray) -> np.ndarray:
        """(N, B, 6) by linear interpolation at times (N,) within those of the table."""
        flat = self.wrenches.reshape(len(self.times), -1)
        columns = [np.interp(times, self.times, column) for column in flat.T]
        return np.array(columns).T.reshape(len(times), len(self.bodies), 6)


def read_loads(path: Path) -> ExternalLoads:
    """Loads of an ExternalLoads file and its table, or of a table alone whose columns have a usual name.

    Raises BorelliError when the file, its table or a column is missing, and for loads that are expressed in
    the frame of a body.
    """
    if path.suffix.lower() != ".xml":
        table = read_storage(path)
        return _loads(path, table, _usual(path, table))
    applied, name = _read_xml(path)
    table_path = path.parent / name
    if not name or not table_path.is_file():
        raise BorelliError(
            f"{path}: its <datafile> {name or '(none)'} is not beside it; copy the table there"
        )
    return _loads(table_path, read_storage(table_path), applied)


def _read_xml(path: Path) -> tuple[list[Applied], str]:
    try:
        root = ET.parse(path).getroot()
    except OSError as error:
        raise BorelliError(f"{path} cannot be read: {error.strerror}; check the path") from error
    except ET.ParseError as error:
        raise BorelliError(f"{path} is not readable XML: {error}") from error
    applied = [_applied(path, element) for element in root.iter("ExternalForce") if _in_use(element)]
    if not applied:
        raise BorelliError(
            f"{path} has no ExternalForce in use; give an ExternalLoads file or the table itself"
        )
    return applied, (root.findtext(".//datafile") or "").strip()


def _in_use(element: ET.Element) -> bool:
    return _word(element, "isDisabled") != "true" and _word(element, "appliesForce") != "false"


def _applied(path: Path, element: ET.Element) -> Applied:
    for tag in ("force_expressed_in_body", "point_expressed_in_body"):
        frame = _word(element, tag).rsplit("/", 1)[-1]
        if frame not in ("", "ground"):
            raise BorelliError(f"{path}: {tag} is {frame}; only loads expressed in ground are supported")
    columns = [_identifier(element, kind) for kind in ("force", "point", "torque")]
    return Applied(_word(element, "applied_to_body").rsplit("/", 1)[-1], *columns)


def _identifier(element: ET.Element, kind: str) -> str:
    word = _word(element, f"{kind}_identifier")
    return "" if word == "Unassigned" else word


def _word(element: ET.Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _usual(path: Path, table: Storage) -> list[Applied]:
    found = [
        Applied(body, f"{force}v", f"{force}p", torque)
        for body, force, torque in USUAL
        if f"{force}vx" in table.names
    ]
    if not found:
        usual = ", ".join(f"{force}vx" for _, force, _ in USUAL)
        raise BorelliError(
            f"{path} has no force columns of a usual name ({usual}); give an ExternalLoads .xml"
        )
    return found


def _loads(path: Path, table: Storage, applied: list[Applied]) -> ExternalLoads:
    if len(table.times) < 2 or np.any(np.diff(table.times) <= 0):
        raise BorelliError(f"{path}: two or more rows with increasing times are needed")
    wrenches = np.zeros((len(table.times), len(applied), 6))
    for b, load in enumerate(applied):
        if load.force:
            force = _columns(path, table, load.force)
            pushing = np.any(force != 0, axis=1, keepdims=True)
            point = np.where(pushing, _columns(path, table, load.point), 0.0)
            wrenches[:, b, :3] = np.cross(point, force)
            wrenches[:, b, 3:] = force
        if load.torque:
            wrenches[:, b, :3] += _columns(path, table, load.torque)
    if not np.isfinite(wrenches).all():
        row = int(np.argmin(np.isfinite(wrenches).all(axis=(1, 2))))
        raise BorelliError(f"{path}: a force at {table.times[row]:g} s is not a number; repair the table")
    return ExternalLoads(table.times, tuple(load.body for load in applied), wrenches)


def _columns(path: Path, table: Storage, stem: str) -> np.ndarray:
    """(T, 3)."""
    names = [stem + axis for axis in "xyz"]
    missing = [name for name in names if name not in table.names]
    if missing:
        raise BorelliError(f"{path} has no column {missing[0]}; its columns are {', '.join(table.names)}")
    return table.values[:, [table.names.index(name) for name in names]]
