"""AMASS-style motion: axis-angle poses of SMPL-H's joints over time, Z up.

SMPL rests in a T-pose as the rig does, so that its joints turn as our segments do against it; ankles take the
turn of talus and heel together, elbows that of elbow and forearm. Limbs are then turned the little that makes
SMPL's bones point where ours do. Without the user's SMPL file nothing is known of that body: `betas` are 0,
and `trans` is the midpoint of the hips.
Source of the layout: Mahmood et al., AMASS, ICCV 2019.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from borelli.body.skeleton import skeleton
from borelli.body.smpl import SMPL_JOINTS, SmplModel
from borelli.errors import BorelliError
from borelli.export.rig import Rig
from borelli.export.shape_match import nearest_shape
from borelli.export.take import Take
from borelli.geometry.frames import R_ZFRONT_XFRONT, R_ZUP_YUP
from borelli.geometry.rotations import matrix_from_rotvec, rotvec_from_matrix
from borelli.motion.amass import RATES

JOINTS, SHAPES, SOFT_TISSUE = 52, 16, 8
"""Of SMPL-H as AMASS writes it; hands rest and soft tissue does not move."""
R_ZUP_RIG = R_ZUP_YUP @ R_ZFRONT_XFRONT.T
"""Maps vectors of the rig's world to the Z-up world."""


@dataclass(frozen=True)
class _Table:
    parents: np.ndarray
    """(22,) of SMPL's body joints."""
    segments: np.ndarray
    """(22,) our segment that turns as the joint's bone does."""
    centres: np.ndarray
    """(22,) our joint that is nearest to it."""
    shared: np.ndarray
    """(22,) bool: both bodies have this joint centre."""
    aims: np.ndarray
    """(22,) joint at the other end of a limb's bone, -1 elsewhere."""


def write_amass(path: Path, take: Take, rig: Rig, smpl: SmplModel | None) -> None:
    """Write the evenly spaced frames of a take as its rig moves; `valid` is False where a gap was filled.

    Args:
        path: .npz file.
        take: from `even_take`.
        rig: of the same frames.
        smpl: body to match in shape; None leaves shape and position of the root open.

    Raises:
        BorelliError: the body is SMPL-X, whose shape numbers mean something else.
    """
    if smpl is not None and smpl.family == "SMPL-X":
        raise BorelliError("AMASS motion is written for SMPL and SMPL-H; give --smpl-model one of those")
    betas, rest = np.zeros(SHAPES), rig.rest[_table().centres]
    if smpl is not None:
        shape = _shape(smpl, rig)
        betas[: len(shape)] = shape
        rest = smpl.joints + smpl.joint_directions[..., :SHAPES] @ shape
    rotations = smpl_rotations(rig, rest)
    poses = np.zeros((len(take.times), JOINTS, 3))
    poses[:, : len(SMPL_JOINTS)] = rotvec_from_matrix(rotations)
    translation, meaning = rig.positions[:, 0] @ R_ZUP_RIG.T, "midpoint of the hips, no SMPL file was given"
    if smpl is not None:
        translation, meaning = _translation(rest, rotations[:, 0], translation), "SMPL's translation"
    arrays = {
        "poses": poses.reshape(len(poses), -1),
        "trans": translation,
        "betas": betas,
        "dmpls": np.zeros((len(poses), SOFT_TISSUE)),
        "gender": np.array("neutral" if smpl is None or smpl.gender == "unknown" else smpl.gender),
        "valid": take.valid,
        "trans_is": np.array(meaning),
        **{key: np.array(take.rate) for key in RATES},
    }
    with path.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def smpl_rotations(rig: Rig, rest: np.ndarray) -> np.ndarray:
    """(T, 22, 3, 3) rotations of SMPL's body joints in their parents; of the root in the Z-up world.

    Args:
        rig: the motion.
        rest: (22 or more, 3) SMPL's joints in its rest pose, y up, facing +z.
    """
    table = _table()
    turned = rig.rotations[:, table.segments]
    centres = rig.positions[:, table.centres]
    for joint in np.flatnonzero(table.aims >= 0):
        aim = table.aims[joint]
        points = turned[:, joint] @ (rest[aim] - rest[joint])
        turned[:, joint] = _small_turns(points, centres[:, aim] - centres[:, joint]) @ turned[:, joint]
    above = np.swapaxes(turned[:, np.maximum(table.parents, 0)], -1, -2)
    result = above @ turned
    result[:, 0] = R_ZUP_RIG @ turned[:, 0]
    return result


def _small_turns(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(T, 3, 3) smallest rotations that take directions (T, 3) to others less than half a turn away."""
    axis, cosine = np.cross(start, end), np.sum(start * end, axis=1)
    sine = np.linalg.norm(axis, axis=1)
    angle = np.arctan2(sine, cosine)
    return matrix_from_rotvec(axis * (angle / np.maximum(sine, 1e-12))[:, None])


def _shape(smpl: SmplModel, rig: Rig) -> np.ndarray:
    """(at most 16,) numbers that put SMPL's joints where the rig's are in the T-pose."""
    table = _table()
    own = np.flatnonzero(table.shared)
    return nearest_shape(
        smpl.joints[own], smpl.joint_directions[own][..., :SHAPES], rig.rest[table.centres[own]]
    )


def _translation(rest: np.ndarray, R_root: np.ndarray, hips: np.ndarray) -> np.ndarray:
    """(T, 3) that brings the midpoint of SMPL's hips to ours; its root joint lies elsewhere."""
    middle = rest[[SMPL_JOINTS.index("left_hip"), SMPL_JOINTS.index("right_hip")]].mean(axis=0)
    return hips - R_root @ (middle - rest[0]) - rest[0]


@cache
def _table() -> _Table:
    text = files("borelli.export").joinpath("smpl_joints.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    segments = skeleton().segment_names
    return _Table(
        parents=np.array([SMPL_JOINTS.index(row["parent"]) if row["parent"] else -1 for row in rows]),
        segments=np.array([segments.index(row["turns_with"]) for row in rows]),
        centres=np.array([segments.index(row["centre"]) for row in rows]),
        shared=np.array([row["shared"] == "yes" for row in rows]),
        aims=np.array([SMPL_JOINTS.index(row["aim"]) if row["aim"] else -1 for row in rows]),
    )
