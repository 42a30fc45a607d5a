"""One call behind `borelli evaluate`: a finished prediction against a reference that it never saw."""

from pathlib import Path

import numpy as np

from borelli.body.skeleton import skeleton
from borelli.errors import BorelliError, no_file
from borelli.evaluation import motion_quality, positions
from borelli.evaluation.angles import angle_errors
from borelli.evaluation.balance import BalanceReference, read_balance_reference, score_balance
from borelli.evaluation.limits import violation_percent
from borelli.evaluation.timing import resample
from borelli.evaluation.uncertainty import interval_coverage
from borelli.motion.motion import Motion, load_motion

_TOLERANCES_DEG = (5, 10, 20, 30)
_NOT_SCORED = ("subtalar_angle_r", "subtalar_angle_l")
"""Two expert marker analyses of one person differ by 16-23 degrees here, so no reference can judge it."""

Scores = dict[str, dict[str, float]]


def load_reference(path: Path) -> Motion | BalanceReference:
    """A `motion.npz` or the reference file of the balance recording."""
    if not path.is_file():
        raise no_file(path, "a motion.npz or a balance reference")
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            is_balance = "xyz_m" in data
    except (ValueError, OSError, EOFError) as error:
        raise BorelliError(
            f"{path} is not a readable .npz; give a motion.npz or a balance reference"
        ) from error
    return read_balance_reference(path) if is_balance else load_motion(path)


def evaluate(prediction: Motion, reference: Motion | BalanceReference) -> Scores:
    """Scores in named groups; every key ends in its unit. Missing frames lower the coverage, nothing else.

    Against the balance reference the view is the stem of the prediction's video name (cam01, cam03).
    """
    quality = {"motion": describe(prediction), "limits": limit_scores(prediction)}
    if isinstance(reference, BalanceReference):
        seen = np.where(prediction.valid[:, None, None], prediction.joints_camera, np.nan)
        view = Path(prediction.video).stem
        return {
            "balance": score_balance(seen, prediction.joint_names, prediction.time, reference, view)
        } | quality
    return _against_motion(prediction, reference) | quality


def describe(motion: Motion) -> dict[str, float]:
    """What a motion says about itself, without any reference: jitter, feet, floor."""
    joints = np.where(motion.valid[:, None, None], motion.joints, np.nan)
    scores = {
        "valid_percent": 100.0 * float(np.mean(motion.valid)),
        "jitter_10_m_s3": motion_quality.jitter(joints, motion.frame_rate),
    }
    places = motion.contact_places
    known = np.isfinite(places).any(axis=(0, 2))
    if known.any():
        contacts = motion.contacts[:, known] * motion.valid[:, None]
        points = np.where(motion.valid[:, None, None], places[:, known], np.nan)
        scores["stance_speed_mm_s"] = 1e3 * motion_quality.stance_speed(points, contacts, motion.time)
        scores["penetration_mm"] = 1e3 * motion_quality.penetration(points)
        scores["floating_mm"] = 1e3 * motion_quality.floating(points)
    return scores


def limit_scores(motion: Motion) -> dict[str, float]:
    """Percentage of frames with a coordinate of our table beyond its limits by 5, 10, 20, 30 degrees."""
    table = skeleton()
    columns = [i for i, name in enumerate(motion.coordinate_names) if name in table.coordinate_names]
    index = [table.coordinate(motion.coordinate_names[i]) for i in columns]
    angles = np.where(motion.valid[:, None], motion.coordinates[:, columns], np.nan)
    return {
        f"beyond_{tolerance}_deg_percent": violation_percent(
            angles, table.lower[index], table.upper[index], np.radians(tolerance)
        )
        for tolerance in _TOLERANCES_DEG
    }


def _against_motion(prediction: Motion, reference: Motion) -> Scores:
    names = [name for name in reference.joint_names if name in prediction.joint_names]
    if not names:
        raise BorelliError("prediction and reference have no joint name in common")
    root = tuple(names.index(name) for name in ("hip_r", "hip_l") if name in names) or (0,)
    use = [prediction.joint_names.index(name) for name in names]
    seen = np.where(prediction.valid[:, None, None], prediction.joints[:, use], np.nan)
    guess = resample(seen, prediction.time, reference.time)
    truth = reference.joints[:, [reference.joint_names.index(name) for name in names]]
    truth = np.where(reference.valid[:, None, None], truth, np.nan)
    sigma = resample(prediction.joint_sigma[:, use], prediction.time, reference.time)
    root_guess, root_truth = (x[:, list(root)].mean(axis=1) for x in (guess, truth))
    return {
        "positions": {
            "frames": float(len(truth)),
            "coverage_percent": 100.0 * float(np.mean(np.isfinite(guess).all(axis=-1))),
            "mpjpe_mm": 1e3 * positions.mpjpe(guess, truth, root),
            "pa_mpjpe_mm": 1e3 * positions.pa_mpjpe(guess, truth),
            "absolute_mpjpe_mm": 1e3 * positions.mpjpe(guess, truth, None),
            "w_mpjpe_mm": 1e3 * positions.w_mpjpe(guess, truth),
            "wa_mpjpe_mm": 1e3 * positions.wa_mpjpe(guess, truth),
            "rte_percent": positions.rte_percent(root_guess, root_truth),
            "acceleration_error_m_s2": motion_quality.acceleration_error(
                guess, truth, reference.frame_rate, root
            ),
            "interval_90_covers_percent": 100.0 * interval_coverage(guess - truth, sigma[..., None]),
        },
        "angles": _angle_scores(prediction, reference),
    }


def _angle_scores(prediction: Motion, reference: Motion) -> dict[str, float]:
    """Degrees, mean over rotations and each one alone; translations and the subtalar joint are left out."""
    skip = ("pelvis_tx", "pelvis_ty", "pelvis_tz", *_NOT_SCORED)
    names = [n for n in reference.coordinate_names if n in prediction.coordinate_names and n not in skip]
    if not names:
        return {}
    seen = np.where(prediction.valid[:, None], prediction.coordinates, np.nan)
    guess = resample(seen, prediction.time, reference.time)
    truth = np.where(reference.valid[:, None], reference.coordinates, np.nan)
    errors = angle_errors(
        guess[:, [prediction.coordinate_names.index(name) for name in names]],
        truth[:, [reference.coordinate_names.index(name) for name in names]],
        reference.time,
    )
    deg = {name: np.degrees(value) for name, value in vars(errors).items()}
    means = {
        "mean_rmse_deg": positions.mean_finite(deg["rmse"]),
        "mean_mae_deg": positions.mean_finite(deg["mae"]),
        "mean_rmse_without_bias_deg": positions.mean_finite(deg["rmse_without_bias"]),
        "mean_range_error_deg": positions.mean_finite(np.abs(deg["range_error"])),
        "mean_velocity_rmse_deg_s": positions.mean_finite(deg["velocity_rmse"]),
    }
    return means | {f"{name}_rmse_deg": float(e) for name, e in zip(names, deg["rmse"], strict=True)}
