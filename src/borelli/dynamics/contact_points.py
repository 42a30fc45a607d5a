"""Points of the body that may touch the surroundings, from `contact_points.csv`."""

import csv
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.mirror import MIRROR
from borelli.body.model import BodyModel


@dataclass(frozen=True)
class ContactPoints:
    """P points on the skin, fixed to segments; the twelve of the feet come first."""

    names: tuple[str, ...]
    points: Points
    radius: np.ndarray
    """(P,) metres at stature 1.70 m: sphere in the simulator that touches the skin from inside here."""
    foot: tuple[str, ...]
    """(P,) "r" or "l" for the soles, "" elsewhere."""

    @property
    def soles(self) -> np.ndarray:
        """(12,) indices of the points of the feet."""
        return np.flatnonzero(np.array(self.foot) != "")


def contact_points(model: BodyModel) -> ContactPoints:
    """The table, both sides; the left mirrors the right."""
    rows = _rows()
    table, offsets, shapes = model.skeleton, [], []
    for row in rows:
        own = np.array([float(row[axis]) for axis in "xyz"])
        shape = np.zeros((3, model.shape_size))
        if row["landmark"]:
            mark = model.landmark(row["landmark"])
            own, shape = own + model.landmark_offsets[mark], model.landmark_offsets_shape[mark]
        offsets.append(own)
        shapes.append(shape)
    segments = np.array([table.segment(row["segment"]) for row in rows])
    return ContactPoints(
        tuple(row["name"] for row in rows),
        Points(segments, np.array(offsets), np.array(shapes)),
        np.array([float(row["radius"]) for row in rows]),
        tuple(row["foot"] for row in rows),
    )


def _rows() -> list[dict[str, str]]:
    text = files("borelli.dynamics").joinpath("contact_points.csv").read_text("utf-8")
    rows = []
    for row in csv.DictReader(text.splitlines()):
        rows.append(row)
        if row["name"].endswith("_r"):
            rows.append(_left(row))
    return sorted(rows, key=lambda row: row["foot"] == "")


def _left(row: dict[str, str]) -> dict[str, str]:
    def side(name: str) -> str:
        return name[:-1] + "l" if name.endswith(("_r",)) else name

    flipped = {axis: str(float(row[axis]) * sign) for axis, sign in zip("xyz", MIRROR, strict=True)}
    foot = "l" if row["foot"] else ""
    return row | flipped | {"foot": foot} | {key: side(row[key]) for key in ("name", "segment", "landmark")}
