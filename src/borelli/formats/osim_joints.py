"""Joints of OpenSim models: every kind as up to six axes, each moved by a function of one coordinate.

A joint connects a frame on its parent with a frame on its child. From the parent's frame outwards the child's
is turned about the rotation axes one after the other (each carried along by those before) and shifted along
the translation axes, which stay with the parent's frame (Seth et al. 2010, Nonlinear Dynamics 62:291).
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.errors import BorelliError, choices
from borelli.formats.osim_functions import Function, constant, linear, read_function
from borelli.geometry.frames import make_transform

BUILT_IN = {
    "WeldJoint": ("", ""),
    "PinJoint": ("z", ""),
    "SliderJoint": ("", "x"),
    "UniversalJoint": ("xy", ""),
    "GimbalJoint": ("xyz", ""),
    "BallJoint": ("xyz", ""),
    "PlanarJoint": ("z", "xy"),
    "FreeJoint": ("xyz", "xyz"),
}
"""Rotation and translation axes, in the order of the coordinates."""
ANGULAR_VELOCITY = ("BallJoint", "FreeJoint")
"""Joints whose speeds are the angular velocity in the parent's frame, not the rates of their angles."""


@dataclass(frozen=True)
class Axis:
    """One direction of motion of a joint."""

    direction: np.ndarray
    """(3,) in the joint's frame; unit length for rotations."""
    coordinate: str | None
    """None: does not move."""
    function: Function


@dataclass(frozen=True)
class Placed:
    """A body and a frame fixed to it."""

    body: str
    T_body_frame: np.ndarray
    """(4, 4)."""


@dataclass(frozen=True)
class Joint:
    """One joint as the module describes it."""

    name: str
    parent: Placed
    child: Placed
    rotations: tuple[Axis, ...]
    translations: tuple[Axis, ...]
    angular_velocity: bool
    """See ANGULAR_VELOCITY: loads of the three rotations are moments about the axes of the parent's frame."""


def read_joint(element: ET.Element, parent: Placed, child: Placed) -> Joint:
    """The joint of an XML element. Raises BorelliError for kinds and functions that are not known."""
    name = element.get("name", "")
    if element.tag == "CustomJoint":
        axes = [_axis(axis, name) for axis in element.iter("TransformAxis")]
        if len(axes) != 6:
            raise BorelliError(f"joint {name} has {len(axes)} TransformAxis, six expected; repair the model")
        return Joint(name, parent, child, _turning(axes[:3]), _moving(axes[3:]), False)
    if element.tag not in BUILT_IN:
        raise choices(f"kind of joint {name}", element.tag, ["CustomJoint", *BUILT_IN])
    coordinates = [str(c.get("name")) for c in element.iter("Coordinate")]
    turns, moves = BUILT_IN[element.tag]
    if len(coordinates) != len(turns + moves):
        raise BorelliError(
            f"joint {name} states {len(coordinates)} coordinates, {len(turns + moves)} expected"
        )
    axes = [
        Axis(np.eye(3)["xyz".index(letter)], coordinate, linear())
        for letter, coordinate in zip(turns + moves, coordinates, strict=True)
    ]
    cut = len(turns)
    return Joint(name, parent, child, tuple(axes[:cut]), tuple(axes[cut:]), element.tag in ANGULAR_VELOCITY)


def _axis(element: ET.Element, joint: str) -> Axis:
    names = (element.findtext("coordinates") or "").split()
    if len(names) > 1:
        raise BorelliError(
            f"joint {joint}: an axis that moves with {' and '.join(names)} together is not supported"
        )
    direction = np.array((element.findtext("axis") or "").split(), dtype=np.float64)
    if direction.shape != (3,) or not np.linalg.norm(direction) > 0:
        raise BorelliError(f"joint {joint} has an axis without a direction; repair the model")
    inner = element.find("function")
    if inner is not None and len(inner):
        function = read_function(inner[0])
    else:
        found = [child for child in element if child.tag not in ("coordinates", "axis", "function")]
        function = read_function(found[0]) if found else linear() if names else constant(0.0)
    return Axis(direction, names[0] if names else None, function)


def _turning(axes: list[Axis]) -> tuple[Axis, ...]:
    return tuple(Axis(a.direction / np.linalg.norm(a.direction), a.coordinate, a.function) for a in axes)


def _moving(axes: list[Axis]) -> tuple[Axis, ...]:
    return tuple(axes)


def placement(element: ET.Element, location: str, orientation: str) -> np.ndarray:
    """(4, 4) from two children of an element: metres, and radians about body-fixed x, y, z."""
    t = _vector(element, location)
    return make_transform(Rotation.from_euler("XYZ", _vector(element, orientation)).as_matrix(), t)


def _vector(element: ET.Element, tag: str) -> np.ndarray:
    values = np.array((element.findtext(tag) or "0 0 0").split(), dtype=np.float64)
    if values.shape != (3,):
        raise BorelliError(
            f"{element.tag} {element.get('name')}: {tag} needs three numbers; repair the model"
        )
    return values
