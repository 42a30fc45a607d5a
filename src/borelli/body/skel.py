"""SKEL: the 46-degree-of-freedom anatomical skeleton inside SMPL, out of the user's own file.

Source: Keller et al., From Skin to Skeleton, SIGGRAPH Asia 2023; file version 1.1.1. Axes at rest: x to the
body's left, y up, z forward, metres; q = 0 is SMPL's T-pose. The forward model is in `skel_forward.py`.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from borelli.body.model_file import array, gender_of, read_model_file, require
from borelli.body.smpl import tree_parents
from borelli.errors import BorelliError, choices

VERSION = "1.1.1"
SHAPE_SIZE = 10
WHERE = "register at skel.is.tue.mpg.de and download skel_models_v1.1"
KEYS = (
    "skin_template_v", "skin_template_f", "shapedirs", "posedirs", "J_regressor_osim", "per_joint_rot",
    "skin_weights", "osim_kintree_table", "apose_rel_transfo",
)  # fmt: skip


@dataclass(frozen=True)
class SkelTable:
    """The joints, the same in every file. J = 24 segments, C = 46 angles."""

    coordinate_names: tuple[str, ...]
    segment_names: tuple[str, ...]
    parents: np.ndarray
    """(J,)."""
    kinds: tuple[str, ...]
    """(J,) hinges, spine, scapula_r or scapula_l: whether and how a joint's centre moves with its angles."""
    segments: np.ndarray
    """(C,) segment that each angle moves; the first angle of a joint is applied first."""
    axes: np.ndarray
    """(C, 3) in the segment's OpenSim axes: x forward, y up, z to the body's right; sign included."""


@dataclass(frozen=True)
class SkelModel:
    """A body of V vertices; joint centres are folded to be linear in shape (10 components)."""

    gender: str
    """male, female or unknown, by the name of the file."""
    joints: np.ndarray
    """(24, 3) of the mean body."""
    joint_directions: np.ndarray
    """(24, 3, 10)."""
    regressor: np.ndarray
    """(24, V) anatomical joint centres as weighted means of vertices."""
    bone_rotations: np.ndarray
    """(24, 3, 3) learned orientation of each bone at rest, before it is aligned to the shape."""
    apose_rotations: np.ndarray
    """(24, 3, 3) of each joint in its parent, in the A-pose of the OpenSim model."""
    apose_offsets: np.ndarray
    """(24, 3) metres, likewise."""
    template: np.ndarray
    """(V, 3)."""
    shape_directions: np.ndarray
    """(V, 3, 10)."""
    pose_directions: np.ndarray
    """(V, 3, 207) of SMPL."""
    weights: np.ndarray
    """(V, 24)."""
    faces: np.ndarray
    """(F, 3)."""


@cache
def skel_table() -> SkelTable:
    """The joint table of `skel_coordinates.csv`."""
    rows = _rows("skel_coordinates.csv")
    first = {row["segment"]: row for row in reversed(rows)}
    segments = tuple(dict.fromkeys(row["segment"] for row in rows))
    parents = [first[s]["parent"] for s in segments]
    axes = np.array([[float(row[f"axis_{k}"]) for k in "xyz"] for row in rows])
    return SkelTable(
        coordinate_names=tuple(row["name"] for row in rows),
        segment_names=segments,
        parents=np.array([-1 if p == "ground" else segments.index(p) for p in parents]),
        kinds=tuple(first[s]["kind"] for s in segments),
        segments=np.array([segments.index(row["segment"]) for row in rows]),
        axes=axes / np.linalg.norm(axes, axis=1, keepdims=True),
    )


def skel_limits(preset: str) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper limits (46,) in radians as "SKEL" or "HSMR" publish them; infinite where free.

    Known defects of both are kept: scapula elevation excludes 0, and left and right differ in places.
    """
    rows = _rows("skel_limits.csv")
    valid = sorted({row["preset"] for row in rows})
    if preset not in valid:
        raise choices("preset of limits", preset, valid)
    own = {row["coordinate"]: row for row in rows if row["preset"] == preset}
    ordered = [own[name] for name in skel_table().coordinate_names]
    lower, upper = (np.array([float(row[end]) for row in ordered]) for end in ("lower_rad", "upper_rad"))
    return lower, upper


def load_skel(path: str | Path, gender: str | None = None) -> SkelModel:
    """Read the official skel_male.pkl or skel_female.pkl, version 1.1.1; nothing in it is executed.

    Raises BorelliError when the file is another model's, another version's, damaged, or of another gender
    than asked for.
    """
    path = Path(path)
    content = read_model_file(path, "SKEL", (*KEYS, "version", "v_template", "joint_sockets"))
    _check_kind(path, content)
    require(path, "SKEL", content, KEYS, WHERE)
    table = skel_table()
    count = len(array(path, content, "skin_template_v", (None, 3)))
    parents = tree_parents(path, array(path, content, "osim_kintree_table", (2, 24)))
    if not np.array_equal(parents, table.parents):
        raise BorelliError(f"{path}: osim_kintree_table is not SKEL's tree; {WHERE}")
    regressor = array(path, content, "J_regressor_osim", (24, count))
    template = array(path, content, "skin_template_v", (count, 3))
    directions = array(path, content, "shapedirs", (count, 3, None))
    if directions.shape[2] < SHAPE_SIZE:
        raise BorelliError(f"{path}: shapedirs has {directions.shape[2]} components; SKEL needs {SHAPE_SIZE}")
    apose = array(path, content, "apose_rel_transfo", (24, 4, 4))
    directions = directions[..., :SHAPE_SIZE]
    return SkelModel(
        gender=gender_of(path, gender, ("male", "female")),
        joints=regressor @ template,
        joint_directions=np.einsum("jv,vas->jas", regressor, directions),
        regressor=regressor,
        bone_rotations=array(path, content, "per_joint_rot", (24, 3, 3)),
        apose_rotations=apose[:, :3, :3],
        apose_offsets=apose[:, :3, 3],
        template=template,
        shape_directions=directions,
        pose_directions=array(path, content, "posedirs", (count, 3, 207)),
        weights=array(path, content, "skin_weights", (count, 24)),
        faces=array(path, content, "skin_template_f", (None, 3)).astype(np.int64),
    )


def _check_kind(path: Path, content: dict) -> None:
    """Raise BorelliError for SMPL files and other versions, which are what users give by mistake."""
    if "v_template" in content and "skin_template_v" not in content:
        raise BorelliError(f"{path} is an SMPL model, which has no anatomical joints; for SKEL {WHERE}")
    found = str(content.get("version", "1.0" if "joint_sockets" in content else "none"))
    if found != VERSION:
        raise BorelliError(f"{path} is SKEL version {found}; this reads {VERSION}: {WHERE}")


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(files("borelli.body").joinpath(name).read_text("utf-8").splitlines()))
