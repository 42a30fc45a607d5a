"""Recordings as coordinates of our skeleton: retargeted once, kept in a cache, drawn from in training."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import BodyModel, Person
from borelli.errors import BorelliError
from borelli.evaluation.mocap import read_clip, read_manifest
from borelli.evaluation.retarget import retarget
from borelli.fitting.estimator import CONTACT_LANDMARKS

RATE = 30.0
"""Frames per second kept of a recording."""
STANDING_SPEED, STANDING_HEIGHT = 0.35, 0.06
"""m/s and metres over the floor below which a sole point counts as standing."""


@dataclass(frozen=True)
class Recording:
    """One clip."""

    name: str
    step: float
    """Seconds between frames."""
    coordinates: np.ndarray
    """(T, 49) float32."""
    contacts: np.ndarray
    """(T, 4) bool for CONTACT_LANDMARKS."""
    retarget_mm: float
    """Mean error of the joints that both skeletons define alike."""


def read_corpus(
    model: BodyModel, folder: Path, split: str, cache: Path, progress: Callable[[int, int], None]
) -> list[Recording]:
    """All recordings of a split of the mocap pack, retargeted once and kept in `cache`.

    Raises BorelliError when there are none.
    """
    rows = [row for row in read_manifest(folder) if row["split"] == split]
    if not rows:
        raise BorelliError(f"{folder}/manifest.csv has no recordings of the split '{split}'")
    cache.mkdir(parents=True, exist_ok=True)
    found = []
    for done, row in enumerate(rows):
        found.append(_recording(model, folder / row["file"], row["ground"] == "flat", cache))
        progress(done + 1, len(rows))
    return found


def _recording(model: BodyModel, path: Path, flat: bool, cache: Path) -> Recording:
    digest = hashlib.sha256(path.read_bytes() + model.version.encode()).hexdigest()[:16]
    kept = cache / f"{digest}.npz"
    if not kept.is_file():
        clip = read_clip(path)
        stride = max(1, round(1 / RATE / float(np.median(np.diff(clip.times)))))
        some = slice(None, None, stride)
        clip = replace(clip, times=clip.times[some], joints=clip.joints[some], rotations=clip.rotations[some])
        result = retarget(model, clip)
        standing = stance(model, result.person, result.coordinates, result.times, flat)
        whole = kept.with_suffix(".part.npz")
        np.savez_compressed(
            whole,
            step=np.median(np.diff(clip.times)),
            coordinates=result.coordinates.astype(np.float32),
            contacts=standing,
            retarget_mm=1e3 * result.error.mean(),
        )
        whole.replace(kept)
    with np.load(kept, allow_pickle=False) as data:
        return Recording(
            path.name.removesuffix(".gz").removesuffix(".bvh"),
            float(data["step"]),
            data["coordinates"],
            data["contacts"],
            float(data["retarget_mm"]),
        )


def stance(
    model: BodyModel, person: Person, coordinates: np.ndarray, times: np.ndarray, flat: bool
) -> np.ndarray:
    """(T, 4) bool: which sole points stand: slow, and on flat ground also low.

    The floor is where the lowest sole point is in a tenth of the frames.
    """
    soles = place(
        forward(model, person, coordinates), landmark_points(model, CONTACT_LANDMARKS), model, person
    )
    speed = np.linalg.norm(np.gradient(soles, times, axis=0), axis=-1)
    slow = speed < STANDING_SPEED
    if not flat:
        return slow
    floor = np.quantile(soles[..., 1].min(axis=1), 0.1)
    return slow & (soles[..., 1] - floor < STANDING_HEIGHT)
