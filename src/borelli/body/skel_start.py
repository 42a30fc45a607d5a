"""Where SMPL-to-SKEL begins: the angles that SMPL's own joint rotations suggest."""

import warnings
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.body.skel import SkelModel, SkelTable, skel_table
from borelli.body.skel_forward import SkelRest
from borelli.body.smpl import SMPL_JOINTS, SmplPose

SOURCES = {
    "pelvis": ("pelvis",),
    "lumbar_body": ("spine1",),
    "thorax": ("spine2", "spine3"),
    "head": ("neck", "head"),
    "femur_r": ("right_hip",),
    "tibia_r": ("right_knee",),
    "talus_r": ("right_ankle",),
    "toes_r": ("right_foot",),
    "humerus_r": ("right_collar", "right_shoulder"),
    "ulna_r": ("right_elbow",),
    "hand_r": ("right_wrist",),
    "femur_l": ("left_hip",),
    "tibia_l": ("left_knee",),
    "talus_l": ("left_ankle",),
    "toes_l": ("left_foot",),
    "humerus_l": ("left_collar", "left_shoulder"),
    "ulna_l": ("left_elbow",),
    "hand_l": ("left_wrist",),
}
"""Segment of SKEL, and the joints of SMPL whose rotations it makes, from the parent outwards."""


def start_angles(
    skel: SkelModel, rest: SkelRest, pose: SmplPose, root: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """q (T, 46) and translation (T, 3) for SMPL rotations and the wanted root joint (T, 3)."""
    table = skel_table()
    q = np.zeros((len(root), len(table.coordinate_names)))
    to_bone = rest.bones @ np.swapaxes(skel.apose_rotations, -1, -2)
    for segment, joints in SOURCES.items():
        j = table.segment_names.index(segment)
        R = np.broadcast_to(np.eye(3), (len(root), 3, 3))
        for joint in joints:
            R = R @ pose.rotations[:, SMPL_JOINTS.index(joint)]
        own = np.flatnonzero(table.segments == j)
        q[:, own] = nearest_angles(table, own, Rotation.from_matrix(to_bone[j].T @ R @ to_bone[j]))
    q[:, :3] = np.unwrap(q[:, :3], axis=0)
    return q, root - rest.joints[0]


def nearest_angles(table: SkelTable, own: np.ndarray, rotation: Rotation) -> np.ndarray:
    """(T, k) angles of one joint nearest to rotations in its bone axes: Euler angles for three hinges, the
    share about each axis for fewer."""
    axes = table.axes[own]
    if len(own) == 3:
        letters: Any = "".join("XYZ"[int(np.abs(axis).argmax())] for axis in axes[::-1])
        with warnings.catch_warnings():
            # with two axes in line any split between them is as good a beginning
            warnings.simplefilter("ignore", UserWarning)
            return rotation.as_euler(letters)[:, ::-1] * axes.sum(axis=1)
    quaternion = rotation.as_quat(canonical=True)
    return 2 * np.arctan2(quaternion[:, :3] @ axes.T, quaternion[:, 3:])


def continuous(q: np.ndarray) -> np.ndarray:
    """The same rotations of pelvis, hips and shoulders (T, 46) by the angles nearest to the frame before.

    Three hinges reach every rotation in two ways, (a, b, c) and (a + pi, pi - b, c + pi), and whole turns.
    Spine and scapulae are left alone: their angles move the joint too.
    """
    table, result = skel_table(), q.copy()
    for j, kind in enumerate(table.kinds):
        own = np.flatnonzero(table.segments == j)
        if kind != "hinges" or len(own) != 3:
            continue
        for t in range(1, len(q)):
            before, now = result[t - 1, own], q[t, own]
            other = np.array([now[0] + np.pi, np.pi - now[1], now[2] + np.pi])
            ways = [way - 2 * np.pi * np.round((way - before) / (2 * np.pi)) for way in (now, other)]
            result[t, own] = min(ways, key=lambda way: float(np.abs(way - before).sum()))
    return result
