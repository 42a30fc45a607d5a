"""Girths: what a tape measure would read around the skin of the standing body."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from borelli.body.kinematics import Pose, forward, landmark_points, place
from borelli.body.model import BodyModel, Person
from borelli.body.skin import skin
from borelli.measures.measure import read_table

LEVELS = 15
"""Planes that are tried where the largest or smallest girth of a stretch is asked for."""


def girths(model: BodyModel, person: Person) -> dict[str, float]:
    """Metres by name of `girths.csv`; the right side stands for both, as bodies are symmetric here."""
    pose = forward(model, person, np.zeros((1, len(model.skeleton.coordinate_names))))
    surface = skin(model, person, pose)[0].astype(np.float64)
    return {row["girth"]: _girth(model, person, pose, surface, row) for row in read_table("girths.csv")}


def tape_length(vertices: np.ndarray, faces: np.ndarray, origin: np.ndarray, normal: np.ndarray) -> float:
    """Metres around the section of a surface (V, 3), (F, 3) by the plane through `origin` (3,).

    A tape spans hollows: the length is that of the convex hull of the section. 0 where nothing is cut.
    """
    normal = normal / np.linalg.norm(normal)
    height = (vertices - origin) @ normal
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = edges[(height[edges[:, 0]] > 0) != (height[edges[:, 1]] > 0)]
    a, b = edges.T
    share = height[a] / (height[a] - height[b])
    cut = vertices[a] + share[:, None] * (vertices[b] - vertices[a])
    across = np.linalg.svd(normal[None])[2][1:]
    try:
        return float(ConvexHull(cut @ across.T).area)
    except (QhullError, ValueError):
        return 0.0


def _girth(model: BodyModel, person: Person, pose: Pose, surface: np.ndarray, row: dict[str, str]) -> float:
    start, end = (_point(model, person, pose, row[key]) for key in ("start", "end"))
    normal = np.array([0.0, 1.0, 0.0]) if row["level"] == "yes" else end - start
    faces = _faces_of(model, row["segments"].split())
    shares = np.linspace(float(row["low"]), float(row["high"]), 1 if row["pick"] == "at" else LEVELS)
    found = [tape_length(surface, faces, start + share * (end - start), normal) for share in shares]
    return min(found) if row["pick"] == "smallest" else max(found)


def _point(model: BodyModel, person: Person, pose: Pose, name: str) -> np.ndarray:
    """(3,) a joint centre `joint:<segment>` or a landmark."""
    _, _, segment = name.partition("joint:")
    if segment:
        return pose.joints[0, model.skeleton.segment(segment)]
    return place(pose, landmark_points(model, (name,)), model, person)[0, 0]


def _faces_of(model: BodyModel, segments: Sequence[str]) -> np.ndarray:
    """(F', 3) faces whose corners are mostly moved by these segments: arms do not count as trunk."""
    wanted = [model.skeleton.segment(name) for name in segments]
    own = np.isin(model.skin_segments[:, 0], wanted)
    return model.faces[own[model.faces].all(axis=1)]
