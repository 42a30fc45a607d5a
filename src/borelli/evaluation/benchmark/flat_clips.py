"""Motion capture on flat ground as coordinates of our skeleton over the floor: the truth of dynamics rows."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from borelli.body.kinematics import forward, place
from borelli.body.model import Person, body_model
from borelli.dynamics.contact_points import contact_points
from borelli.evaluation.mocap import read_clip, read_manifest
from borelli.evaluation.retarget import retarget

LONGEST_S = 6.0
_FLOOR_QUANTILE = 0.3
"""Of the lowest sole point of every frame: the height on which the feet of a recording stand."""


@dataclass(frozen=True, eq=False)
class FlatClip:
    """One recording, retargeted and left unfiltered; floor y = 0. Equal to itself only, hence a key."""

    name: str
    kind: str
    """walk, run, jump or other."""
    times: np.ndarray
    """(T,) seconds."""
    person: Person
    coordinates: np.ndarray
    """(T, 49)."""

    @property
    def seconds(self) -> float:
        """Length."""
        return float(self.times[-1] - self.times[0])


@cache
def flat_clips(folder: Path, most: int | None = None) -> tuple[FlatClip, ...]:
    """Val clips of the mocap pack that were recorded on flat ground, at most six seconds of each.

    `most` limits their number.

    Raises BorelliError when the pack is absent.
    """
    rows = [r for r in read_manifest(folder) if r["split"] == "val" and r["ground"] == "flat"]
    return tuple(_clip(folder / row["file"], row["action"]) for row in rows[:most])


def _clip(path: Path, action: str) -> FlatClip:
    model, clip = body_model(), read_clip(path)
    some = clip.times <= LONGEST_S
    clip = replace(clip, times=clip.times[some], joints=clip.joints[some], rotations=clip.rotations[some])
    found = retarget(model, clip)
    table = contact_points(model)
    points = place(forward(model, found.person, found.coordinates), table.points, model, found.person)
    coordinates = found.coordinates.copy()
    coordinates[:, -2] -= np.quantile(points[:, table.soles, 1].min(axis=1), _FLOOR_QUANTILE)
    kind = action if action in ("walk", "run", "jump") else "other"
    name = path.name.removesuffix(".gz").removesuffix(".bvh")
    return FlatClip(name, kind, found.times, found.person, coordinates)
