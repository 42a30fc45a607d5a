"""Contact forces and joint torques as OpenSim's inverse dynamics reads and writes them.

`forces.mot` has, for each foot as a whole, the columns of a force plate (`ground_force_r_v`, `_p`,
`ground_torque_r_`), to be compared with measured ones. Then the same for every segment that touches, because
OpenSim applies a force to one body and heel and toes share a foot's force. `external_loads.xml` names the
columns of the segments only, so that nothing counts twice.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.body.kinematics import forward
from borelli.body.model import body_model
from borelli.body.skeleton import TRANSLATIONS
from borelli.body.trajectories import frame_runs
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.performance import Performance
from borelli.formats.storage import Storage, is_translation, write_storage

FEET = ("r", "l")
ALWAYS = ("calcn_r", "toes_r", "calcn_l", "toes_l")
"""Segments whose columns are written even if they never push."""
FAINT = 1e-6
"""Newtons of vertical force below which there is no centre of pressure."""


@dataclass(frozen=True)
class Pushed:
    """What a force plate would say about some points."""

    force: np.ndarray
    """(T, 3) newtons on the person, world axes."""
    centre: np.ndarray
    """(T, 3) metres: centre of pressure on the supporting surface; when nothing pushes, under the points."""
    torque: np.ndarray
    """(T, 3) N m about the centre: the free moment, vertical."""


def pushed(performance: Performance, chosen: np.ndarray) -> Pushed:
    """The forces of some points (P,) bool as one force, its centre of pressure and its free moment."""
    force, place, support = (
        values[:, chosen].astype(np.float64)
        for values in (performance.forces, performance.points, performance.support)
    )
    total, moment = force.sum(axis=1), np.cross(place, force).sum(axis=1)
    vertical = total[:, 1]
    firm = vertical > FAINT
    divisor = np.where(firm, vertical, 1.0)
    level = np.where(firm, np.sum(support * force[..., 1], axis=1) / divisor, support.mean(axis=1))
    centre = place.mean(axis=1)
    centre[:, 1] = level
    centre[firm, 0] = ((moment[:, 2] + level * total[:, 0]) / divisor)[firm]
    centre[firm, 2] = ((level * total[:, 2] - moment[:, 0]) / divisor)[firm]
    torque = moment - np.cross(centre, total)
    return Pushed(total, centre, torque)


def foot_points(performance: Performance) -> np.ndarray:
    """(P,) "r" or "l" for points of the soles, "" elsewhere."""
    known = contact_points(body_model())
    return np.array([known.foot[known.names.index(name)] for name in performance.point_names])


def write_forces(path: Path, performance: Performance) -> None:
    """Forces, centres of pressure and free moments over time, .mot; metres, N, N m in the world's axes."""
    feet = foot_points(performance)
    stems = [(f"ground_force_{side}_", f"ground_torque_{side}_", feet == side) for side in FEET]
    stems += [
        (f"{name}_force_", f"{name}_torque_", chosen) for name, chosen in _touching(performance).items()
    ]
    names, columns = [], []
    for force, torque, chosen in stems:
        found = pushed(performance, chosen)
        names += [f"{stem}{axis}" for stem in (f"{force}v", f"{force}p", torque) for axis in "xyz"]
        columns += [found.force, found.centre, found.torque]
    write_storage(path, Storage("Contact forces", performance.times, tuple(names), np.hstack(columns)))


def write_external_loads(path: Path, performance: Performance, table: str = "forces.mot") -> None:
    """ExternalLoads file that applies the columns of `table`, which lies beside it, to the segments."""
    root = ET.Element("OpenSimDocument", Version="40000")
    loads = ET.SubElement(root, "ExternalLoads", name="contact_forces")
    objects = ET.SubElement(loads, "objects")
    for segment in _touching(performance):
        force = ET.SubElement(objects, "ExternalForce", name=segment)
        texts = {
            "applied_to_body": segment,
            "force_expressed_in_body": "ground",
            "point_expressed_in_body": "ground",
            "force_identifier": f"{segment}_force_v",
            "point_identifier": f"{segment}_force_p",
            "torque_identifier": f"{segment}_torque_",
        }
        for tag, text in texts.items():
            ET.SubElement(force, tag).text = text
    ET.SubElement(loads, "datafile").text = table
    ET.indent(root)
    path.write_text(ET.tostring(root, encoding="unicode", xml_declaration=True), "utf-8")


def write_torques(path: Path, performance: Performance) -> None:
    """Generalised forces as OpenSim's inverse dynamics names them, .sto; N m and N.

    The six rows of the pelvis are the residual: moments about its three hinge axes, forces along the world's.
    """
    model = body_model()
    table = model.skeleton
    values, root = performance.torques.copy(), table.hinges(0)
    for run in frame_runs(len(values)):
        axes = forward(model, performance.person, performance.coordinates[run]).hinge_axes[:, root]
        values[run, root] = np.einsum("thi,ti->th", axes, performance.residual[run, 3:])
    values[:, [table.coordinate(name) for name in TRANSLATIONS]] = performance.residual[:, :3]
    names = tuple(f"{n}_{'force' if is_translation(n) else 'moment'}" for n in table.coordinate_names)
    title = "Inverse Dynamics Generalized Forces"
    write_storage(path, Storage(title, performance.times, names, values))


def _touching(performance: Performance) -> dict[str, np.ndarray]:
    """Segments of the feet and those that ever push, each with its points (P,) bool."""
    model = body_model()
    known = contact_points(model)
    index = [known.names.index(name) for name in performance.point_names]
    segments = known.points.segments[index]
    pushing = np.any(performance.forces != 0, axis=(0, 2))
    found = {}
    for j, name in enumerate(model.skeleton.segment_names):
        own = segments == j
        if own.any() and (name in ALWAYS or pushing[own].any()):
            found[name] = own
    return found
