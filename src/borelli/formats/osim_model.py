"""OpenSim models (.osim) of both file generations: bodies, joints, coordinates and couplings between them.

Muscles, markers, wrapping and contact geometry are not read.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError
from borelli.formats.osim_functions import Function, Scaled, read_function
from borelli.formats.osim_joints import Joint, Placed, placement, read_joint

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
        raise BorelliError(f"{path} cannot be read: {error.strerror}") from error
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
    elements, joints = _joints(model)
    order = _outwards(joints, bodies)
    joints = [joints[i] for i in order]
    coordinates = [found for i in order for found in _coordinates(elements[i], joints[order.index(i)])]
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


def _joints(model: ET.Element) -> tuple[list[ET.Element], list[Joint]]:
    """Elements and joints: of the JointSet, or one inside each body as files before version 4 have it."""
    frames = {str(frame.get("name")): frame for frame in model.iter("PhysicalOffsetFrame")}
    elements, joints = [], []
    for element in model.iterfind("./JointSet/objects/*"):
        own = frames | {str(frame.get("name")): frame for frame in element.iter("PhysicalOffsetFrame")}
        elements.append(element)
        joints.append(
            read_joint(
                element, _placed(_socket(element, "parent"), own), _placed(_socket(element, "child"), own)
            )
        )
    for body in model.iterfind("./BodySet/objects/Body"):
        for element in body.iterfind("./Joint/*"):
            above = Placed(
                (element.findtext("parent_body") or "").strip(),
                placement(element, "location_in_parent", "orientation_in_parent"),
            )
            below = Placed(str(body.get("name")), placement(element, "location", "orientation"))
            elements.append(element)
            joints.append(read_joint(element, above, below))
    return elements, joints


def _socket(element: ET.Element, end: str) -> str:
    """Name of the frame that a joint is connected to; the tag differs between releases of OpenSim 4."""
    found = [child for child in element if child.tag.startswith(f"socket_{end}_frame")]
    if not found:
        raise BorelliError(f"joint {element.get('name')} does not say what its {end} is; repair the model")
    return (found[0].text or "").strip()


def _placed(path: str, frames: dict[str, ET.Element]) -> Placed:
    """The body behind a frame, which may be fixed to another frame."""
    name = path.rsplit("/", 1)[-1]
    if name not in frames:
        return Placed(name, np.eye(4))
    element = frames[name]
    rest = {key: frame for key, frame in frames.items() if key != name}
    below = _placed((element.findtext("socket_parent") or "").strip(), rest)
    return Placed(below.body, below.T_body_frame @ placement(element, "translation", "orientation"))


def _outwards(joints: list[Joint], bodies: dict[str, ET.Element]) -> list[int]:
    """Order of the joints from the ground outwards, as in the file where that allows it.

    Raises BorelliError when they do not form a tree.
    """
    children = [joint.child.body for joint in joints]
    twice = {name for name in children if children.count(name) > 1}
    unknown = {n for joint in joints for n in (joint.parent.body, joint.child.body)} - {*bodies, "ground"}
    if twice or unknown:
        what = f"{sorted(twice)[0]} hangs on two joints" if twice else f"{sorted(unknown)[0]} is no body"
        raise BorelliError(f"{what}; the joints of the model have to form a tree")
    order, reached = [], {"ground"}
    while len(order) < len(joints):
        ready = [i for i, j in enumerate(joints) if i not in order and j.parent.body in reached]
        if not ready:
            raise BorelliError("some joints of the model do not hang on the ground; repair the model")
        order.append(ready[0])
        reached.add(joints[ready[0]].child.body)
    loose = sorted({*bodies} - reached)
    if loose:
        raise BorelliError(f"body {loose[0]} has no joint; connect it to the model")
    return order


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
