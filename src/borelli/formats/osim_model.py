"""OpenSim models (.osim) of both file generations: bodies, joints, coordinates and couplings between them.

Muscles, markers, wrapping and contact geometry are not read.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError
from borelli.formats.osim_functions import Function, Scaled, read_function
from borelli.formats.osim_joints import Joint
from borelli.formats.osim_tree import connections, outwards

STANDARD_GRAVITY = "0 -9.80665 0"


@dataclass(frozen=True)
class Coordinate:
    """One degree of freedom."""

    name: str
    rotational: bool
    """Radians; False: metres."""
    default: float


@dataclass(frozen=True)
class Coupling:
    """A coordinate that follows another."""

    dependent: str
    independent: str
    function: Function


@dataclass(frozen=True)
class OsimModel:
    """A tree of J bodies; body i is moved by joint i, parents before children. Frames as in the file."""

    name: str
    gravity: np.ndarray
    """(3,) m/s^2."""
    body_names: tuple[str, ...]
    masses: np.ndarray
    """(J,) kg."""
    centres: np.ndarray
    """(J, 3) centre of mass in the body's frame, metres."""
    tensors: np.ndarray
    """(J, 3, 3) about the centre of mass, kg m^2."""
    joints: tuple[Joint, ...]
    coordinates: tuple[Coordinate, ...]
    couplings: tuple[Coupling, ...]

    @property
    def coordinate_names(self) -> tuple[str, ...]:
        """In the order of the joints."""
        return tuple(coordinate.name for coordinate in self.coordinates)


def read_osim(path: Path) -> OsimModel:
    """Read a model.

    Raises BorelliError for a file that is no model, and for joints or functions that are not supported.
    """
    try:
        model = ET.parse(path).getroot().find("Model")
    except OSError as error:
        raise BorelliError(f"{path} cannot be read: {error.strerror}; check the path") from error
    except ET.ParseError as error:
        raise BorelliError(f"{path} is not readable XML: {error}") from error
    if model is None:
        raise BorelliError(f"{path} has no <Model>; give an OpenSim model, .osim")
    try:
        return _model(model)
    except (BorelliError, ValueError) as error:
        raise BorelliError(f"{path}: {error}") from error


def _model(model: ET.Element) -> OsimModel:
    bodies = {str(body.get("name")): body for body in model.iterfind("./BodySet/objects/Body")}
    connected = outwards(connections(model), list(bodies))
    joints = [joint for _, joint in connected]
    coordinates = [found for element, joint in connected for found in _coordinates(element, joint)]
    moved = [bodies[joint.child.body] for joint in joints]
    return OsimModel(
        name=model.get("name", ""),
        gravity=_numbers(model.findtext("gravity") or STANDARD_GRAVITY, 3, "gravity"),
        body_names=tuple(joint.child.body for joint in joints),
        masses=np.array([float(body.findtext("mass") or 0.0) for body in moved]),
        centres=np.array([_numbers(_text(body, "mass_center", "0 0 0"), 3, "mass_center") for body in moved]),
        tensors=np.array([_tensor(body) for body in moved]),
        joints=tuple(joints),
        coordinates=tuple(coordinates),
        couplings=tuple(_couplings(model)),
    )


def _coordinates(element: ET.Element, joint: Joint) -> list[Coordinate]:
    turned = {axis.coordinate for axis in joint.rotations}
    return [
        Coordinate(str(c.get("name")), c.get("name") in turned, float(c.findtext("default_value") or 0.0))
        for c in element.iter("Coordinate")
    ]


def _couplings(model: ET.Element) -> list[Coupling]:
    """Those in force that follow one coordinate."""
    found = []
    for element in model.iter("CoordinateCouplerConstraint"):
        off = (element.findtext("isDisabled") or "").strip() == "true"
        off |= (element.findtext("isEnforced") or "").strip() == "false"
        names = (element.findtext("independent_coordinate_names") or "").split()
        wrapper = element.find("coupled_coordinates_function")
        if off or len(names) != 1 or wrapper is None or not len(wrapper):
            continue
        scale = float(element.findtext("scale_factor") or 1.0)
        dependent = (element.findtext("dependent_coordinate_name") or "").strip()
        found.append(Coupling(dependent, names[0], Scaled(read_function(wrapper[0]), scale)))
    return found


def _tensor(body: ET.Element) -> np.ndarray:
    names = ("xx", "yy", "zz", "xy", "xz", "yz")
    apart = " ".join((body.findtext(f"inertia_{name}") or "0").strip() for name in names)
    xx, yy, zz, xy, xz, yz = _numbers(_text(body, "inertia", apart), 6, "inertia")
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def _text(element: ET.Element, tag: str, otherwise: str) -> str:
    return (element.findtext(tag) or "").strip() or otherwise


def _numbers(text: str, count: int, what: str) -> np.ndarray:
    values = np.array(text.split(), dtype=np.float64)
    if values.shape != (count,):
        raise BorelliError(f"{what} needs {count} numbers, not {text.strip()!r}; repair the model")
    return values
