"""A person known from a track, whose evidence is made for the frames that are asked for.

Evidence takes five times the memory of the track that it is made from, and windows need it one after the
other: a clip of hours keeps the track and the first guess only.
"""

from dataclasses import dataclass, replace

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel
from borelli.body.trajectories import frame_runs
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import Evidence, make_evidence, track_confidence, with_guess
from borelli.fitting.subject import Subject
from borelli.geometry.camera import Camera
from borelli.lifting.guess import Guess
from borelli.lifting.lifter import Lifter, lift
from borelli.motion.observations import Track, trimmed
from borelli.perception.keypoint_sets import KeypointSet


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
    """The same person with what the network makes of the whole track, if it can make anything of it."""
    frames, points = len(subject.times), len(subject.names)
    image, confidence, covariance = (
        np.empty((frames, points, *shape), dtype=np.float32) for shape in ((2,), (), (2, 2))
    )
    for run in frame_runs(frames):
        seen = subject.cut(run).evidence
        image[run], confidence[run], covariance[run] = seen.image, seen.confidence, seen.covariance
    T = subject.camera.T_camera_world
    up = None if T is None else T[:3, 1]
    guess = lift(lifter, subject.names, subject.times, image, confidence, covariance, up)
    return replace(subject, guess=guess and guess.single())
