"""A recording of AMASS, with the user's SMPL file, to our motion files: no video, no camera."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.body.model import BodyModel, body_model
from borelli.body.smpl import WHERE, SmplModel, load_smpl, smpl_pose
from borelli.errors import BorelliError
from borelli.markers.ik import Solved as Angles
from borelli.markers.ik import solve_ik
from borelli.motion.amass import AmassClip, read_amass
from borelli.pipeline.cache import file_hash
from borelli.pipeline.from_smpl import Matches, smpl_matches
from borelli.pipeline.run import RunResult
from borelli.pipeline.run_body import Solved, run_body
from borelli.pipeline.without_camera import Recorded, motion_without_camera

HANDLESS = 22
"""Joints of the body proper, which come first in every model."""
CLOSE_FAMILIES = {"SMPL": ("SMPL", "SMPL-H"), "SMPL-H": ("SMPL", "SMPL-H"), "SMPL-X": ("SMPL-X",)}
"""Family of a recording and of the files that share its shape space."""


@dataclass(frozen=True)
class SmplMotion:
    """A recording on our skeleton, and how far the two bodies are apart."""

    angles: Angles
    error_mm: dict[str, float]
    """Joint or landmark to the root mean square distance over time."""
    notes: tuple[str, ...]


def run_amass(path: Path, smpl_file: Path | None, out: Path, force: bool = False) -> RunResult:
    """Convert one .npz of AMASS and write its files into `out/<name of the file>`.

    Raises BorelliError when either file is missing, damaged or does not fit the other.
    """
    if smpl_file is None:
        family = read_amass(path).family
        raise BorelliError(
            f"{path} holds poses of {family} without its body: give the {family} model file with "
            f"--smpl-model; {WHERE[family]}"
        )
    digest = file_hash(smpl_file) if smpl_file.is_file() else None
    settings = {"from": "amass", "smpl_model": digest}
    return run_body(path, settings, out, lambda: amass_motion(path, smpl_file), force)


def amass_motion(path: Path, smpl_file: Path) -> Solved:
    """The motion of a recording in its own world turned to Y up. Raises BorelliError as `run_amass`."""
    clip = read_amass(path)
    smpl = load_smpl(smpl_file)
    check_fit(path, clip, smpl_file, smpl)
    model = body_model()
    found = convert_smpl(model, clip, smpl)
    angles = found.angles
    recorded = Recorded(
        path.name, clip.times, angles.person, angles.coordinates, joint_sigma(model, found), angles.valid
    )
    motion = motion_without_camera(model, recorded)
    rms = float(np.sqrt(np.mean(np.square(list(found.error_mm.values())))))
    worst = max(found.error_mm, key=lambda name: found.error_mm[name])
    summary = (
        f"{len(clip.times)} frames of {clip.family} ({clip.gender}) at {motion.frame_rate:.4g} Hz; "
        f"stature {motion.stature:.2f} m",
        f"our body is {rms:.0f} mm from SMPL's joints and landmarks (root mean square); farthest: "
        f"{worst.replace('_', ' ')}, {found.error_mm[worst]:.0f} mm",
        *found.notes,
    )
    return Solved(motion, summary, {"error_mm": found.error_mm, "notes": list(found.notes)})


def check_fit(path: Path, clip: AmassClip, smpl_file: Path, smpl: SmplModel) -> None:
    """Raise BorelliError when the model's shapes are not those that the recording's betas speak of."""
    if smpl.family not in CLOSE_FAMILIES[clip.family]:
        raise BorelliError(
            f"{path} is of {clip.family}, {smpl_file} is an {smpl.family} model: their shapes differ; "
            f"{WHERE[clip.family]}"
        )
    genders = {clip.gender, smpl.gender} - {"unknown"}
    if len(genders) > 1:
        raise BorelliError(
            f"{path} was recorded with the {clip.gender} model, {smpl_file} is the {smpl.gender} one: their "
            f"shapes differ; give the {clip.gender} file"
        )


def convert_smpl(model: BodyModel, clip: AmassClip, smpl: SmplModel) -> SmplMotion:
    """Our coordinates and size for a recording."""
    used = clip.betas[: smpl.shape_size]
    notes = []
    if len(used) < len(clip.betas) and np.any(clip.betas[len(used) :]):
        notes.append(f"the model file has {len(used)} of the recording's {len(clip.betas)} shape numbers")
    pose = smpl_pose(smpl, used, _pose_of(clip, smpl), clip.translation)
    matches = smpl_matches(model, smpl, pose)
    angles = solve_ik(
        matches.positions,
        matches.names,
        clip.times,
        marker_map=dict(zip(matches.names, matches.sites, strict=True)),
    )
    return SmplMotion(angles, _errors(matches, angles), tuple(notes))


def _pose_of(clip: AmassClip, smpl: SmplModel) -> np.ndarray:
    """(T, J, 3) for the joints of the file; hands of another layout stay as they rest."""
    joints = len(smpl.parents)
    if clip.pose.shape[1] == joints:
        return clip.pose
    result = np.zeros((len(clip.pose), joints, 3))
    result[:, :HANDLESS] = clip.pose[:, :HANDLESS]
    return result


def _errors(matches: Matches, angles: Angles) -> dict[str, float]:
    """RMS distance from the other body's joints and landmarks to the points of ours that stand for them."""
    rms = angles.marker_rms_mm()
    kept = zip(matches.names, matches.scored, strict=True)
    return {name: round(rms[name], 1) for name, scored in kept if scored}


def joint_sigma(model: BodyModel, found: SmplMotion) -> np.ndarray:
    """(T, J) metres along each axis: what inverse kinematics left at joints and landmarks, on average."""
    rms = float(np.sqrt(np.mean(np.square(list(found.error_mm.values()))))) * 1e-3
    return np.full((len(found.angles.times), len(model.skeleton.segment_names)), rms / np.sqrt(3))
