"""One person as a tree of rigid bodies: the single description that `mjcf` and `osim` both write out."""

from dataclasses import dataclass

import numpy as np

from borelli.body.inertia import Inertia, inertia
from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import Skeleton


@dataclass(frozen=True)
class RigidTree:
    """J bodies, each turning about its joint centre; segment frames (x forward, y up, z right), metres."""

    skeleton: Skeleton
    offsets: np.ndarray
    """(J, 3) joint centre in the frame of the parent segment, 0 for the pelvis."""
    inertia: Inertia
    marker_names: tuple[str, ...]
    marker_segments: np.ndarray
    """(L,)."""
    marker_offsets: np.ndarray
    """(L, 3) in the frame of the carrying segment."""


def rigid_tree(model: BodyModel, person: Person, mass: float | None = None) -> RigidTree:
    """Geometry and inertia of a person; `mass` in kg, from the mesh by default."""
    table = model.skeleton
    scales = person.segment_scales(table.groups)
    offsets = model.joint_offsets + model.joint_offsets_shape @ person.shape
    markers = model.landmark_offsets + model.landmark_offsets_shape @ person.shape
    return RigidTree(
        skeleton=table,
        offsets=offsets * scales[table.parents][:, None],
        inertia=inertia(model, person, mass),
        marker_names=model.landmark_names,
        marker_segments=model.landmark_segments,
        marker_offsets=markers * scales[model.landmark_segments][:, None],
    )


def numbers(values: np.ndarray) -> str:
    """Space-separated text with twelve digits."""
    return " ".join(f"{value:.12g}" for value in np.ravel(values))


def six_moments(tensor: np.ndarray) -> str:
    """xx yy zz xy xz yz, the order of both formats."""
    rows, columns = [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]
    return numbers(tensor[rows, columns])
