"""Small model files in the official layouts of SMPL and SKEL, with random meshes."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.spatial.transform import Rotation

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
