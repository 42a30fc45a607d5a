"""Joint centres, bind frames and skin weights of our 24 segments on MakeHuman bodies."""

import numpy as np

from borelli.body.skeleton import Skeleton

from .mesh import MIRROR

SUBTALAR_DROP = np.array([0.0, -0.012, 0.0])
"""Subtalar below talocrural centre: Rajagopal et al. 2016, where the subtalar axis passes under the ankle."""
LUMBAR_SHIFT = np.array([0.008, 0.0, 0.0])
"""From MakeHuman's bone to the body of L4/L5."""
NECK_SHIFT = np.array([-0.005, -0.02, 0.0])
"""From MakeHuman's neck to C7/T1."""
TOE_SHIFT = np.array([-0.006, -0.008, 0.0])
"""From the toes' roots to the centre of the metatarsal heads."""

BONE_PREFIXES = {
    "pelvis": ("root", "pelvis", "spine05"),
    "lumbar_body": ("spine04", "spine03"),
    "thorax": ("spine02", "spine01", "breast"),
    "scapula": ("clavicle", "shoulder01"),
    "humerus": ("upperarm",),
    "ulna": ("lowerarm",),
    "hand": ("wrist", "finger", "metacarpal"),
    "femur": ("upperleg",),
    "tibia": ("lowerleg",),
    "calcn": ("foot",),
    "toes": ("toe",),
}
"""Every other bone (neck, head, face) belongs to the head."""


def joint_centres(
    landmarks: dict[str, np.ndarray], heads: np.ndarray, bones: tuple[str, ...]
) -> dict[str, np.ndarray]:
    """Joint centre (N, 3) by segment: mid and right segments, then their mirror images."""

    def bone(name: str) -> np.ndarray:
        return heads[:, bones.index(name)]

    def middle(a: str, b: str) -> np.ndarray:
        return (landmarks[a] + landmarks[b]) / 2

    plane = np.array([1.0, 1.0, 0.0])
    hip = hip_centre(landmarks)
    ankle = middle("malleolus_lateral_r", "malleolus_medial_r")
    elbow, wrist = bone("lowerarm01.R"), bone("wrist.R")
    centres = {
        "pelvis": hip * plane,
        "femur_r": hip,
        "tibia_r": middle("femoral_epicondyle_lateral_r", "femoral_epicondyle_medial_r"),
        "talus_r": ankle,
        "calcn_r": ankle + SUBTALAR_DROP,
        "toes_r": (bone("toe1-1.R") + bone("toe5-1.R")) / 2 + TOE_SHIFT,
        "lumbar_body": (bone("spine04") + LUMBAR_SHIFT) * plane,
        "thorax": bone("spine02") * plane,
        "head": (bone("neck01") + NECK_SHIFT) * plane,
        "scapula_r": bone("clavicle.R"),
        "humerus_r": bone("upperarm01.R"),
        "ulna_r": elbow,
        "radius_r": elbow + 0.5 * (landmarks["epicondyle_lateral_r"] - elbow) + 0.05 * (wrist - elbow),
        "hand_r": wrist,
    }
    left = {name[:-1] + "l": point * MIRROR for name, point in centres.items() if name.endswith("_r")}
    return centres | left


def hip_centre(landmarks: dict[str, np.ndarray]) -> np.ndarray:
    """Right hip centre (N, 3) by Harrington et al. 2007 (J Biomech 40:595), their equations for all subjects.

    In the pelvic frame (origin mid-ASIS, x forward in the ASIS-PSIS plane, y up, z right), metres:
    x = -0.24 depth - 0.0099, y = -0.30 width - 0.0109, z = 0.33 width + 0.0073.
    """
    asis, psis = landmarks["asis_r"], landmarks["psis_r"]
    depth = np.hypot(*(asis - psis)[:, :2].T)
    width = 2 * asis[:, 2]
    x, y, z = -0.24 * depth - 0.0099, -0.30 * width - 0.0109, 0.33 * width + 0.0073
    forward = (asis - psis)[:, :2] / depth[:, None]
    up = forward[:, ::-1] * (-1.0, 1.0)
    flat = asis[:, :2] + x[:, None] * forward + y[:, None] * up
    return np.column_stack([flat, z])


def bind_rotations(
    table: Skeleton, joints: dict[str, np.ndarray], marks: dict[str, np.ndarray]
) -> np.ndarray:
    """R_world_segment (J, 3, 3) of the mean body, from its joints (3,) and landmarks (3,)."""
    knee_axis = marks["femoral_epicondyle_lateral_r"] - marks["femoral_epicondyle_medial_r"]
    upper = joints["ulna_r"] - joints["humerus_r"]
    lower = joints["hand_r"] - joints["ulna_r"]
    elbow_axis = np.cross(upper, lower)
    radial = marks["styloid_radial_r"] - marks["styloid_ulnar_r"]
    across = marks["knuckle_index_r"] - marks["knuckle_pinky_r"]
    knuckles = (2 * marks["knuckle_index_r"] + marks["knuckle_pinky_r"]) / 3
    foot = _foot_frame(marks)
    right = {
        "femur_r": _frame(joints["femur_r"] - joints["tibia_r"], z=knee_axis),
        "tibia_r": _frame(joints["tibia_r"] - joints["talus_r"], z=knee_axis),
        "talus_r": foot,
        "calcn_r": foot,
        "toes_r": foot @ _level_toes(foot, joints, marks),
        "humerus_r": _frame(-upper, z=elbow_axis),
        "ulna_r": _frame(-lower, z=elbow_axis),
        "radius_r": _frame(-lower, x=radial),
        "hand_r": _frame(joints["hand_r"] - knuckles, x=across),
    }
    flip = np.diag(MIRROR)
    every = right | {name[:-1] + "l": flip @ r @ flip for name, r in right.items()}
    return np.array([every.get(name, np.eye(3)) for name in table.segment_names])


def _frame(y: np.ndarray, x: np.ndarray | None = None, z: np.ndarray | None = None) -> np.ndarray:
    """Columns x, y, z: y exactly along the first vector, the second as near as it gets."""
    y = y / np.linalg.norm(y)
    if z is None:
        assert x is not None
        z = np.cross(x, y)
    x = np.cross(y, z)
    x = x / np.linalg.norm(x)
    return np.column_stack([x, y, np.cross(x, y)])


def _foot_frame(marks: dict[str, np.ndarray]) -> np.ndarray:
    """Sole on the floor: under heel and both metatarsal heads; x from the heel to between them."""
    heel, first, fifth = (marks[f"sole_{place}_r"] for place in ("heel", "metatarsal_1", "metatarsal_5"))
    up = np.cross(fifth - heel, first - heel)
    return _frame(up, x=marks["sole_ball_r"] - heel)


def _level_toes(foot: np.ndarray, joints: dict[str, np.ndarray], marks: dict[str, np.ndarray]) -> np.ndarray:
    """Rotation about z that brings the sole under the toe tip to the height of the sole under the ball."""
    tip = foot.T @ (marks["sole_toe_r"] - joints["toes_r"])
    target = (foot.T @ (marks["sole_ball_r"] - joints["toes_r"]))[1]
    angle = np.arctan2(tip[1], tip[0]) - np.arcsin(target / np.hypot(tip[0], tip[1]))
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def segment_weights(
    table: Skeleton, weights: np.ndarray, bones: tuple[str, ...], vertices: np.ndarray, joints: dict
) -> np.ndarray:
    """(V, J) skin weights of our segments; along the forearm they pass from ulna to radius in proportion."""
    result = np.zeros((len(weights), len(table.segment_names)))
    for b, bone in enumerate(bones):
        result[:, table.segment(segment_of_bone(bone))] += weights[:, b]
    for side in "rl":
        elbow, wrist = joints[f"ulna_{side}"], joints[f"hand_{side}"]
        along = (vertices - elbow) @ (wrist - elbow) / np.sum((wrist - elbow) ** 2)
        share = np.clip((along - 0.1) / 0.8, 0.0, 1.0)
        ulna, radius = table.segment(f"ulna_{side}"), table.segment(f"radius_{side}")
        result[:, radius] = share * result[:, ulna]
        result[:, ulna] *= 1.0 - share
    return result


def segment_of_bone(bone: str) -> str:
    """Our segment for a MakeHuman bone."""
    for segment, prefixes in BONE_PREFIXES.items():
        if bone.startswith(prefixes):
            sided = bone[-2:] in (".R", ".L") and segment not in ("pelvis", "thorax")
            return segment + (f"_{bone[-1].lower()}" if sided else "")
    return "head"
