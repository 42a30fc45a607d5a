"""Parameters of SKEL (46 angles, translation, shape) whose bones are turned as ours are.

SKEL's angles count from the T-pose of its own file and turn about that file's bones, so the file is needed.
Joint by joint from the root outwards, each takes the angles that bring its bone nearest to ours given those
before it. From there joint centres are brought together, because SKEL's spine bends and its scapulae slide.
Source of the model: Keller et al., From Skin to Skeleton, SIGGRAPH Asia 2023.
"""

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.body.skel import SkelModel, skel_table
from borelli.body.skel_fit import minimise
from borelli.body.skel_forward import SkelRest, skel_pose, skel_rest
from borelli.body.skel_jacobian import Marks, marks_jacobian
from borelli.body.skel_start import continuous, nearest_angles
from borelli.body.skeleton import skeleton
from borelli.export.rig import Rig
from borelli.export.shape_match import nearest_shape
from borelli.export.take import Take

SHARED = ("femur", "tibia", "talus", "calcn", "toes", "humerus", "ulna", "radius", "hand")
"""Segments whose joint centres are the same in both bodies."""
ENDS = ("head", "hand_r", "hand_l")
"""Segments that move no joint of another."""
JOINT_SD, TURN_SD, PELVIS_SD = 0.002, 0.3, 0.02
"""Metres and radians: how exactly joint centres are met, and how far bones and the pelvis may turn for it."""


def write_skel(path: Path, take: Take, rig: Rig, skel: SkelModel) -> None:
    """Write `poses` (T, 46) radians, `trans` (T, 3) metres and `betas` (10,) of the evenly spaced frames.

    The world is SKEL's: x to the left, y up, z forward. `valid` is False where a gap was filled.
    """
    rest = skel_rest(skel, _shape(skel, rig))
    q = np.zeros((len(take.times), len(skel_table().coordinate_names)))
    q = _turned(skel, rest, rig, q, skel_table().segment_names)
    q, translation = _refined(skel, rest, rig, q, _translation(skel, rest, q, rig))
    q = _turned(skel, rest, rig, q, ENDS)
    arrays = {
        "poses": continuous(q),
        "trans": translation,
        "betas": rest.betas,
        "gender": np.array(skel.gender),
        "pose_names": np.array(skel_table().coordinate_names),
        "times": take.times,
        "frame_rate": np.array(take.rate),
        "valid": take.valid,
    }
    with path.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def _turned(
    skel: SkelModel, rest: SkelRest, rig: Rig, q: np.ndarray, segments: tuple[str, ...]
) -> np.ndarray:
    """Angles (T, 46) with some segments, parents first, turned as ours are; no limits enforced."""
    table, q = skel_table(), q.copy()
    wanted = rig.rotations[:, _segments(table.segment_names)]
    to_bone = rest.bones @ np.swapaxes(skel.apose_rotations, -1, -2)
    still = np.zeros((len(wanted), 3))
    for j in (table.segment_names.index(name) for name in segments):
        parent = table.parents[j]
        reached = skel_pose(skel, rest, q, still).T_world_joint[..., :3, :3]
        local = wanted[:, j] if parent < 0 else np.swapaxes(reached[:, parent], -1, -2) @ wanted[:, j]
        own = np.flatnonzero(table.segments == j)
        q[:, own] = nearest_angles(table, own, Rotation.from_matrix(to_bone[j].T @ local @ to_bone[j]))
    q[:, :3] = np.unwrap(q[:, :3], axis=0)
    return continuous(q)


def _refined(
    skel: SkelModel, rest: SkelRest, rig: Rig, q: np.ndarray, translation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Angles (T, 46) and translation (T, 3) near these, with the joints that both bodies share on ours."""
    own, ours = _shared()
    marks = Marks(np.zeros(0, dtype=np.int64), np.eye(len(skel.joints)))
    start = np.concatenate([q, translation], axis=1)

    def residual(change: np.ndarray, frames: np.ndarray) -> np.ndarray:
        x = start[frames] + change
        joints = skel_pose(skel, rest, x[:, :46], x[:, 46:]).joints[:, own]
        return ((joints - rig.positions[frames][:, ours]) / JOINT_SD).reshape(len(x), -1)

    def jacobian(change: np.ndarray, frames: np.ndarray) -> np.ndarray:
        x = start[frames] + change
        J = marks_jacobian(skel, rest, marks, x[:, :46], x[:, 46:])[:, own]
        return (J / JOINT_SD).reshape(len(x), -1, 49)

    precision = np.r_[np.full(3, 1 / PELVIS_SD), np.full(43, 1 / TURN_SD), np.zeros(3)]
    found = start + minimise(np.zeros_like(start), residual, jacobian, precision)
    return found[:, :46], found[:, 46:]


def _shared() -> tuple[np.ndarray, np.ndarray]:
    """Segments of SKEL, and ours, whose joint centres are the same."""
    names = skel_table().segment_names
    own = [j for j, name in enumerate(names) if name.removesuffix("_r").removesuffix("_l") in SHARED]
    return np.array(own), _segments(tuple(names[j] for j in own))


def _shape(skel: SkelModel, rig: Rig) -> np.ndarray:
    """(10,)."""
    own, ours = _shared()
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
