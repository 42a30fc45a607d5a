"""SMPL to SKEL: the 46 angles whose joints and skin lie closest to a posed SMPL body, frame by frame.

Both bodies share shape components and the numbering of their vertices. Targets are SKEL's joint centres at
rest, carried along by SMPL's bones, and a sample of the skin; Levenberg-Marquardt with analytic derivatives.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from borelli.body.blend import from_rest
from borelli.body.skel import SHAPE_SIZE, SkelModel, skel_table
from borelli.body.skel_forward import SkelPose, SkelRest, skel_pose, skel_rest, skel_vertices
from borelli.body.skel_jacobian import Marks, marks_jacobian, marks_of
from borelli.body.skel_start import continuous, start_angles
from borelli.body.smpl import SMPL_JOINTS, SmplModel, SmplPose, smpl_vertices
from borelli.errors import BorelliError

JOINT_SD, SKIN_SD = 0.005, 0.01
"""Metres: joint centres are trusted more than skin, whose blend shapes SKEL only borrows."""
REST_SD = 1.5
"""Radians: how far angles are from zero when nothing else decides; the scapulae are held closer."""
SCAPULA_SD = 0.4
ITERATIONS, TOLERANCE, HOPELESS = 40, 1e-4, 1e4
"""At most so many steps; done when one gains less than this share of the cost or damping exceeds the last."""
LARGEST_STEP = 0.5
CARRIERS = (
    "pelvis", "right_hip", "right_knee", "right_ankle", "right_ankle", "right_foot", "left_hip", "left_knee",
    "left_ankle", "left_ankle", "left_foot", "spine1", "spine2", "neck", "right_collar", "right_shoulder",
    "right_elbow", "right_elbow", "right_wrist", "left_collar", "left_shoulder", "left_elbow", "left_elbow",
    "left_wrist",
)  # fmt: skip
"""(24) joint of SMPL that moves each segment of SKEL."""
FRAMES_AT_ONCE = 64
SKIN_PER_SEGMENT = 8


@dataclass(frozen=True)
class SkelFit:
    """SKEL parameters of T frames, and how far the two bodies are apart."""

    rest: SkelRest
    q: np.ndarray
    """(T, 46) radians, no limits enforced."""
    translation: np.ndarray
    """(T, 3) metres."""
    pose: SkelPose
    joint_error: np.ndarray
    """(T, 24) metres between SKEL's joints and where SMPL's bones carry them."""
    skin_error: np.ndarray
    """(T, N) metres between corresponding vertices, a sample over all segments."""

    def joint_rms_mm(self) -> dict[str, float]:
        """Root mean square distance over time per segment's joint."""
        rms = 1e3 * np.sqrt(np.mean(self.joint_error**2, axis=0))
        return {name: round(float(e), 1) for name, e in zip(skel_table().segment_names, rms, strict=True)}


def smpl_to_skel(smpl: SmplModel, skel: SkelModel, pose: SmplPose) -> SkelFit:
    """SKEL angles, translation and shape for a posed SMPL body.

    Raises BorelliError when the two files do not share their vertices.
    """
    if len(smpl.template) != len(skel.template):
        raise BorelliError(
            f"the {smpl.family} file has {len(smpl.template)} vertices, the SKEL file {len(skel.template)}; "
            "give SMPL or SMPL-H, which share SKEL's"
        )
    rest = skel_rest(skel, pose.betas[:SHAPE_SIZE])
    marks = marks_of(skel, SKIN_PER_SEGMENT)
    centres = carried_joints(smpl, rest, pose)
    skin = smpl_vertices(smpl, pose, marks.vertices)
    targets = np.concatenate([centres, skin], axis=1)
    q, translation = start_angles(skel, rest, pose, centres[:, 0])
    for first in range(0, len(q), FRAMES_AT_ONCE):
        run = slice(first, first + FRAMES_AT_ONCE)
        q[run], translation[run] = _solve(skel, rest, marks, targets[run], q[run], translation[run])
    q = continuous(q)
    found = skel_pose(skel, rest, q, translation)
    reached = skel_vertices(skel, rest, found, marks.vertices)
    joint_error = np.linalg.norm(found.joints - centres, axis=-1)
    return SkelFit(rest, q, translation, found, joint_error, np.linalg.norm(reached - skin, axis=-1))


def carried_joints(smpl: SmplModel, rest: SkelRest, pose: SmplPose) -> np.ndarray:
    """(T, 24, 3) where SMPL's bones carry SKEL's joint centres: the mean of what both sides of a joint say.

    SKEL's regressor is right for the rest pose only: applied to posed skin it follows the folds of a bent
    elbow or knee.
    """
    shape = smpl.joints + smpl.joint_directions @ pose.betas
    T_world_rest = from_rest(pose.T_world_joint, shape)
    carrier = np.array([SMPL_JOINTS.index(name) for name in CARRIERS])
    parents = skel_table().parents
    above = np.where(parents < 0, carrier, carrier[parents])
    mean = (T_world_rest[:, carrier] + T_world_rest[:, above]) / 2
    return (mean[..., :3, :3] @ rest.joints[..., None])[..., 0] + mean[..., :3, 3]


def _solve(
    skel: SkelModel,
    rest: SkelRest,
    marks: Marks,
    targets: np.ndarray,
    q: np.ndarray,
    translation: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Levenberg-Marquardt on all frames side by side, each with its own damping."""
    precision = _precisions()
    weight = np.r_[np.full(24, 1 / JOINT_SD), np.full(len(marks.vertices), 1 / SKIN_SD)][:, None]

    def residual(x: np.ndarray, frames: np.ndarray) -> np.ndarray:
        posed = skel_pose(skel, rest, x[:, :46], x[:, 46:])
        points = np.concatenate([posed.joints, skel_vertices(skel, rest, posed, marks.vertices)], axis=1)
        return ((points - targets[frames]) * weight).reshape(len(x), -1)

    def jacobian(x: np.ndarray, frames: np.ndarray) -> np.ndarray:
        J = marks_jacobian(skel, rest, marks, x[:, :46], x[:, 46:])
        return (J * weight[..., None]).reshape(len(x), -1, 49)

    x = minimise(np.concatenate([q, translation], axis=1), residual, jacobian, precision)
    return x[:, :46], x[:, 46:]


def minimise(
    start: np.ndarray,
    residual: Callable[[np.ndarray, np.ndarray], np.ndarray],
    jacobian: Callable[[np.ndarray, np.ndarray], np.ndarray],
    precision: np.ndarray,
) -> np.ndarray:
    """Minimum of |residual|^2 + |precision x|^2 for every row of `start` (T, C); done rows rest.

    `residual(x, frames)` and `jacobian(x, frames)` are asked about some of the rows, which `frames` numbers.
    """

    def cost_of(x: np.ndarray, r: np.ndarray) -> np.ndarray:
        return np.sum(r**2, axis=1) + np.sum((precision * x) ** 2, axis=1)

    x, active, damping = start.copy(), np.arange(len(start)), np.full(len(start), 1e-3)
    r = residual(x, active)
    cost = cost_of(x, r)
    for _ in range(ITERATIONS):
        now = x[active]
        J = jacobian(now, active)
        A = np.swapaxes(J, 1, 2) @ J + np.diag(precision**2)
        b = (np.swapaxes(J, 1, 2) @ r[active, :, None])[..., 0] + precision**2 * now
        diagonal = np.einsum("tii->ti", A)
        diagonal += damping[active, None] * diagonal + 1e-9
        trial = now + np.clip(-np.linalg.solve(A, b[..., None])[..., 0], -LARGEST_STEP, LARGEST_STEP)
        r_trial = residual(trial, active)
        cost_trial = cost_of(trial, r_trial)
        better = cost_trial < cost[active]
        gain = np.where(better, 1 - cost_trial / np.maximum(cost[active], 1e-12), 1.0)
        rows = active[better]
        x[rows], r[rows], cost[rows] = trial[better], r_trial[better], cost_trial[better]
        damping[active] = np.where(better, np.maximum(damping[active] / 5, 1e-9), damping[active] * 6)
        active = active[(gain > TOLERANCE) & (damping[active] < HOPELESS)]
        if not len(active):
            break
    return x


def _precisions() -> np.ndarray:
    """(49,) per radian: weak for joints, none for pelvis and translation."""
    sd = np.array(
        [SCAPULA_SD if name.startswith("scapula") else REST_SD for name in skel_table().coordinate_names]
    )
    result = np.r_[1 / sd, np.zeros(3)]
    result[:3] = 0.0
    return result
