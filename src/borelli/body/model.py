"""The baked human: joint centres, landmarks and surface as linear functions of shape; one asset for everyone.

`tools/bake_body.py` writes `body.npz` from CC0 MakeHuman data. All lengths are for a stature of 1.70 m;
a person is that body times `scale`, with every length group stretched by its own factor.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np

from borelli.body.skeleton import LENGTH_GROUPS, Skeleton, skeleton

REFERENCE_STATURE = 1.70


@dataclass(frozen=True, eq=False)
class BodyModel:
    """What does not depend on the person. S shape components, L landmarks, V vertices.

    Local vectors are in the frame of the segment named beside them, metres at stature 1.70 m and shape 0;
    `*_shape` holds their derivative by each shape component (unit: one standard deviation).
    """

    skeleton: Skeleton
    joint_offsets: np.ndarray
    """(J, 3) joint centre in the frame of the parent segment (0 for the pelvis)."""
    joint_offsets_shape: np.ndarray
    """(J, 3, S)."""
    landmark_names: tuple[str, ...]
    landmark_segments: np.ndarray
    """(L,) segment that carries each landmark."""
    landmark_offsets: np.ndarray
    """(L, 3) in the frame of the carrying segment, from its joint centre."""
    landmark_offsets_shape: np.ndarray
    """(L, 3, S)."""
    vertices: np.ndarray
    """(V, 3) surface in the bind pose, world axes (x forward, y up, z right), pelvis joint at the origin."""
    vertices_shape: np.ndarray
    """(V, 3, S)."""
    faces: np.ndarray
    """(F, 3) counter-clockwise seen from outside."""
    skin_segments: np.ndarray
    """(V, 4) segments, heaviest first."""
    skin_weights: np.ndarray
    """(V, 4) sum 1."""
    bind_rotations: np.ndarray
    """(J, 3, 3) R_world_segment in the bind pose (arms half raised)."""
    uvs: np.ndarray
    """(V, 2) texture coordinates."""
    coarse_faces: np.ndarray
    """(F', 3) faces of a low-poly body over a subset of `vertices`."""
    version: str

    @property
    def shape_size(self) -> int:
        """Number of shape components S."""
        return self.joint_offsets_shape.shape[2]

    def landmark(self, name: str) -> int:
        """Index of a landmark."""
        return self.landmark_names.index(name)


@dataclass(frozen=True)
class Person:
    """One individual: shape in standard deviations, log length factors per group, overall scale."""

    shape: np.ndarray
    """(S,)."""
    log_lengths: np.ndarray = field(default_factory=lambda: np.zeros(len(LENGTH_GROUPS)))
    """(10,) natural logarithm of the factor on each of LENGTH_GROUPS."""
    scale: float = 1.0
    """Factor on everything; about stature / 1.70 m."""

    def segment_scales(self, groups: np.ndarray) -> np.ndarray:
        """Factor per segment (J,) given its group index (J,)."""
        return self.scale * np.exp(self.log_lengths)[groups]


@cache
def body_model() -> BodyModel:
    """The body that ships with the package."""
    with (
        files("borelli.body").joinpath("body.npz").open("rb") as stream,
        np.load(stream, allow_pickle=False) as data,
    ):
        arrays = {name: data[name] for name in data.files}
    wide = {
        name: value.astype(np.float64) if value.dtype.kind == "f" else value for name, value in arrays.items()
    }
    return BodyModel(
        skeleton=skeleton(),
        landmark_names=tuple(str(name) for name in wide.pop("landmark_names")),
        version=str(wide.pop("version")),
        **wide,
    )


def average_person(stature: float = REFERENCE_STATURE) -> Person:
    """Mean shape at a stature in metres."""
    return Person(shape=np.zeros(body_model().shape_size), scale=stature / REFERENCE_STATURE)
