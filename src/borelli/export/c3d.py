"""C3D: landmarks and joint centres as points, joint angles and ground forces as model outputs (c3d.org).

Axes are ours (x forward, y up, z right; POINT:X_SCREEN and Y_SCREEN say so), markers in millimetres. Like
motion-capture laboratories do, angles (degrees), forces (N) and moments (N m) are points too, listed in
POINT:ANGLES, POINT:FORCES and POINT:MOMENTS. What is missing is NaN.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import BodyModel
from borelli.body.skeleton import Skeleton
from borelli.errors import BorelliError
from borelli.export.forces import Pushed
from borelli.export.take import Take

MM = 1000.0
ANGLES, FORCES, MOMENTS, CENTRES = "_angles", "_ground_force", "_free_moment", "_pressure_centre"
"""Endings of labels after the joint, or after the foot's side."""


def write_c3d(path: Path, model: BodyModel, take: Take, feet: Mapping[str, Pushed]) -> None:
    """Write the evenly spaced frames of a take.

    Args:
        path: .c3d file.
        model: the body.
        take: from `even_take`; filled frames are written as missing.
        feet: what pushes on the sides "r" and "l" in the same frames; empty without physics.

    Raises:
        BorelliError: ezc3d is not installed, or cannot write the file.
    """
    points = _markers(model, take) | _angles(model.skeleton, take)
    for side, found in feet.items():
        points[f"{side}{CENTRES}"] = MM * found.centre
        points[f"{side}{FORCES}"], points[f"{side}{MOMENTS}"] = found.force, found.torque
    values = np.stack(list(points.values()), axis=1)
    values[~take.valid] = np.nan
    try:
        ezc3d = import_module("ezc3d")  # its stubs lack the compiled part
    except ImportError as error:
        raise BorelliError("writing .c3d files needs ezc3d: pip install ezc3d") from error
    document: Any = ezc3d.c3d()
    document["parameters"]["POINT"]["RATE"]["value"] = [take.rate]
    document["parameters"]["POINT"]["LABELS"]["value"] = list(points)
    described = _descriptions(model.skeleton)
    document["parameters"]["POINT"]["DESCRIPTIONS"]["value"] = [described.get(name, "") for name in points]
    document.add_parameter("POINT", "UNITS", ["mm"])
    document.add_parameter("POINT", "X_SCREEN", ["+X"])
    document.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    for group, ending, unit in (
        ("ANGLE", ANGLES, "deg"),
        ("FORCE", FORCES, "N"),
        ("MOMENT", MOMENTS, "Nm"),
    ):
        labels = [name for name in points if name.endswith(ending)]
        if labels:
            document.add_parameter("POINT", f"{group}S", labels)
            document.add_parameter("POINT", f"{group}_UNITS", [unit])
    # ezc3d wants (x y z 1, points, frames)
    homogeneous = np.concatenate([values, np.ones((*values.shape[:2], 1))], axis=-1)
    document["data"]["points"] = np.moveaxis(homogeneous, -1, 0).swapaxes(1, 2)
    try:
        document.write(str(path))
    except Exception as error:  # ezc3d raises whatever its C++ code throws
        raise BorelliError(f"{path} cannot be written: {error}") from error


def _markers(model: BodyModel, take: Take) -> dict[str, np.ndarray]:
    """(T, 3) millimetres of every landmark and joint centre."""
    pose = forward(model, take.person, take.coordinates)
    placed = MM * place(pose, landmark_points(model), model, take.person)
    points = {name: placed[:, i] for i, name in enumerate(model.landmark_names)}
    return points | {name: MM * pose.joints[:, j] for j, name in enumerate(model.skeleton.joint_names)}


def _angles(table: Skeleton, take: Take) -> dict[str, np.ndarray]:
    """(T, 3) degrees per joint: its coordinates from the parent outwards, zero where it has fewer."""
    found = {}
    for segment, joint in enumerate(table.joint_names):
        hinges = table.hinges(segment)
        found[f"{joint}{ANGLES}"] = np.zeros((len(take.times), 3))
        found[f"{joint}{ANGLES}"][:, : len(hinges)] = np.degrees(take.coordinates[:, hinges])
    return found


def _descriptions(table: Skeleton) -> dict[str, str]:
    """Names of the coordinates of each joint, in the order of the components."""
    return {
        f"{joint}{ANGLES}": ", ".join(table.coordinate_names[h] for h in table.hinges(segment))
        for segment, joint in enumerate(table.joint_names)
    }
