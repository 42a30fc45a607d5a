"""A person as a MuJoCo model (MJCF text): hinges named like the coordinates, landmarks as sites.

A body's joints are listed from the parent outwards, which is how MuJoCo chains them. Joint values of the
written model are the coordinates themselves; look them up by name, MuJoCo orders them along its own tree.
"""

import xml.etree.ElementTree as ET

import numpy as np

from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import TRANSLATIONS
from borelli.body.tree import RigidTree, numbers, rigid_tree, six_moments

GRAVITY = 9.81
_Z_UP = "0.707106781186548 0.707106781186548 0 0"
_SHORTEST_BONE = 0.02


def to_mjcf(
    model: BodyModel,
    person: Person,
    mass: float | None = None,
    *,
    free_root: bool = False,
    z_up: bool = False,
) -> str:
    """MJCF of one person, metres, kilograms, radians.

    The root has three slides and three hinges with the names of the pelvis coordinates, or one free joint
    `root` (position and quaternion wxyz). The world is Y up, or Z up with x forward and y to the left.
    Bones are drawn as capsules without mass or contact.
    """
    tree = rigid_tree(model, person, mass)
    root = ET.Element("mujoco", model="person")
    ET.SubElement(root, "compiler", angle="radian", autolimits="true")
    down = np.array([0.0, 0.0, -GRAVITY] if z_up else [0.0, -GRAVITY, 0.0])
    ET.SubElement(root, "option", gravity=numbers(down))
    world = ET.SubElement(root, "worldbody")
    if z_up:
        world = ET.SubElement(world, "frame", quat=_Z_UP)
    _add_body(world, tree, 0, free_root)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")


def _add_body(parent: ET.Element, tree: RigidTree, j: int, free_root: bool) -> None:
    """Segment j and everything beyond it."""
    table, properties = tree.skeleton, tree.inertia
    body = ET.SubElement(parent, "body", name=table.segment_names[j], pos=numbers(tree.offsets[j]))
    ET.SubElement(
        body,
        "inertial",
        pos=numbers(properties.centres[j]),
        mass=numbers(properties.masses[j]),
        fullinertia=six_moments(properties.tensors[j]),
    )
    if j == 0 and free_root:
        ET.SubElement(body, "freejoint", name="root")
    else:
        _add_joints(body, tree, j)
    for marker in np.flatnonzero(tree.marker_segments == j):
        name, place = tree.marker_names[marker], numbers(tree.marker_offsets[marker])
        ET.SubElement(body, "site", name=name, pos=place, size="0.005")
    for child in np.flatnonzero(table.parents == j):
        _draw_bone(body, tree.offsets[child])
        _add_body(body, tree, int(child), free_root)


def _add_joints(body: ET.Element, tree: RigidTree, j: int) -> None:
    table = tree.skeleton
    if j == 0:
        for name, axis in zip(TRANSLATIONS, np.eye(3), strict=True):
            ET.SubElement(body, "joint", name=name, type="slide", axis=numbers(axis))
    for h in table.hinges(j):
        joint = ET.SubElement(
            body, "joint", name=table.coordinate_names[h], type="hinge", axis=numbers(table.axes[h])
        )
        if np.isfinite(table.lower[h]):
            joint.set("range", numbers(np.array([table.lower[h], table.upper[h]])))


def _draw_bone(body: ET.Element, tip: np.ndarray) -> None:
    if np.linalg.norm(tip) < _SHORTEST_BONE:
        return
    ends = numbers(np.r_[np.zeros(3), tip])
    ET.SubElement(
        body, "geom", type="capsule", fromto=ends, size="0.012", mass="0", contype="0", conaffinity="0"
    )
