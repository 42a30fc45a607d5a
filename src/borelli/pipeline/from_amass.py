"""A recording of AMASS, with the user's SMPL file, to our motion files: no video, no camera."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.body.kinematics import forward, place
from borelli.body.model import BodyModel, body_model
from borelli.body.skel import SkelModel, load_skel
from borelli.body.skel_fit import smpl_to_skel
from borelli.body.smpl import WHERE, SmplModel, load_smpl, smpl_pose
from borelli.errors import BorelliError
from borelli.markers.ik import Solved as Angles
from borelli.markers.ik import solve_ik
from borelli.markers.names import site_points
from borelli.motion.amass import AmassClip, read_amass
from borelli.motion.motion import Motion
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
    distance_mm: dict[str, float]
    """Joint or landmark to the root mean square distance over time between the two bodies' own points."""
    residual_mm: dict[str, float]
    """The same from where that point of the other body sits on our segments: what posture cannot follow."""
    skel_mm: dict[str, float] | None
    """Segment to the root mean square distance between SKEL's joint and SMPL's, when SKEL stood between."""
    notes: tuple[str, ...]


def run_amass(
    path: Path, smpl_file: Path | None, out: Path, force: bool = False, skel_file: Path | None = None
) -> RunResult:
    """Convert one .npz of AMASS and write its files into `out/<name of the file>`.

    Args:
        path: the recording.
        smpl_file: the model that its shape and pose are of.
        out: folder of results; made if missing.
        force: replace a result of another file or other settings.
        skel_file: SKEL's model, for anatomical joint centres.

    Raises BorelliError when a file is missing, damaged or does not fit the others.
    """
    if smpl_file is None:
        family = read_amass(path).family
        raise BorelliError(
            f"{path} holds poses of {family} without its body: give the {family} model file with "
            f"--smpl-model; {WHERE[family]}"
        )
    files = {"smpl_model": smpl_file, "skel_model": skel_file}
    hashes = {name: file_hash(f) if f is not None and f.is_file() else None for name, f in files.items()}
    settings = {"from": "amass"} | hashes
    return run_body(path, settings, out, lambda: amass_motion(path, smpl_file, skel_file), force)


def amass_motion(path: Path, smpl_file: Path, skel_file: Path | None = None) -> Solved:
    """The motion of a recording in its own world turned to Y up. Raises BorelliError as `run_amass`."""
    clip = read_amass(path)
    smpl = load_smpl(smpl_file)
    check_fit(path, clip, smpl_file, smpl)
    skel = None if skel_file is None else load_skel(skel_file, _skel_gender(clip, smpl))
    model = body_model()
    found = convert_smpl(model, clip, smpl, skel)
    angles = found.angles
    sigma = np.full((len(clip.times), len(model.skeleton.segment_names)), 1e-3 * _rms(found.distance_mm))
    recorded = Recorded(
        path.name, clip.times, angles.person, angles.coordinates, sigma / np.sqrt(3), angles.valid
    )
    motion = motion_without_camera(model, recorded)
    facts = {name: getattr(found, name) for name in ("distance_mm", "residual_mm", "skel_mm")}
    return Solved(motion, _summary(clip, motion, found), facts | {"notes": list(found.notes)})


def _summary(clip: AmassClip, motion: Motion, found: SmplMotion) -> tuple[str, ...]:
    worst = max(found.distance_mm, key=lambda name: found.distance_mm[name])
    body = "SMPL's" if found.skel_mm is None else "SKEL's"
    lines = [
        f"{len(clip.times)} frames of {clip.family} ({clip.gender}) at {motion.frame_rate:.4g} Hz; "
        f"stature {motion.stature:.2f} m",
        f"our joints and landmarks are {_rms(found.distance_mm):.0f} mm from {body} (root mean square), "
        f"{_rms(found.residual_mm):.0f} mm from where these sit on our segments; farthest: "
        f"{worst.replace('_', ' ')}, {found.distance_mm[worst]:.0f} mm",
    ]
    if found.skel_mm is not None:
        lines.append(f"SKEL's joints are {_rms(found.skel_mm):.0f} mm from where SMPL's bones carry them")
    return (*lines, *found.notes)


def _rms(values: dict[str, float]) -> float:
    return float(np.sqrt(np.mean(np.square(list(values.values())))))


def _skel_gender(clip: AmassClip, smpl: SmplModel) -> str | None:
    """Gender that the SKEL file must have: it has no neutral body."""
    return next((g for g in (smpl.gender, clip.gender) if g in ("male", "female")), None)


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


def convert_smpl(
    model: BodyModel, clip: AmassClip, smpl: SmplModel, skel: SkelModel | None = None
) -> SmplMotion:
    """Our coordinates and size for a recording, by way of SKEL when it is given."""
    used = clip.betas[: smpl.shape_size]
    notes = []
    if np.any(clip.betas[len(used) :]):
        notes.append(f"the model file has {len(used)} of the recording's {len(clip.betas)} shape numbers")
    pose = smpl_pose(smpl, used, _pose_of(clip, smpl), clip.translation)
    fit = None if skel is None else smpl_to_skel(smpl, skel, pose)
    matches = smpl_matches(model, smpl, pose, fit)
    sites = dict(zip(matches.names, matches.sites, strict=True))
    angles = solve_ik(matches.positions, matches.names, clip.times, marker_map=sites)
    return SmplMotion(
        angles,
        _distances(model, matches, angles),
        _stated(matches, angles.marker_rms_mm()),
        None if fit is None else fit.joint_rms_mm(),
        tuple(notes),
    )


def _pose_of(clip: AmassClip, smpl: SmplModel) -> np.ndarray:
    """(T, J, 3) for the joints of the file; hands of another layout stay as they rest."""
    joints = len(smpl.parents)
    if clip.pose.shape[1] == joints:
        return clip.pose
    result = np.zeros((len(clip.pose), joints, 3))
    result[:, :HANDLESS] = clip.pose[:, :HANDLESS]
    return result


def _distances(model: BodyModel, matches: Matches, angles: Angles) -> dict[str, float]:
    """RMS distance of joints and landmarks of the other body to ours, wherever these were found to sit."""
    pose = forward(model, angles.person, angles.coordinates)
    own = place(pose, site_points(model, matches.sites), model, angles.person)
    rms = 1e3 * np.sqrt(np.mean(np.sum((own - matches.positions) ** 2, axis=-1), axis=0))
    return _stated(matches, dict(zip(matches.names, rms.tolist(), strict=True)))


def _stated(matches: Matches, rms: dict[str, float]) -> dict[str, float]:
    """Rounded values of the joints and landmarks, without the ends of axes."""
    kept = zip(matches.names, matches.scored, strict=True)
    return {name: round(rms[name], 1) for name, scored in kept if scored}
