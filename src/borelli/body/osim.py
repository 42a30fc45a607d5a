"""A person as an OpenSim 4 model (.osim text): custom joints, coordinates, landmarks as markers.

Coordinate names are those of `skeleton.coordinate_names`; markers have the names of the landmarks. OpenSim
chains rotation1, rotation2, rotation3 from the parent outwards, like our hinges; unused axes complete the
frame and carry a constant zero, without which OpenSim refuses the joint.
"""

import re
import xml.etree.ElementTree as ET

import numpy as np

from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import TRANSLATIONS
from borelli.body.tree import RigidTree, numbers, rigid_tree, six_moments

GRAVITY = 9.81
_FREE_RANGE = {"rotation": np.array([-np.pi, np.pi]), "translation": np.array([-100.0, 100.0])}


def to_osim(model: BodyModel, person: Person, name: str, mass: float | None = None) -> str:
    """OpenSim model file of one person; `mass` in kg, from the mesh by default.

    Characters of `name` other than letters, digits, `_` and `-` become `_`.
    """
    tree = rigid_tree(model, person, mass)
    root = ET.Element("OpenSimDocument", Version="40000")
    osim = ET.SubElement(root, "Model", name=re.sub(r"[^\w-]+", "_", name))
    _text(osim, "length_units", "meters")
    _text(osim, "force_units", "N")
    _text(osim, "gravity", numbers(np.array([0.0, -GRAVITY, 0.0])))
    ET.SubElement(osim, "Ground", name="ground")
    bodies, joints, markers = (_set(osim, kind) for kind in ("BodySet", "JointSet", "MarkerSet"))
    for j in range(len(tree.offsets)):
        _add_body(bodies, tree, j)
        _add_joint(joints, tree, j)
    for marker, segment in enumerate(tree.marker_segments):
        element = ET.SubElement(markers, "Marker", name=tree.marker_names[marker])
        _text(element, "socket_parent_frame", f"/bodyset/{tree.skeleton.segment_names[segment]}")
        _text(element, "location", numbers(tree.marker_offsets[marker]))
        _text(element, "fixed", "true")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _add_body(bodies: ET.Element, tree: RigidTree, j: int) -> None:
    properties = tree.inertia
    body = ET.SubElement(bodies, "Body", name=tree.skeleton.segment_names[j])
    _text(body, "mass", numbers(properties.masses[j]))
    _text(body, "mass_center", numbers(properties.centres[j]))
    _text(body, "inertia", six_moments(properties.tensors[j]))


def _add_joint(joints: ET.Element, tree: RigidTree, j: int) -> None:
    table = tree.skeleton
    segment, above = table.segment_names[j], table.parents[j]
    parent = "ground" if above < 0 else table.segment_names[above]
    joint = ET.SubElement(joints, "CustomJoint", name=table.joint_names[j])
    _text(joint, "socket_parent_frame", f"{parent}_offset")
    _text(joint, "socket_child_frame", f"{segment}_offset")
    hinges = table.hinges(j)
    coordinates = ET.SubElement(joint, "coordinates")
    for h in hinges:
        _add_coordinate(coordinates, tree, int(h), "rotation")
    if above < 0:
        for name in TRANSLATIONS:
            _add_coordinate(coordinates, tree, table.coordinate(name), "translation")
    frames = ET.SubElement(joint, "frames")
    _add_frame(frames, parent, tree.offsets[j])
    _add_frame(frames, segment, np.zeros(3))
    transform = ET.SubElement(joint, "SpatialTransform")
    names = [table.coordinate_names[h] for h in hinges]
    for k, axis in enumerate(_complete(table.axes[hinges])):
        _add_axis(transform, f"rotation{k + 1}", axis, names[k] if k < len(names) else None)
    for k, axis in enumerate(np.eye(3)):
        _add_axis(transform, f"translation{k + 1}", axis, TRANSLATIONS[k] if above < 0 else None)


def _add_coordinate(coordinates: ET.Element, tree: RigidTree, c: int, kind: str) -> None:
    table = tree.skeleton
    limited = bool(np.isfinite(table.lower[c]))
    coordinate = ET.SubElement(coordinates, "Coordinate", name=table.coordinate_names[c])
    _text(coordinate, "default_value", numbers(table.neutral[c]))
    interval = np.array([table.lower[c], table.upper[c]]) if limited else _FREE_RANGE[kind]
    _text(coordinate, "range", numbers(interval))
    _text(coordinate, "clamped", str(limited).lower())


def _add_frame(frames: ET.Element, body: str, place: np.ndarray) -> None:
    frame = ET.SubElement(frames, "PhysicalOffsetFrame", name=f"{body}_offset")
    _text(frame, "socket_parent", "/ground" if body == "ground" else f"/bodyset/{body}")
    _text(frame, "translation", numbers(place))
    _text(frame, "orientation", "0 0 0")


def _add_axis(transform: ET.Element, name: str, axis: np.ndarray, coordinate: str | None) -> None:
    element = ET.SubElement(transform, "TransformAxis", name=name)
    _text(element, "coordinates", coordinate or "")
    _text(element, "axis", numbers(axis))
    if coordinate is None:
        _text(ET.SubElement(element, "Constant", name="function"), "value", "0")
    else:
        _text(ET.SubElement(element, "LinearFunction", name="function"), "coefficients", "1 0")


def _complete(axes: np.ndarray) -> np.ndarray:
    """(3, 3): the one to three given axes, then directions at right angles to them."""
    if len(axes) == 3:
        return axes
    rest = np.linalg.svd(axes)[2][len(axes) :]
    return np.vstack([axes, rest])


def _set(parent: ET.Element, kind: str) -> ET.Element:
    return ET.SubElement(ET.SubElement(parent, kind, name=kind.lower()), "objects")


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text
