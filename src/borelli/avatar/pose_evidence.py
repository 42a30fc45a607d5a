"""What holds the poses of key frames besides pictures: keypoint rays, limits, stances, the motion so far."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.avatar.refine_config import RefineConfig
from borelli.body.kinematics import Points, forward, place
from borelli.body.model import BodyModel, Person
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, CameraState
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import Evidence
from borelli.fitting.evidence_terms import image_terms
from borelli.fitting.solver import Problem, evaluate
from borelli.fitting.state import State, border_names
from borelli.fitting.terms import Term
from borelli.fitting.terms.coordinates import Limits, Rest
from borelli.fitting.terms.positions import Positions
from borelli.geometry.camera import Camera

STANDING = 0.5


@dataclass(frozen=True, eq=False)
class Subject:
    """One person's motion so far, with what is known about it. T frames, P contact points."""

    model: BodyModel
    person: Person
    coordinates: np.ndarray
    """(T, 49)."""
    camera: Camera
    """With its pose."""
    evidence: Evidence
    """Keypoints of the same frames, in the same camera."""
    contacts: np.ndarray
    """(T, P) probability of standing."""
    contact_points: Points
    """The P body points."""

    @property
    def times(self) -> np.ndarray:
        """(T,) seconds."""
        return self.evidence.times

    @property
    def points(self) -> Points:
        """Keypoints first, then contact points."""
        return self.evidence.points.and_then(self.contact_points)

    @property
    def feet(self) -> np.ndarray:
        """(P,) indices of the contact points."""
        return len(self.evidence.names) + np.arange(len(self.contact_points.segments))

    def camera_state(self) -> CameraState:
        """The camera, nothing of it unknown any more."""
        assert self.camera.T_camera_world is not None
        return CameraState(self.camera.T_camera_world, np.zeros(len(CAMERA_UNKNOWNS)))

    def state(self, coordinates: np.ndarray, person: Person) -> State:
        """A state of the solver."""
        return State(coordinates, person, self.camera_state())

    def foot_places(self, coordinates: np.ndarray, person: Person) -> np.ndarray:
        """(T, P, 3) metres, world."""
        return place(forward(self.model, person, coordinates), self.contact_points, self.model, person)

    def rays(self, places: np.ndarray) -> np.ndarray:
        """(K, 3) directions of unit length from the camera to places (K, 3), all in the world."""
        T = self.camera.T_camera_world
        assert T is not None
        away = places + T[:3, :3].T @ T[:3, 3]
        return away / np.linalg.norm(away, axis=1, keepdims=True)

    def stances(self) -> np.ndarray:
        """(T, P) number of the stance that a point is in, counted over all points; -1 where it is in none."""
        standing = self.contacts > STANDING
        begins = standing & ~np.vstack([np.zeros_like(standing[:1]), standing[:-1]])
        numbers = np.cumsum(begins, axis=0) + np.r_[0, np.cumsum(begins.sum(axis=0))[:-1]] - 1
        return np.where(standing, numbers, -1)


def held_feet(subject: Subject, frames: np.ndarray, now: np.ndarray, sd: float) -> Positions:
    """Feet keep to their stance: as a whole it may move over the ground, never up, down or apart.

    Args:
        subject: the motion so far.
        frames: (K,) of it.
        now: (K, P, 3) places of the contact points at present.
        sd: metres.
    """
    before = subject.foot_places(subject.coordinates[frames], subject.person)
    numbers = subject.stances()[frames]
    shift = now - before
    count = int(numbers.max(initial=-1)) + 1
    standing = numbers >= 0
    totals = np.zeros((max(count, 1), 3))
    np.add.at(totals, numbers[standing], shift[standing])
    size = np.bincount(numbers[standing], minlength=max(count, 1))
    mean = totals / np.maximum(size, 1)[:, None]
    mean[:, 1] = 0.0
    targets = np.where(standing[..., None], before + mean[numbers], now)
    return Positions(subject.feet, targets, standing / sd)


@dataclass(frozen=True, eq=False)
class PoseEvidence:
    """The cost of K poses and one body, in squared standard deviations."""

    subject: Subject
    frames: np.ndarray
    """(K,)."""
    config: RefineConfig
    assumed: EstimatorConfig

    def gradient(self, coordinates: np.ndarray, person: Person) -> tuple[float, np.ndarray, np.ndarray]:
        """Half the cost, and its derivatives by coordinates (K, 49) and body (11 + S,)."""
        subject = self.subject
        before = subject.coordinates[self.frames]
        names = border_names(subject.model.shape_size)
        body = len(names) - len(CAMERA_UNKNOWNS)
        free = np.arange(len(names)) < body
        problem = Problem(subject.model, subject.points, self._terms(coordinates, person), free)
        normal = evaluate(problem, subject.state(coordinates, person))
        value, pull = self._change(coordinates - before)
        return normal.cost / 2 + value, normal.b + pull, normal.d

    def _terms(self, coordinates: np.ndarray, person: Person) -> tuple[Term, ...]:
        subject, config = self.subject, self.config
        seen = _at(subject.evidence, self.frames)
        state = subject.state(coordinates, person)
        table = subject.model.skeleton
        spread = np.r_[np.full(len(table.axes), config.pose_sd), np.full(3, config.root_sd)]
        return (
            image_terms(subject.model, seen, state, self.assumed)[0],
            Limits(table.lower, table.upper),
            Rest(subject.coordinates[self.frames], 1 / spread),
            held_feet(subject, self.frames, subject.foot_places(coordinates, person), config.stance_sd),
        )

    def _change(self, correction: np.ndarray) -> tuple[float, np.ndarray]:
        """Half the cost of a correction (K, 49) that changes over time, and its derivative."""
        seconds = np.diff(self.subject.times[self.frames])[:, None]
        residual = np.diff(correction, axis=0) / (self.config.change_sd * np.sqrt(seconds))
        slope = residual / (self.config.change_sd * np.sqrt(seconds))
        pull = np.zeros_like(correction)
        pull[1:] += slope
        pull[:-1] -= slope
        return 0.5 * float(np.sum(residual**2)), pull


def _at(evidence: Evidence, frames: np.ndarray) -> Evidence:
    """Evidence of some frames, without the guess of a network, which the motion so far has heeded."""
    over_time = ("times", "image", "confidence", "covariance", "directions", "direction_sd")
    cut = {name: getattr(evidence, name)[frames] for name in over_time}
    hints = None if evidence.hints is None else evidence.hints[frames]
    return replace(evidence, **cut, hints=hints, learned=None)
