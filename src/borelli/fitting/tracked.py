"""A person known from a track, whose evidence is made for the frames that are asked for.

Evidence takes five times the memory of the track that it is made from, and windows need it one after the
other: a clip of hours keeps the track and the first guess only.
"""

from dataclasses import dataclass, replace

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import Evidence, make_evidence, track_confidence, with_guess
from borelli.fitting.subject import Subject
from borelli.geometry.camera import Camera
from borelli.lifting.guess import Guess, chained
from borelli.lifting.lifter import Lifter, lift
from borelli.motion.observations import Track, trimmed
from borelli.perception.keypoint_sets import KeypointSet
from borelli.stretches import stretches

LIFTED, BESIDE = 9000, 240
"""Frames of a track that are lifted at once, and how many more on both sides the network looks at."""


@dataclass(frozen=True)
class TrackedSubject:
    """One person over T frames; see `Filmed`."""

    model: BodyModel
    track: Track
    """Over these frames."""
    times: np.ndarray
    """(T,) seconds, strictly increasing."""
    keypoints: KeypointSet
    camera: Camera
    config: EstimatorConfig
    stature: float | None
    guess: Guess | None = None

    @property
    def evidence(self) -> Evidence:
        """About all frames."""
        return self.cut(slice(None)).evidence

    @property
    def names(self) -> tuple[str, ...]:
        """(M,) of the keypoints that have a body point."""
        used, _ = self.keypoints.on_body(self.model)
        return tuple(self.keypoints.keypoints[i] for i in used)

    @property
    def points(self) -> Points:
        """The M body points of the keypoints."""
        return self.keypoints.on_body(self.model)[1]

    def confidence(self, frames: slice) -> np.ndarray:
        """(t, M) in [0, 1] in some frames."""
        return track_confidence(trimmed(self.track, frames), self.keypoints.on_body(self.model)[0])

    def cut(self, frames: slice) -> Subject:
        """The person in some frames only, with the evidence about them."""
        part, times = trimmed(self.track, frames), self.times[frames]
        evidence = make_evidence(self.model, part, times, self.keypoints, self.camera, self.config)
        if self.guess is not None:
            evidence = with_guess(self.model, evidence, self.guess.cut(frames))
        return Subject(evidence, self.stature)


def with_first_guess(subject: TrackedSubject, lifter: Lifter) -> TrackedSubject:
    """The same person with what the network makes of the whole track, if it can make anything of it.

    A long track is looked at in stretches, each with some frames of its neighbours.
    """
    frames, found = len(subject.times), []
    T = subject.camera.T_camera_world
    up = None if T is None else T[:3, 1]
    for run in stretches(frames, LIFTED):
        wide = slice(max(run.start - BESIDE, 0), min(run.stop + BESIDE, frames))
        seen = subject.cut(wide).evidence
        guess = lift(lifter, seen.names, seen.times, seen.image, seen.confidence, seen.covariance, up)
        own = slice(run.start - wide.start, run.stop - wide.start)
        found.append((run.stop - run.start, guess and guess.cut(own).single()))
    return replace(subject, guess=chained(found))
