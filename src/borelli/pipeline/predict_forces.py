"""Ground forces from motion alone: markers or a finished motion in, OpenSim's files and a certificate out."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from borelli.body.model import body_model
from borelli.body.osim import to_osim
from borelli.body.skeleton import skeleton
from borelli.dynamics.certificate import Certified, certify
from borelli.dynamics.certificate_csv import write_certificate_csv
from borelli.dynamics.certificate_json import certificate_json
from borelli.dynamics.measured import LOWPASS_HZ, Predicted, predicted_forces
from borelli.dynamics.performance import Performance
from borelli.errors import BorelliError
from borelli.export.mot import write_mot
from borelli.geometry.filters import lowpass
from borelli.motion.motion import Motion
from borelli.pipeline.cache import whole_file
from borelli.pipeline.config import HEAVIEST_KG, LIGHTEST_KG
from borelli.pipeline.files import person_of, write_force_files

LONGEST_GAP_S = 0.2
"""Frames without evidence that are bridged; forces need accelerations."""


@dataclass(frozen=True)
class Forces:
    """What was predicted, and how far it may be trusted."""

    predicted: Predicted
    certified: Certified
    left_out: int
    """Frames at both ends without evidence."""


def predict_forces(motion: Motion, mass: float | None = None, lowpass_hz: float = LOWPASS_HZ) -> Forces:
    """Contact forces and joint torques of a measured motion.

    Args:
        motion: made from markers or another precise recording, in a world with Y up and a level floor.
        mass: kilograms; the motion's own by default, which is that of a body of this shape and stature.
        lowpass_hz: filter of the coordinates.

    Raises:
        BorelliError: a mass that is no person's, gaps in the motion, or no contact with a floor.
    """
    if mass is not None and not LIGHTEST_KG <= mass <= HEAVIEST_KG:
        raise BorelliError(
            f"body mass {mass:g} kg is not a person's; give kilograms from {LIGHTEST_KG:g} to {HEAVIEST_KG:g}"
        )
    times, coordinates = _evident(motion)
    smooth = lowpass(coordinates, times, lowpass_hz)
    model = body_model()
    predicted = predicted_forces(model, person_of(motion), times, smooth, mass or motion.mass)
    certified = certify(model, predicted.after, predicted.before)
    return Forces(predicted, certified, len(motion.time) - len(times))


def write_predicted(folder: Path, forces: Forces) -> list[Path]:
    """Write forces, loads, torques, motion, model and certificate; each file whole or not at all."""
    opened = write_opensim_files(folder, forces.predicted.in_laboratory())
    with whole_file(folder / "certificate.csv") as path:
        write_certificate_csv(path, forces.certified)
    with whole_file(folder / "certificate.json") as path:
        path.write_text(json.dumps(certificate_json(forces.certified.certificate), indent=2) + "\n", "utf-8")
    return [*opened, folder / "certificate.csv", folder / "certificate.json"]


def write_opensim_files(folder: Path, performance: Performance) -> list[Path]:
    """Write what OpenSim's inverse dynamics needs and what it should find."""
    forces = write_force_files(folder, performance)
    with whole_file(folder / "motion.mot") as path:
        write_mot(path, performance.times, skeleton().coordinate_names, performance.coordinates)
    with whole_file(folder / "model.osim") as path:
        osim = to_osim(body_model(), performance.person, folder.name, performance.mass)
        path.write_text(osim, "utf-8")
    return [*forces, folder / "motion.mot", folder / "model.osim"]


def _evident(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Times (T,) and coordinates (T, 49) from the first to the last frame with evidence, short gaps bridged.

    Rotations have no jumps of a turn. Raises BorelliError for longer gaps.
    """
    good = np.flatnonzero(motion.valid & np.isfinite(motion.coordinates).all(axis=1))
    if not len(good):
        raise BorelliError("no frame of this motion has evidence; nothing can be said about its forces")
    times, known = motion.time[good[0] : good[-1] + 1], motion.coordinates[good]
    known[:, :-3] = np.unwrap(known[:, :-3], axis=0)
    if len(good) == len(times):
        return times, known
    gaps = np.diff(motion.time[good]) - np.median(np.diff(times))
    if gaps.max() > LONGEST_GAP_S:
        at = motion.time[good][int(gaps.argmax())]
        raise BorelliError(
            f"nothing is seen for {gaps.max():.2f} s after {at:.2f} s; forces need a motion without gaps of "
            f"more than {LONGEST_GAP_S:g} s: choose a stretch with --start and --end"
        )
    return times, CubicSpline(motion.time[good], known)(times)
