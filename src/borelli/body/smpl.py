"""SMPL, SMPL-H and SMPL-X out of the user's own file: joints and skin of poses in axis-angle form.

Sources: Loper et al., SMPL, SIGGRAPH Asia 2015, equations 1-10; Romero et al. 2017; Pavlakos et al. 2019.
Axes at rest: x to the body's left, y up, z forward, metres; the rest pose is a T-pose.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.body.blend import blend, chain, from_rest
from borelli.body.model_file import GENDERS, array, gender_of, read_model_file, require
from borelli.errors import BorelliError
from borelli.geometry.rotations import matrix_from_rotvec

SMPL_JOINTS = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle",
    "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
"""The 22 body joints that all models share; hands, jaw and eyes follow."""
FAMILY = {24: "SMPL", 52: "SMPL-H", 55: "SMPL-X"}
WHERE = {
    "SMPL": "register at smpl.is.tue.mpg.de and download SMPL for Python",
    "SMPL-H": "register at mano.is.tue.mpg.de and download the extended SMPL+H model",
    "SMPL-X": "register at smpl-x.is.tue.mpg.de and download SMPL-X",
}
"""Where a user gets each model; none of them may be handed on."""
KEYS = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table", "f")
EXPRESSIONS = {"SMPL-X": ((400, 300), (20, 10))}
"""Columns of shapedirs and how many of them are shape; the others are facial expressions."""


@dataclass(frozen=True)
class SmplModel:
    """A body of V vertices, J joints, S shape components; joints are folded to be linear in shape."""

    family: str
    """SMPL, SMPL-H or SMPL-X."""
    gender: str
    """male, female, neutral or unknown, by the name of the file."""
    parents: np.ndarray
    """(J,)."""
    template: np.ndarray
    """(V, 3)."""
    shape_directions: np.ndarray
    """(V, 3, S)."""
    pose_directions: np.ndarray
    """(V, 3, 9 (J - 1)) by the entries of R - I of joints 1.., row by row."""
    joints: np.ndarray
    """(J, 3) of the mean body."""
    joint_directions: np.ndarray
    """(J, 3, S)."""
    weights: np.ndarray
    """(V, J)."""
    faces: np.ndarray
    """(F, 3)."""

    @property
    def shape_size(self) -> int:
        """S."""
        return self.shape_directions.shape[2]


@dataclass(frozen=True)
class SmplPose:
    """Joints of T frames."""

    betas: np.ndarray
    """(S,), zero beyond those given."""
    rotations: np.ndarray
    """(T, J, 3, 3) of each joint in its parent."""
    T_world_joint: np.ndarray
    """(T, J, 4, 4) in the world of the translations."""

    @property
    def joints(self) -> np.ndarray:
        """(T, J, 3) metres."""
        return self.T_world_joint[..., :3, 3]


def load_smpl(path: str | Path, gender: str | None = None) -> SmplModel:
    """Read an official SMPL, SMPL-H or SMPL-X file (.pkl or .npz); nothing in it is executed.

    Raises BorelliError when the file is another model's, damaged, or of another gender than asked for.
    """
    path = Path(path)
    content = read_model_file(path, "SMPL", (*KEYS, "skin_template_v"))
    if "skin_template_v" in content:
        raise BorelliError(f"{path} is a SKEL model; read it with load_skel, or give an SMPL file here")
    require(path, "SMPL", content, KEYS, WHERE["SMPL"])
    template = array(path, content, "v_template", (None, 3))
    count = len(template)
    kintree = array(path, content, "kintree_table", (2, None))
    joints = kintree.shape[1]
    if joints not in FAMILY:
        raise BorelliError(f"{path} has {joints} joints; valid: 24 (SMPL), 52 (SMPL-H), 55 (SMPL-X)")
    regressor = array(path, content, "J_regressor", (joints, count))
    directions = array(path, content, "shapedirs", (count, 3, None))
    directions = directions[..., : _shape_columns(FAMILY[joints], directions.shape[2])]
    return SmplModel(
        family=FAMILY[joints],
        gender=gender_of(path, gender, GENDERS),
        parents=tree_parents(path, kintree),
        template=template,
        shape_directions=directions,
        pose_directions=array(path, content, "posedirs", (count, 3, 9 * (joints - 1))),
        joints=regressor @ template,
        joint_directions=np.einsum("jv,vas->jas", regressor, directions),
        weights=array(path, content, "weights", (count, joints)),
        faces=array(path, content, "f", (None, 3)).astype(np.int64),
    )


def tree_parents(path: Path, kintree: np.ndarray) -> np.ndarray:
    """(J,) parents of a kintree_table (2, J): parents' ids and own ids; the root's parent is anything.

    Raises BorelliError when a joint comes before its parent.
    """
    ids = {int(own): j for j, own in enumerate(kintree[1])}
    parents = np.array([-1, *(ids.get(int(parent), -1) for parent in kintree[0, 1:])])
    if np.any(parents[1:] < 0) or np.any(parents >= np.arange(len(parents))):
        raise BorelliError(f"{path}: the kinematic table is not a tree with parents first; download it again")
    return parents


def smpl_pose(model: SmplModel, betas: np.ndarray, pose: np.ndarray, translation: np.ndarray) -> SmplPose:
    """Joints of a posed body; no vertex is touched.

    Args:
        model: of J joints.
        betas: (B,) shape; more than the model has raises BorelliError.
        pose: (T, J, 3) axis times angle in radians of each joint in its parent.
        translation: (T, 3) metres, added to every joint.
    """
    if len(betas) > model.shape_size:
        raise BorelliError(
            f"{len(betas)} shape numbers for a {model.family} file of {model.shape_size}; give no more"
        )
    full = np.zeros(model.shape_size)
    full[: len(betas)] = betas
    rest = model.joints + model.joint_directions @ full
    offsets = rest - np.where(model.parents[:, None] < 0, 0.0, rest[model.parents])
    rotations = matrix_from_rotvec(pose)
    T_world_joint = chain(model.parents, rotations, np.broadcast_to(offsets, (*pose.shape[:2], 3)))
    T_world_joint[..., :3, 3] += translation[:, None]
    return SmplPose(full, rotations, T_world_joint)


def smpl_vertices(model: SmplModel, pose: SmplPose, index: np.ndarray | None = None) -> np.ndarray:
    """Skin (T, V, 3), or only the vertices `index` (N,): (T, N, 3), with pose blend shapes."""
    chosen = np.arange(len(model.template)) if index is None else index
    shaped = model.template[chosen] + model.shape_directions[chosen] @ pose.betas
    feature = (pose.rotations[:, 1:] - np.eye(3)).reshape(len(pose.rotations), -1)
    flat = model.pose_directions[chosen].reshape(3 * len(chosen), -1)
    points = shaped + (feature @ flat.T).reshape(len(feature), len(chosen), 3)
    rest = model.joints + model.joint_directions @ pose.betas
    return blend(model.weights[chosen], from_rest(pose.T_world_joint, rest), points)


def _shape_columns(family: str, columns: int) -> int:
    return next((shape for total, shape in EXPRESSIONS.get(family, ()) if columns == total), columns)
