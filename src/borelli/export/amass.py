"""AMASS-style motion: axis-angle poses of SMPL-H's joints over time, Z up.

SMPL's rest pose is the T-pose of the rig, so that its joints turn as our segments do against it. Ankles take
the turn of talus and heel together, elbows that of elbow and forearm. Without the user's SMPL file nothing is
known of that body: `betas` are 0 and `trans` is the midpoint of the hips.
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
from borelli.geometry.rotations import rotvec_from_matrix
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
    shared: np.ndarray
    """(22,) bool: both bodies have this joint centre."""


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
    rotations = smpl_rotations(rig)
    poses = np.zeros((len(take.times), JOINTS, 3))
    poses[:, : len(SMPL_JOINTS)] = rotvec_from_matrix(rotations)
    betas = np.zeros(SHAPES)
    translation, meaning = rig.positions[:, 0] @ R_ZUP_RIG.T, "midpoint of the hips, no SMPL file was given"
    if smpl is not None:
        shape = _shape(smpl, rig)
        betas[: min(SHAPES, len(shape))] = shape[:SHAPES]
        translation, meaning = _translation(smpl, betas, rotations[:, 0], translation), "SMPL's translation"
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


def smpl_rotations(rig: Rig) -> np.ndarray:
    """(T, 22, 3, 3) rotations of SMPL's body joints in their parents; of the root in the Z-up world."""
    table = _table()
    turned = rig.rotations[:, table.segments]
    above = np.swapaxes(turned[:, np.maximum(table.parents, 0)], -1, -2)
    result = above @ turned
    result[:, 0] = R_ZUP_RIG @ turned[:, 0]
    return result


def _shape(smpl: SmplModel, rig: Rig) -> np.ndarray:
    """(at most 16,) numbers that put SMPL's joints where the rig's are in the T-pose."""
    table = _table()
    own = np.flatnonzero(table.shared)
    return nearest_shape(
        smpl.joints[own], smpl.joint_directions[own][..., :SHAPES], rig.rest[table.segments[own]]
    )


def _translation(smpl: SmplModel, betas: np.ndarray, R_root: np.ndarray, hips: np.ndarray) -> np.ndarray:
    """(T, 3) that brings the midpoint of SMPL's hips to ours; its root joint lies elsewhere."""
    size = min(len(betas), smpl.shape_size)
    rest = smpl.joints + smpl.joint_directions[..., :size] @ betas[:size]
    middle = rest[[SMPL_JOINTS.index("left_hip"), SMPL_JOINTS.index("right_hip")]].mean(axis=0)
    return hips - R_root @ (middle - rest[0]) - rest[0]


@cache
def _table() -> _Table:
    text = files("borelli.export").joinpath("smpl_joints.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    segments = skeleton().segment_names
    return _Table(
        parents=np.array([SMPL_JOINTS.index(row["parent"]) if row["parent"] else -1 for row in rows]),
        segments=np.array([segments.index(row["segment"]) for row in rows]),
        shared=np.array([row["shared"] == "yes" for row in rows]),
    )
