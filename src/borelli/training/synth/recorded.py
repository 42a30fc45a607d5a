"""Recorded motion on another body: pieces of the training clips of a motion capture pack."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.mirror import mirror_coordinates
from borelli.body.model import BodyModel, Person, body_model
from borelli.errors import BorelliError
from borelli.evaluation.mocap import Clip, read_clip, read_manifest
from borelli.evaluation.retarget import Retargeted, retarget
from borelli.evaluation.virtual import performed_by
from borelli.training.synth.movement import SOLES

STANDING_SHARE = 0.2
"""Share of the frames whose lowest point decides where the floor is: some frames are flight."""


def recorded_motion(
    model: BodyModel, person: Person, folder: Path, times: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Coordinates (T, 49) of a random piece of a random training clip on a flat floor, by `person`.

    Raises BorelliError when the pack has no such clip that is long enough.
    """
    duration = float(times[-1] - times[0])
    rows = [
        row
        for row in read_manifest(folder)
        if row["split"] == "train" and row["ground"] == "flat" and float(row["seconds"]) > duration + 0.1
    ]
    if not rows:
        raise BorelliError(
            f"{folder} has no training clip on a flat floor of {duration:.1f} s; ask for fewer frames"
        )
    row = rows[rng.integers(len(rows))]
    begin = rng.uniform(0.0, float(row["seconds"]) - duration - 0.1)
    found = _retargeted(folder / row["file"], round(begin, 3), round(begin + duration + 0.05, 3))
    angles = np.unwrap(found.coordinates[:, :-3], axis=0)
    clock = found.times[0] + times - times[0]
    columns = np.concatenate([angles, found.coordinates[:, -3:]], axis=1).T
    q = np.stack([np.interp(clock, found.times, column) for column in columns], axis=1)
    if rng.random() < 0.5:
        q = mirror_coordinates(model.skeleton, q)
    q = performed_by(model, person, found.person, q)
    soles = place(forward(model, person, q), landmark_points(model, SOLES), model, person)
    q[:, -2] -= np.quantile(soles[..., 1].min(axis=1), STANDING_SHARE)
    return q


@cache
def _retargeted(path: Path, begin: float, end: float) -> Retargeted:
    return retarget(body_model(), _cut(read_clip(path), begin, end))


def _cut(clip: Clip, begin: float, end: float) -> Clip:
    """The frames from `begin` to `end` seconds, with one more on either side when there is one."""
    first = max(0, int(np.searchsorted(clip.times, begin)) - 1)
    part = slice(first, int(np.searchsorted(clip.times, end)) + 1)
    return replace(clip, times=clip.times[part], joints=clip.joints[part], rotations=clip.rotations[part])
