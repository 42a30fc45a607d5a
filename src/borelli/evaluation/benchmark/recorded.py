"""Rows about real video: the balance recording with its reference, the demo clip with its stated stature."""

from dataclasses import replace

import numpy as np

from borelli.body.kinematics import forward, place
from borelli.body.model import Person, body_model
from borelli.body.skeleton import skeleton
from borelli.evaluation.balance import BalanceReference, read_balance_reference, score_balance
from borelli.evaluation.benchmark.clips import VIEWS, balance, predict, street
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.evaluate import describe
from borelli.evaluation.motion_quality import bone_length_sd
from borelli.motion.motion import Motion
from borelli.perception.keypoint_sets import keypoint_set

BALANCE = "balance, one man, two views"
STREET = "demo clip, two people"
ALL = "all recorded clips"
PA_MM = {"cam01": 52.0, "cam03": 49.0}
MPJPE_MM = {"cam01": 80.0, "cam03": 70.0}
ALIKE = "where OpenPose, from which the reference is made, marks the joints"
FLEXIONS = [f"{joint}_{side}" for joint in ("knee", "hip", "elbow") for side in "rl"]
WALKING_WOMAN = 1
"""Her id in the demo clip; person 0 jumps from a roof."""


def measure(setting: Setting) -> list[Row]:
    """Accuracy on both recordings, then what must hold on every clip."""
    if setting.quick:
        return [skipped(ALL, "all", "--quick")]
    absent = [str(path) for path in _files(setting) if not path.is_file()]
    if absent:
        return [skipped(ALL, "all", f"{', '.join(absent)} not found")]
    rows = [row for view in VIEWS for row in _balance(setting, view)]
    return rows + _street(setting) + _everywhere(setting)


def _files(setting: Setting) -> list:
    return [balance(setting, view).video for view in VIEWS] + [street(setting).video]


def _balance(setting: Setting, view: str) -> list[Row]:
    motion = predict(balance(setting, view), setting.work).motions[0]
    scores = balance_scores(motion, setting, view)
    names, points = reference_points(motion)
    alike = balance_scores(replace(motion, joint_names=names, joints_camera=points), setting, view)
    stance = describe(motion)["stance_speed_mm_s"] / 1e3
    return [
        Row(BALANCE, f"{view} PA-MPJPE", "mm", scores["pa_mpjpe_mm"], at_most=PA_MM[view]),
        Row(BALANCE, f"{view} MPJPE", "mm", scores["mpjpe_mm"], at_most=MPJPE_MM[view]),
        Row(BALANCE, f"{view} PA-MPJPE, points of the reference", "mm", alike["pa_mpjpe_mm"], note=ALIKE),
        Row(BALANCE, f"{view} MPJPE, points of the reference", "mm", alike["mpjpe_mm"]),
        Row(
            BALANCE,
            f"{view} knee, hip and elbow flexion without bias, RMS",
            "deg",
            float(np.sqrt(np.mean([scores[f"{name}_rmse_without_bias_deg"] ** 2 for name in FLEXIONS]))),
            at_most=7.0,
        ),
        Row(BALANCE, f"{view} acceleration error", "m/s2", scores["acceleration_error_m_s2"], at_most=8.0),
        Row(BALANCE, f"{view} speed of standing feet", "m/s", stance, at_most=0.10),
        Row(BALANCE, f"{view} bone length sd", "mm", _bone_length_sd_mm(motion), at_most=0.0),
        Row(BALANCE, f"{view} direction of gravity", "deg", _gravity_error_deg(motion, setting, view)),
        Row(BALANCE, f"{view} frames compared", "%", scores["coverage_percent"]),
    ]


def _gravity_error_deg(motion: Motion, setting: Setting, view: str) -> float:
    """Angle in camera axes between our vertical and that of the reference, whose world has Z up."""
    reference = _reference(setting)
    true = reference.T_camera_world[reference.view_names.index(view)][:3, 2]
    return float(np.degrees(np.arccos(np.clip(motion.T_camera_world[0][:3, 1] @ true, -1.0, 1.0))))


def _bone_length_sd_mm(motion: Motion) -> float:
    """Largest of all bones, to a nanometre, before any resampling."""
    parents = skeleton().parents
    bones = tuple((int(parent), child) for child, parent in enumerate(parents) if parent >= 0)
    return round(1e3 * float(bone_length_sd(motion.joints, bones).max()), 6)


def balance_scores(motion: Motion, setting: Setting, view: str) -> dict[str, float]:
    """A finished motion against the reference."""
    seen = np.where(motion.valid[:, None, None], motion.joints_camera, np.nan)
    return score_balance(seen, motion.joint_names, motion.time, _reference(setting), view)


def _reference(setting: Setting) -> BalanceReference:
    """The reference, which is opened here and nowhere else, for finished motions."""
    return read_balance_reference(setting.data / "video" / "balance" / "reference_cam01_cam03.npz")


def reference_points(motion: Motion) -> tuple[tuple[str, ...], np.ndarray]:
    """Points of the body where OpenPose marks the joints, in the motion's own joint order: names, (T, J, 3).

    The reference was triangulated from OpenPose, whose hips lie wider than hip joint centres and whose
    ankles lie higher; joints without such a point stay what they are.
    """
    model, table = body_model(), keypoint_set("body25b")
    used, points = table.on_body(model)
    person = Person(motion.shape, motion.log_lengths, motion.scale)
    placed = place(forward(model, person, motion.coordinates), points, model, person)
    T = motion.T_camera_world[0]
    seen = placed @ T[:3, :3].T + T[:3, 3]
    joints = motion.joints_camera.copy()
    for row, keypoint in enumerate(used):
        side, _, part = table.keypoints[keypoint].partition("_")
        name = f"{part}_{side[0]}"
        if name in motion.joint_names:
            joints[:, motion.joint_names.index(name)] = seen[:, row]
    return motion.joint_names, joints


def _street(setting: Setting) -> list[Row]:
    found = predict(street(setting), setting.work)
    her = next((m for m in found.motions if m.person == WALKING_WOMAN), None)
    if her is None:
        return [skipped(STREET, "stature of the walking woman", "she was not found")]
    note = "true 1.65 m; from the calibration alone"
    name = "stature of the walking woman"
    return [Row(STREET, name, "m", her.stature, at_least=1.60, at_most=1.70, note=note)]


def _everywhere(setting: Setting) -> list[Row]:
    recordings = [*(balance(setting, view) for view in VIEWS), street(setting)]
    found = [(r.video.stem, v) for r in recordings for v in predict(r, setting.work).verdicts]
    violations = float(sum(v.limit_violations for _, v in found))
    each = [(slip, f"{video}, person {v.person}") for video, v in found for slip in v.stance_slip_mm]
    slips = [slip for slip, _ in each]
    largest, where = max(each, default=(None, "nobody stands"))
    return [
        Row(ALL, "joint limits violated", "frames", violations, at_most=0.0),
        Row(ALL, "foot slip per stance, largest", "mm", largest, at_most=10.0, note=where),
        Row(ALL, "foot slip per stance, median", "mm", float(np.median(slips)) if slips else None),
    ]
