"""Keypoint sets by name: what a detector's points mean on the body. The table is `keypoint_sets.csv`.

`body_point` is a landmark of the body, or `joint:SEGMENT` for the joint centre that moves a segment; empty
where the body has no such point. The offset is in that segment's frame at a stature of 1.70 m; it holds the
systematic difference between what the detector marks and the anatomical point.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel
from borelli.errors import choices


@dataclass(frozen=True)
class KeypointSet:
    """Names and body points of one detector's keypoints."""

    name: str
    keypoints: tuple[str, ...]
    """(K,) COCO-style names: nose, left_hip, right_big_toe..."""
    body_points: tuple[str, ...]
    """(K,) empty where the body has no such point."""
    offsets: np.ndarray
    """(K, 3) forward, up, right in metres at 1.70 m."""
    spread: np.ndarray
    """(K,) how much less exact than a limb joint the point is on the body; NaN where it has none."""

    def index(self, keypoint: str) -> int | None:
        """Place of a keypoint by name, or None when the set lacks it."""
        return self.keypoints.index(keypoint) if keypoint in self.keypoints else None

    def on_body(self, model: BodyModel) -> tuple[np.ndarray, Points]:
        """Indices (M,) of the keypoints that have a body point, and those points."""
        used = np.array([i for i, point in enumerate(self.body_points) if point])
        segments, offsets = np.zeros(len(used), dtype=np.int64), np.zeros((len(used), 3))
        by_shape = np.zeros((len(used), 3, model.shape_size))
        for row, i in enumerate(used):
            kind, _, segment = self.body_points[i].partition("joint:")
            if segment:
                segments[row] = model.skeleton.segment(segment)
            else:
                landmark = model.landmark(kind)
                segments[row] = model.landmark_segments[landmark]
                offsets[row] = model.landmark_offsets[landmark]
                by_shape[row] = model.landmark_offsets_shape[landmark]
            offsets[row] += self.offsets[i]
        return used, Points(segments, offsets, by_shape)


@cache
def keypoint_sets() -> dict[str, KeypointSet]:
    """All registered sets."""
    text = files("borelli.perception").joinpath("keypoint_sets.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    sets = {}
    for name in dict.fromkeys(row["set"] for row in rows):
        own = [row for row in rows if row["set"] == name]
        sets[name] = KeypointSet(
            name=name,
            keypoints=tuple(row["name"] for row in own),
            body_points=tuple(row["body_point"] for row in own),
            offsets=np.array([[float(row[k]) for k in ("forward_m", "up_m", "right_m")] for row in own]),
            spread=np.array([float(row["spread"] or "nan") for row in own]),
        )
    return sets


def keypoint_set(name: str) -> KeypointSet:
    """A set by name.

    Raises:
        BorelliError: unknown name; the message lists the valid ones.
    """
    if name not in keypoint_sets():
        raise choices("keypoint set", name, list(keypoint_sets()))
    return keypoint_sets()[name]
