"""Parameters of SKEL (46 angles, translation, shape) whose bones are turned as ours are.

SKEL's angles count from the T-pose of its own file and turn about that file's bones, so the file is needed.
Joint by joint from the root outwards, each takes the angles that bring its bone nearest to ours given those
before it: what a hinge of SKEL cannot do, the next joint with three hinges makes good.
Source of the model: Keller et al., From Skin to Skeleton, SIGGRAPH Asia 2023.
"""

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.body.skel import SkelModel, skel_table
from borelli.body.skel_forward import SkelRest, skel_pose, skel_rest
from borelli.body.skel_start import continuous, nearest_angles
from borelli.body.skeleton import skeleton
from borelli.export.rig import Rig
from borelli.export.shape_match import nearest_shape
from borelli.export.take import Take

SHARED = ("femur", "tibia", "humerus", "ulna", "hand")
"""Segments whose joint centres are the same in both bodies."""


def write_skel(path: Path, take: Take, rig: Rig, skel: SkelModel) -> None:
    """Write `poses` (T, 46) radians, `trans` (T, 3) metres and `betas` (10,) of the evenly spaced frames.

    The world is SKEL's: x to the left, y up, z forward. `valid` is False where a gap was filled.
    """
    rest = skel_rest(skel, _shape(skel, rig))
    q = skel_angles(skel, rest, rig)
    arrays = {
        "poses": q,
        "trans": _translation(skel, rest, q, rig),
        "betas": rest.betas,
        "gender": np.array(skel.gender),
        "pose_names": np.array(skel_table().coordinate_names),
        "times": take.times,
        "frame_rate": np.array(take.rate),
        "valid": take.valid,
    }
    with path.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def skel_angles(skel: SkelModel, rest: SkelRest, rig: Rig) -> np.ndarray:
    """(T, 46) radians; no limits enforced."""
    table = skel_table()
    wanted = rig.rotations[:, _segments(table.segment_names)]
    to_bone = rest.bones @ np.swapaxes(skel.apose_rotations, -1, -2)
    q = np.zeros((len(wanted), len(table.coordinate_names)))
    still = np.zeros((len(wanted), 3))
    for j, parent in enumerate(table.parents):
        reached = skel_pose(skel, rest, q, still).T_world_joint[..., :3, :3]
        local = wanted[:, j] if parent < 0 else np.swapaxes(reached[:, parent], -1, -2) @ wanted[:, j]
        own = np.flatnonzero(table.segments == j)
        q[:, own] = nearest_angles(table, own, Rotation.from_matrix(to_bone[j].T @ local @ to_bone[j]))
    q[:, :3] = np.unwrap(q[:, :3], axis=0)
    return continuous(q)


def _shape(skel: SkelModel, rig: Rig) -> np.ndarray:
    """(10,)."""
    names = skel_table().segment_names
    own = [j for j, name in enumerate(names) if name.removesuffix("_r").removesuffix("_l") in SHARED]
    ours = _segments(tuple(names[j] for j in own))
    return nearest_shape(skel.joints[own], skel.joint_directions[own], rig.rest[ours])


def _translation(skel: SkelModel, rest: SkelRest, q: np.ndarray, rig: Rig) -> np.ndarray:
    """(T, 3) that brings the midpoint of the hips to ours; the pelvis joints may be defined differently."""
    names = skel_table().segment_names
    reached = skel_pose(skel, rest, q, np.zeros((len(q), 3))).joints
    hips = [names.index("femur_r"), names.index("femur_l")]
    ours = rig.positions[:, _segments(("femur_r", "femur_l"))]
    return ours.mean(axis=1) - reached[:, hips].mean(axis=1)


def _segments(names: tuple[str, ...]) -> np.ndarray:
    """Indices of our segments."""
    return np.array([skeleton().segment(name) for name in names])
