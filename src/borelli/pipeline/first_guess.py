"""The learned first guess of everybody in a clip: by the lifter, or by a network of the user's."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from borelli.body.model import BodyModel
from borelli.body.skeleton import LENGTH_GROUPS, skeleton
from borelli.errors import BorelliError
from borelli.fitting.evidence import Evidence, lifted, with_guess
from borelli.geometry.camera import Camera
from borelli.lifting.bones import BONES
from borelli.lifting.guess import Guess
from borelli.lifting.layout import CONTACTS, SHAPES
from borelli.lifting.lifter import shipped_lifter
from borelli.lifting.published.guess import CrudeGuess, network_guesses, open_network
from borelli.motion.observations import Track
from borelli.perception.keypoint_sets import keypoint_set
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
        return [lifted(model, each, seen.camera, shipped_lifter()) for each in evidence]
    if pictures is None or config.checkpoint is None:
        raise BorelliError(f"--lifter {config.lifter} needs the video and --checkpoint")
    found = network_guesses(
        pictures(),
        seen.times,
        seen.tracks,
        seen.camera,
        open_network(config.lifter, config.checkpoint),
        rate_hz=NETWORK_HZ,
        progress=lambda done, total: progress("motion", 0, 1),
    )
    return [
        with_guess(model, each, guess_of_network(crude, span(track)))
        for each, crude, track in zip(evidence, found, seen.tracks, strict=True)
    ]


def guess_of_network(crude: CrudeGuess, frames: slice) -> Guess:
    """A published network's answer as a guess: it says nothing about contacts, gravity, depth and lengths."""
    count = len(crude.times[frames])
    sd = np.where(crude.seen[frames][:, None], crude.sigma[None], np.inf)
    hinge_sd = sd[:, skeleton().hinge_segment]
    hinge_sd[:, :3] = np.inf
    unsure = np.full(count, np.inf)
    return Guess(
        coordinates=crude.coordinates[frames],
        coordinate_sd=hinge_sd,
        R_camera_pelvis=crude.R_camera_pelvis[frames],
        bone_sd=np.repeat(_of_bones(sd)[..., None], 2, axis=-1),
        pelvis_camera=np.zeros((count, 3)),
        log_depth_sd=unsure,
        velocity_camera=np.zeros((count, 3)),
        velocity_sd=unsure,
        contacts=np.full((count, CONTACTS), 0.5),
        up_camera=np.tile([0.0, -1.0, 0.0], (count, 1)),
        up_sd=unsure,
        log_lengths=np.zeros(len(LENGTH_GROUPS)),
        log_lengths_sd=np.full(len(LENGTH_GROUPS), np.inf),
        shape=np.zeros(SHAPES),
    )


def _of_bones(sd: np.ndarray) -> np.ndarray:
    """Deviations (T, B) of bones from those of the segments (T, J) that carry them."""
    keypoints, table = keypoint_set("blazepose33"), skeleton()
    carriers = []
    for start, _ in BONES:
        point = keypoints.body_points[keypoints.keypoints.index(start)]
        segment = point.removeprefix("joint:")
        carriers.append(table.segment(segment) if segment in table.segment_names else table.segment("pelvis"))
    return sd[:, carriers]
