"""The joint table: 24 segments, 46 hinges with OpenSim names, limits; read once from `coordinates.csv`.

Segment frames follow OpenSim: x forward, y up, z to the person's right, all parallel to the world when
every coordinate is zero (standing, arms hanging, palms facing the thighs). A joint with several hinges
chains them from the parent outwards in `order`, R = R0 R1 R2, like OpenSim's sequence of TransformAxis:
flexion, adduction, rotation at hip, spine and shoulder (ISB); rotation, list, tilt at the pelvis, so that
the angles keep their meaning whatever the heading (Baker 2001).
"""

import csv
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import numpy as np

TRANSLATIONS = ("pelvis_tx", "pelvis_ty", "pelvis_tz")

LENGTH_GROUPS = (
    "pelvis",
    "torso",
    "head",
    "shoulder",
    "upper_arm",
    "forearm",
    "hand",
    "thigh",
    "shank",
    "foot",
)
_GROUP_OF_SEGMENT = {
    "pelvis": "pelvis",
    "lumbar_body": "torso",
    "thorax": "torso",
    "head": "head",
    "scapula": "shoulder",
    "humerus": "upper_arm",
    "ulna": "forearm",
    "radius": "forearm",
    "hand": "hand",
    "femur": "thigh",
    "tibia": "shank",
    "talus": "foot",
    "calcn": "foot",
    "toes": "foot",
}


@dataclass(frozen=True)
class Skeleton:
    """Topology and hinges, the same for everyone. J = 24 segments, C = 46 rotations (+ 3 translations)."""

    segment_names: tuple[str, ...]
    """(J,) parents before children; segment i moves about joint i."""
    joint_names: tuple[str, ...]
    parents: np.ndarray
    """(J,) index of the parent segment, -1 for the pelvis."""
    groups: np.ndarray
    """(J,) index into LENGTH_GROUPS: which length scales the points of this segment."""
    coordinate_names: tuple[str, ...]
    """(49,) 46 rotations in SKEL's order, then pelvis_tx, pelvis_ty, pelvis_tz."""
    hinge_segment: np.ndarray
    """(46,) segment that the hinge moves."""
    hinge_order: np.ndarray
    """(46,) place in its joint's chain, 0 next to the parent."""
    axes: np.ndarray
    """(46, 3) unit axis, sign included, in the frame described in the module's docstring."""
    lower: np.ndarray
    """(49,) radians (metres for translations); -inf where unlimited."""
    upper: np.ndarray
    neutral: np.ndarray
    """(49,) a relaxed stance."""

    def segment(self, name: str) -> int:
        """Index of a segment."""
        return self.segment_names.index(name)

    def coordinate(self, name: str) -> int:
        """Index of a coordinate."""
        return self.coordinate_names.index(name)

    def hinges(self, segment: int) -> np.ndarray:
        """Indices of the hinges of a segment, from the parent outwards."""
        own = np.flatnonzero(self.hinge_segment == segment)
        return own[np.argsort(self.hinge_order[own])]

    @cached_property
    def chains(self) -> tuple[np.ndarray, np.ndarray]:
        """Hinges (46,) segment after segment in chain order, and where each segment's run starts (J + 1,)."""
        runs = [self.hinges(j) for j in range(len(self.parents))]
        return np.concatenate(runs), np.r_[0, np.cumsum([len(run) for run in runs])]

    def moves(self) -> np.ndarray:
        """(J, J) bool: does joint i move segment j."""
        table = np.eye(len(self.parents), dtype=bool)
        for j, parent in enumerate(self.parents):
            if parent >= 0:
                table[:, j] |= table[:, parent]
        return table


@cache
def skeleton() -> Skeleton:
    """The default skeleton."""
    text = files("borelli.body").joinpath("coordinates.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    segments = list(dict.fromkeys(row["child"] for row in rows))
    first = {row["child"]: row for row in reversed(rows)}
    parents = [-1 if first[s]["parent"] == "ground" else segments.index(first[s]["parent"]) for s in segments]
    axes = np.array([[float(row[f"axis_{k}"]) for k in "xyz"] for row in rows])
    pad = np.full(3, np.inf)
    return Skeleton(
        segment_names=tuple(segments),
        joint_names=tuple(first[s]["joint"] for s in segments),
        parents=np.array(parents),
        groups=np.array(
            [
                LENGTH_GROUPS.index(_GROUP_OF_SEGMENT[s.removesuffix("_r").removesuffix("_l")])
                for s in segments
            ]
        ),
        coordinate_names=(*(row["name"] for row in rows), *TRANSLATIONS),
        hinge_segment=np.array([segments.index(row["child"]) for row in rows]),
        hinge_order=np.array([int(row["order"]) for row in rows]),
        axes=axes / np.linalg.norm(axes, axis=1, keepdims=True),
        lower=np.radians(np.r_[[float(row["lower_deg"]) for row in rows], -pad]),
        upper=np.radians(np.r_[[float(row["upper_deg"]) for row in rows], pad]),
        neutral=np.radians(np.r_[[float(row["neutral_deg"]) for row in rows], np.zeros(3)]),
    )
