"""One person to be estimated, what is known beforehand, and what came out."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import Person
from borelli.fitting.camera_state import CameraState
from borelli.fitting.evidence import Evidence, cut
from borelli.fitting.state import State
from borelli.fitting.terms.coordinates import Rest

CONTACT_LANDMARKS = ("sole_heel_r", "sole_ball_r", "sole_heel_l", "sole_ball_l")


class Filmed(Protocol):
    """One person to be estimated, whose evidence may not be there before it is asked for."""

    @property
    def evidence(self) -> Evidence:
        """About all T frames."""
        ...

    @property
    def stature(self) -> float | None:
        """Metres, when stated."""
        ...

    @property
    def times(self) -> np.ndarray:
        """(T,) seconds."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """(M,) of the keypoints."""
        ...

    @property
    def points(self) -> Points:
        """The M body points of the keypoints."""
        ...

    def confidence(self, frames: slice) -> np.ndarray:
        """(t, M) in [0, 1] in some frames."""
        ...

    def cut(self, frames: slice) -> "Subject":
        """The person in some frames only, with the evidence about them."""
        ...


@dataclass(frozen=True)
class Subject:
    """One person to be estimated."""

    evidence: Evidence
    stature: float | None
    """Metres, when stated."""

    @property
    def times(self) -> np.ndarray:
        """(T,) seconds."""
        return self.evidence.times

    @property
    def names(self) -> tuple[str, ...]:
        """(M,) of the keypoints."""
        return self.evidence.names

    @property
    def points(self) -> Points:
        """The M body points of the keypoints."""
        return self.evidence.points

    def confidence(self, frames: slice) -> np.ndarray:
        """(t, M) in [0, 1] in some frames."""
        return self.evidence.confidence[frames]

    def cut(self, frames: slice) -> "Subject":
        """The same person in some frames only."""
        return replace(self, evidence=cut(self.evidence, frames))


@dataclass(frozen=True)
class Estimate:
    """One person's motion and how far it may be trusted."""

    state: State
    contacts: np.ndarray
    """(T, 4) probability for CONTACT_LANDMARKS."""
    joint_sigma: np.ndarray
    """(T, J) metres."""
    reprojection: float
    """Root mean square distance to the keypoints, metres on the body."""
    contacts_accepted: bool
    """False when feet that stand would have cost too much of the image."""
    stature_sd: float
    """Metres: uncertainty of the stature; that of the prior when nothing in the image tells the size."""


@dataclass(frozen=True)
class Known:
    """What other windows of the same clip have already settled."""

    person: Person | None = None
    camera: CameraState | None = None
    before: Rest | None = None
    """Holds the frames that the window before has already solved."""
