"""A person known from a video as a source of the whole-clip solver, and whether physics can apply to them."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.body.kinematics import Points
from borelli.dynamics.actor import Actor
from borelli.dynamics.plan import Surroundings
from borelli.errors import BorelliError
from borelli.fitting.fit import Fit
from borelli.fitting.state import State, border_names
from borelli.fitting.subject import Estimate
from borelli.fitting.terms import Term

FEWEST_FRAMES = 8
FOOT_KEYPOINTS = ("ankle", "heel", "foot_index", "big_toe", "small_toe")
SEEN = 0.5
"""Confidence from which a keypoint counts as seen, and the share of frames in which feet must be."""


@dataclass(frozen=True)
class Seen:
    """A person known from keypoints and a first guess: a source of the whole-clip solver."""

    fit: Fit
    moving: tuple[str, ...] = ()
    """Unknowns of the camera that may change, where they are not known (`CAMERA_UNKNOWNS`)."""

    @property
    def times(self) -> np.ndarray:
        """(T,) seconds."""
        return self.fit.subject.times

    @property
    def points(self) -> Points:
        """Keypoints and contact landmarks."""
        return self.fit.points

    @property
    def free(self) -> np.ndarray:
        """(G,) unknowns of the camera that may change."""
        return self.fit.free() & np.isin(border_names(self.fit.model.shape_size), self.moving)

    def terms(self, state: State) -> tuple[Term, ...]:
        """Image, 3D cues and priors."""
        whole = replace(self.fit, subject=self.fit.subject.cut(slice(None)))
        return whole.terms(state)

    def cut(self, frames: slice) -> "Seen":
        """The same over some frames."""
        return replace(self, fit=replace(self.fit, subject=self.fit.subject.cut(frames)))


def unfit(fit: Fit, actor: Actor, around: Surroundings, estimate: Estimate) -> str:
    """Why physics cannot be applied to a person; empty when it can."""
    subject, frames = fit.subject, len(fit.subject.times)
    if frames < FEWEST_FRAMES:
        return f"{frames} frames are too few for accelerations; {FEWEST_FRAMES} are needed"
    if not np.isfinite(estimate.state.coordinates).all():
        return "frames without a posture: physics needs every frame between the first and the last"
    feet = [
        i
        for i, name in enumerate(subject.names)
        if name.removeprefix("left_").removeprefix("right_") in FOOT_KEYPOINTS
    ]
    if not feet or (subject.confidence(slice(None))[:, feet].max(axis=1) > SEEN).mean() < SEEN:
        return "the feet are not visible in half of the frames: what carries the body is not known"
    try:
        around.plan(actor, subject.times, estimate.state.coordinates)
    except BorelliError as error:
        return str(error)
    return ""
