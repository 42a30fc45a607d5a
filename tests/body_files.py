"""Small model files in the official layouts of SMPL and SKEL, with random meshes."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.spatial.transform import Rotation

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import BodyModel, average_person, body_model
from borelli.body.skin import skin

SKEL_PARENTS = [-1, 0, 1, 2, 3, 4, 0, 6, 7, 8, 9, 0, 11, 12, 12, 14, 15, 16, 17, 12, 19, 20, 21, 22]
SMPL_PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]


def skel_content(rng: np.random.Generator, vertices: int = 60) -> dict[str, Any]:
    """Keys, types and shapes of skel_male.pkl, version 1.1.1."""
    apose = np.tile(np.eye(4), (24, 1, 1))
    apose[:, :3, :3] = Rotation.random(24, rng=rng).as_matrix()
    apose[:, :3, 3] = rng.normal(size=(24, 3)) * 0.3
    kintree = np.array([[0, *SKEL_PARENTS[1:]], list(range(24))])
    return {
        "version": "1.1.1",
        "bone_names": [f"bone{i}" for i in range(24)],
        "joints_name": [f"joint{i}" for i in range(24)],
        "pose_params_name": [f"q{i}" for i in range(46)],
        "skin_template_v": rng.normal(size=(vertices, 3)) * [0.3, 0.6, 0.2],
        "skin_template_f": rng.integers(0, vertices, size=(2 * vertices, 3)),
        "skel_template_v": rng.normal(size=(10, 3)),
        "skel_template_f": rng.integers(0, 10, size=(12, 3)),
        "shapedirs": rng.normal(size=(vertices, 3, 12)) * 0.02,
        "posedirs": rng.normal(size=(vertices, 3, 207)) * 0.005,
        "J_regressor": sparse.csc_matrix(_shares(rng, 24, vertices)),
        "J_regressor_osim": sparse.coo_matrix(_shares(rng, 24, vertices)),
        "per_joint_rot": Rotation.random(24, rng=rng).as_matrix(),
        "skin_weights": sparse.csc_matrix(_shares(rng, vertices, 24)),
        "skel_weights": sparse.csc_matrix(_shares(rng, 10, 24)),
        "skel_weights_rigid": sparse.csc_matrix(_shares(rng, 10, 24)),
        "osim_kintree_table": kintree,
        "parameter_mapping": np.arange(46),
        "tpose_transfo": apose.copy(),
        "apose_transfo": apose.copy(),
        "apose_rel_transfo": apose,
    }


def smpl_content(rng: np.random.Generator, vertices: int = 60, shapes: int = 10) -> dict[str, Any]:
    """Keys, types and shapes of an SMPL file without chumpy."""
    parents = np.array(SMPL_PARENTS, dtype=np.int64)
    return {
        "v_template": rng.normal(size=(vertices, 3)) * [0.3, 0.6, 0.2],
        "shapedirs": rng.normal(size=(vertices, 3, shapes)) * 0.02,
        "posedirs": rng.normal(size=(vertices, 3, 207)) * 0.005,
        "J_regressor": sparse.csc_matrix(_shares(rng, 24, vertices)),
        "weights": _shares(rng, vertices, 24),
        "kintree_table": np.stack([parents.astype(np.uint32), np.arange(24, dtype=np.uint32)]),
        "f": rng.integers(0, vertices, size=(2 * vertices, 3)).astype(np.uint32),
    }


def write(path: Path, content: dict[str, Any], protocol: int = 2) -> Path:
    """Pickle it, as the official files are."""
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


def _shares(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Rows of at most four positive shares that sum to one."""
    result = np.zeros((rows, columns))
    for row in result:
        row[rng.choice(columns, 4, replace=False)] = rng.dirichlet(np.ones(4))
    return result


OUR_SEGMENTS = {
    "pelvis": 0, "femur_l": 1, "femur_r": 2, "lumbar_body": 3, "tibia_l": 4, "tibia_r": 5, "talus_l": 7,
    "talus_r": 8, "calcn_l": 7, "calcn_r": 8, "thorax": 9, "toes_l": 10, "toes_r": 11, "head": 15,
    "scapula_l": 13, "scapula_r": 14, "humerus_l": 16, "humerus_r": 17, "ulna_l": 18, "ulna_r": 19,
    "radius_l": 18, "radius_r": 19, "hand_l": 20, "hand_r": 21,
}  # fmt: skip
"""Joint of SMPL that carries what our segment carries."""


def our_body_as_smpl(stride: int = 7) -> dict[str, Any]:
    """An SMPL file whose body is ours in a T-pose: anatomical, without pose blend shapes and with no shapes.

    Joint centres are ours, where both skeletons have the joint; some of the vertices are left out.
    """
    model, person = body_model(), average_person()
    q = model.skeleton.neutral * 0
    for name in ("arm_add_r", "arm_add_l"):
        q[model.skeleton.coordinate(name)] = -np.pi / 2
    pose = forward(model, person, q[None])
    marks = {n: model.landmark(n) for n in ("heel_r", "heel_l", "big_toe_r", "big_toe_l", "fingertip_r")}
    skin_points = skin(model, person, pose)[0]
    placed = place(pose, landmark_points(model), model, person)[0]
    extra = [int(np.linalg.norm(skin_points - placed[i], axis=1).argmin()) for i in marks.values()]
    chosen = np.unique(np.r_[np.arange(0, len(skin_points), stride), extra])
    vertices = _in_smpl_axes(skin_points[chosen])
    joints = _smpl_joints(model, _in_smpl_axes(pose.joints[0]))
    weights = np.zeros((len(chosen), 24))
    owner = np.array([OUR_SEGMENTS[name] for name in model.skeleton.segment_names])
    for k in range(4):
        np.add.at(
            weights,
            (np.arange(len(chosen)), owner[model.skin_segments[chosen, k]]),
            model.skin_weights[chosen, k],
        )
    content = smpl_content(np.random.default_rng(0), len(chosen))
    content["shapedirs"] = np.zeros_like(content["shapedirs"])
    content["v_template"] = vertices
    content["posedirs"] = np.zeros_like(content["posedirs"])
    content["J_regressor"] = sparse.csc_matrix(np.stack([_means(vertices, joint) for joint in joints]))
    content["weights"] = weights
    content["our_joints"] = _in_smpl_axes(pose.joints[0])
    return content


def our_body_as_skel(smpl: dict[str, Any]) -> dict[str, Any]:
    """A SKEL file of the same body: our joint centres, bone axes forward, up along the bone, right."""
    vertices, joints = smpl["v_template"], smpl["our_joints"]
    content = skel_content(np.random.default_rng(0), len(vertices))
    body, right = (
        np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]]),
        np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]]),
    )
    bones = np.tile(body, (24, 1, 1))
    bones[15:19], bones[20:24] = right, right * [[-1.0], [-1.0], [1.0]]
    apose = np.tile(np.eye(4), (24, 1, 1))
    for j, parent in enumerate(SKEL_PARENTS[1:], start=1):
        apose[j, :3, 3] = bones[parent].T @ (joints[j] - joints[parent])
    shares = np.zeros((len(vertices), 24))
    carriers = [OUR_SEGMENTS[name] for name in body_model().skeleton.segment_names]
    for segment, joint in enumerate(carriers):
        shares[:, segment] = smpl["weights"][:, joint] / carriers.count(joint)
    return content | {
        "skin_template_v": vertices,
        "skin_template_f": smpl["f"].astype(np.int64),
        "shapedirs": np.zeros((len(vertices), 3, 10)),
        "posedirs": np.zeros((len(vertices), 3, 207)),
        "J_regressor_osim": sparse.coo_matrix(np.stack([_means(vertices, joint) for joint in joints])),
        "per_joint_rot": bones,
        "apose_rel_transfo": apose,
        "skin_weights": sparse.csc_matrix(shares),
    }


def _in_smpl_axes(points: np.ndarray) -> np.ndarray:
    """x forward, y up, z right to x left, y up, z forward."""
    return np.stack([-points[:, 2], points[:, 1], points[:, 0]], axis=1)


def _smpl_joints(model: BodyModel, ours: np.ndarray) -> np.ndarray:
    """(24, 3): ours where both have the joint, points between them elsewhere."""
    at = {name: ours[i] for i, name in enumerate(model.skeleton.segment_names)}
    result = np.zeros((24, 3))
    for name, joint in OUR_SEGMENTS.items():
        if not name.startswith(("calcn", "radius")):
            result[joint] = at[name]
    result[6], result[9], result[12] = at["thorax"], (2 * at["thorax"] + at["head"]) / 3, at["head"]
    result[15] = at["head"] + [0.0, 0.08, 0.02]
    result[22], result[23] = result[20] + [0.08, 0.0, 0.0], result[21] - [0.08, 0.0, 0.0]
    return result


def _means(vertices: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(V,) weights of sum one on near vertices whose mean is the point exactly, as even as possible."""
    near = np.argsort(np.linalg.norm(vertices - point, axis=1))[:80]
    system = np.vstack([vertices[near].T, np.ones(len(near))])
    even = np.full(len(near), 1 / len(near))
    result = np.zeros(len(vertices))
    result[near] = even + np.linalg.lstsq(system, np.r_[point, 1.0] - system @ even, rcond=None)[0]
    return result
