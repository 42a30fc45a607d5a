"""Scoring against the multi-view reference of the balance recording (Pose2Sim demo, BSD-3-Clause).

Twelve limb joints, mid-hip as root, in the axes of the view's camera. The reference is triangulated
from four cameras without markers and is good to about 15 mm at the limbs and 30 mm at the hips.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError, choices, no_file
from borelli.evaluation.angles import angle_errors, flexion
from borelli.evaluation.motion_quality import acceleration_error, bone_length_sd
from borelli.evaluation.positions import (
    joint_errors,
    mean_finite,
    mpjpe,
    pa_mpjpe,
    rte_percent,
    wa_mpjpe,
)
from borelli.evaluation.timing import resample
from borelli.geometry.frames import make_transform, transform_points

LIMB_JOINTS = {
    "LShoulder": "shoulder_l",
    "RShoulder": "shoulder_r",
    "LElbow": "elbow_l",
    "RElbow": "elbow_r",
    "LWrist": "wrist_l",
    "RWrist": "wrist_r",
    "LHip": "hip_l",
    "RHip": "hip_r",
    "LKnee": "knee_l",
    "RKnee": "knee_r",
    "LAnkle": "ankle_l",
    "RAnkle": "ankle_r",
}
"""BODY_25B names and the joints of our skeleton that they stand for."""
_NAMES = tuple(LIMB_JOINTS)
_ROOT = (_NAMES.index("LHip"), _NAMES.index("RHip"))
_CHAINS = {
    "knee_l": ("LHip", "LKnee", "LAnkle"),
    "knee_r": ("RHip", "RKnee", "RAnkle"),
    "hip_l": ("LShoulder", "LHip", "LKnee"),
    "hip_r": ("RShoulder", "RHip", "RKnee"),
    "elbow_l": ("LShoulder", "LElbow", "LWrist"),
    "elbow_r": ("RShoulder", "RElbow", "RWrist"),
}
_BONES = tuple(pair for name, (a, b, c) in _CHAINS.items() if "hip" not in name for pair in ((a, b), (b, c)))


@dataclass(frozen=True)
class BalanceReference:
    """3D joints and the cameras that saw them. T frames, 25 joints, V views; world Z up, metres."""

    times: np.ndarray
    """(T,) seconds."""
    joint_names: tuple[str, ...]
    joints_world: np.ndarray
    """(T, 25, 3)."""
    view_names: tuple[str, ...]
    T_camera_world: np.ndarray
    """(V, 4, 4)."""

    def joints_camera(self, view: str) -> np.ndarray:
        """(T, 25, 3) in the camera axes of a view."""
        if view not in self.view_names:
            raise choices("view", view, list(self.view_names))
        return transform_points(self.T_camera_world[self.view_names.index(view)], self.joints_world)


def read_balance_reference(path: Path) -> BalanceReference:
    """Read `reference_*.npz`. Raises BorelliError when it is something else."""
    if not path.is_file():
        raise no_file(path, "a reference of the balance recording")
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
        missing = [k for k in ("xyz_m", "joint_names", "times", "cam_names", "R", "t") if k not in data]
        if missing:
            raise BorelliError(f"{path} is not a balance reference: it lacks {', '.join(missing)}")
        return BalanceReference(
            times=data["times"],
            joint_names=tuple(str(name) for name in data["joint_names"]),
            joints_world=data["xyz_m"].astype(np.float64),
            view_names=tuple(str(name) for name in data["cam_names"]),
            T_camera_world=make_transform(data["R"], data["t"]),
        )


def score_balance(
    joints_camera: np.ndarray,
    joint_names: tuple[str, ...],
    times: np.ndarray,
    reference: BalanceReference,
    view: str,
) -> dict[str, float]:
    """Errors of predicted joints (T, J, 3), metres in camera axes, at times (T,) seconds.

    The prediction must come from the video alone; it is only read here. `joint_names` are BODY_25B's
    or our skeleton's. It is compared at the reference's own frames; frames it lacks lower
    `coverage_percent` and count in no other number.
    """
    truth = _limbs(reference.joints_camera(view), reference.joint_names)
    guess = resample(_limbs(joints_camera, joint_names), times, reference.times)
    fps = float(1.0 / np.median(np.diff(reference.times)))
    root_guess, root_truth = (x[:, list(_ROOT)].mean(axis=1) for x in (guess, truth))
    miss = root_guess - root_truth
    scores = {
        "frames": float(len(truth)),
        "coverage_percent": 100.0 * float(np.mean(np.isfinite(guess).all(axis=-1))),
        "mpjpe_mm": 1e3 * mpjpe(guess, truth, _ROOT),
        "pa_mpjpe_mm": 1e3 * pa_mpjpe(guess, truth),
        "absolute_mpjpe_mm": 1e3 * mpjpe(guess, truth, None),
        "wa_mpjpe_mm": 1e3 * wa_mpjpe(guess, truth),
        "root_across_mm": 1e3 * mean_finite(np.linalg.norm(miss[:, :2], axis=-1)),
        "root_depth_mm": 1e3 * mean_finite(np.abs(miss[:, 2])),
        "rte_percent": rte_percent(root_guess, root_truth),
        "acceleration_error_m_s2": acceleration_error(guess, truth, fps, _ROOT),
        "bone_length_sd_mm": 1e3 * mean_finite(bone_length_sd(guess, _bones())),
        "size_percent": 100.0 * _size(guess) / _size(truth),
    }
    centred = joint_errors(guess - root_guess[:, None], truth - root_truth[:, None])
    each = {f"{name}_mm": 1e3 * mean_finite(centred[:, j]) for j, name in enumerate(_NAMES)}
    return scores | _flexions(guess, truth, reference.times) | each


def _limbs(joints: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """The twelve limb joints (T, 12, 3), by either family of names."""
    columns = []
    for body25, ours in LIMB_JOINTS.items():
        name = body25 if body25 in names else ours
        if name not in names:
            raise BorelliError(f"the prediction has no joint {ours} (BODY_25B {body25})")
        columns.append(names.index(name))
    return joints[:, columns]


def _bones() -> tuple[tuple[int, int], ...]:
    return tuple((_NAMES.index(a), _NAMES.index(b)) for a, b in _BONES)


def _size(joints: np.ndarray) -> float:
    """Mean length of the limb bones."""
    return mean_finite(np.stack([joint_errors(joints[:, a], joints[:, b]) for a, b in _bones()]))


def _flexions(guess: np.ndarray, truth: np.ndarray, times: np.ndarray) -> dict[str, float]:
    """Mean absolute error and error without bias of knee, hip and elbow flexion, degrees."""
    chains = [[_NAMES.index(name) for name in chain] for chain in _CHAINS.values()]
    a, b = (
        np.stack([flexion(*(x[:, j] for j in chain)) for chain in chains], axis=1) for x in (guess, truth)
    )
    errors = angle_errors(a, b, times)
    return {f"{n}_mae_deg": float(np.degrees(e)) for n, e in zip(_CHAINS, errors.mae, strict=True)} | {
        f"{n}_rmse_without_bias_deg": float(np.degrees(e))
        for n, e in zip(_CHAINS, errors.rmse_without_bias, strict=True)
    }
