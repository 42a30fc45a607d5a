"""Bones whose directions 3D cues speak about, as pairs of keypoint names."""

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel
from borelli.perception.keypoint_sets import keypoint_set

_BOTH_SIDES = (
    ("{s}_shoulder", "{s}_elbow"),
    ("{s}_elbow", "{s}_wrist"),
    ("{s}_hip", "{s}_knee"),
    ("{s}_knee", "{s}_ankle"),
    ("{s}_hip", "{s}_shoulder"),
    ("{s}_heel", "{s}_foot_index"),
    ("{s}_shoulder", "{s}_ear"),
    ("{s}_shoulder", "nose"),
)
BONES = (
    *((start.format(s=side), end.format(s=side)) for start, end in _BOTH_SIDES for side in ("left", "right")),
    ("left_hip", "right_hip"),
    ("left_shoulder", "right_shoulder"),
)
"""(B,) keypoint where the bone starts, keypoint where it ends."""
DEFINED_BY = "blazepose33"
"""The keypoint set whose body points the bones join."""


def bone_points(model: BodyModel) -> Points:
    """Start and end of every bone in turn, (2 B,) body points."""
    keypoints = keypoint_set(DEFINED_BY)
    used, points = keypoints.on_body(model)
    names = [keypoints.keypoints[i] for i in used]
    order = np.array([names.index(name) for bone in BONES for name in bone])
    return Points(points.segments[order], points.offsets[order], points.offsets_shape[order])
