"""The learned first guess of everybody in a clip: by the lifter, or by a network of the user's."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from borelli.body.model import BodyModel
from borelli.body.skel import load_skel
from borelli.errors import BorelliError
from borelli.fitting.evidence import Evidence, lifted, with_guess
from borelli.geometry.camera import Camera
from borelli.lifting.lifter import Lifter, load_lifter, shipped_lifter
from borelli.lifting.published.guess import CrudeGuess, network_guesses, open_network
from borelli.lifting.published.join import with_posture
from borelli.motion.observations import Track
from borelli.pipeline.assemble import span
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import Progress
from borelli.video import Frame

NETWORK_HZ = 5.0
"""Crops per person and second: a vision transformer takes seconds per crop on a CPU."""
Pictures = Callable[[], Iterable[Frame]]
"""Opens the frames of the clip."""


@dataclass(frozen=True)
class Seen:
    """A clip as perception saw it."""

    times: np.ndarray
    """(N,) seconds."""
    tracks: tuple[Track, ...]
    camera: Camera


def with_first_guesses(
    model: BodyModel,
    evidence: Sequence[Evidence],
    seen: Seen,
    config: RunConfig,
    pictures: Pictures | None,
    progress: Progress,
) -> list[Evidence]:
    """The evidence about every track, with the first guess that the user chose.

    Raises BorelliError when a network needs pictures and there are none, or cannot be loaded.
    """
    if config.lifter == "none":
        return list(evidence)
    if config.lifter == "own":
        return [lifted(model, each, seen.camera, own_lifter(config)) for each in evidence]
    if pictures is None or config.checkpoint is None:
        raise BorelliError(f"--lifter {config.lifter} needs the video and --checkpoint")
    found = network_guesses(
        pictures(),
        seen.times,
        seen.tracks,
        seen.camera,
        open_network(config.lifter, config.checkpoint),
        skel=None if config.skel_model is None else load_skel(config.skel_model),
        rate_hz=NETWORK_HZ,
        progress=lambda done, total: progress("motion", done, total),
    )
    result = []
    for each, crude, track in zip(evidence, found, seen.tracks, strict=True):
        own = lifted(model, each, seen.camera, shipped_lifter())
        # where the lifter sees nothing there is no box either
        if own.learned is not None:
            own = with_guess(model, each, with_posture(own.learned.guess, cut_crude(crude, span(track))))
        result.append(own)
    return result


def own_lifter(config: RunConfig) -> Lifter:
    """The lifter of a run: the one of the package, or the user's."""
    return shipped_lifter() if config.checkpoint is None else load_lifter(config.checkpoint)


def cut_crude(crude: CrudeGuess, frames: slice) -> CrudeGuess:
    """Some frames of a network's answer."""
    return CrudeGuess(
        crude.times[frames],
        crude.coordinates[frames],
        crude.R_camera_pelvis[frames],
        crude.seen[frames],
        crude.sigma,
    )
