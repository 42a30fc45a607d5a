"""What a policy is given about one person in one video: evidence from the pictures and a nominal motion."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import CubicSpline, make_interp_spline

from borelli.body.kinematics import Points
from borelli.body.model import Person
from borelli.body.skeleton import Skeleton
from borelli.dynamics.floor_plane import FloorPlane

RATE = 30.0
"""Frames, and decisions of the policy, per second."""


@dataclass(frozen=True)
class Course:
    """A motion at RATE: radians, metres, newton metres."""

    coordinates: np.ndarray
    """(T, 49)."""
    rates: np.ndarray
    """(T, 49) time derivatives."""
    torques: np.ndarray
    """(T, 49) generalised forces of the joints, zero where they are not known."""

    def __len__(self) -> int:
        """T."""
        return len(self.coordinates)

    def after(self, first: int) -> "Course":
        """The same from a frame on."""
        return Course(self.coordinates[first:], self.rates[first:], self.torques[first:])


@dataclass(frozen=True)
class Evidence:
    """What the pictures say in T frames at RATE; world axes, K keypoints, F features."""

    points: Points
    """(K,) where the keypoints are on the body."""
    centres: np.ndarray
    """(T, 3) the camera; it may move."""
    rays: np.ndarray
    """(T, K, 3) unit vectors from the camera through the keypoints; zero where there is none."""
    confidence: np.ndarray
    """(T, K) in [0, 1], zero where there is no keypoint."""
    root: np.ndarray
    """(T, 3, 3) R_world_pelvis as it looks."""
    features: np.ndarray
    """(T, F) what a network saw; of the nominal motion by default (`nominal_features`)."""

    def __len__(self) -> int:
        """T."""
        return len(self.rays)

    def after(self, first: int) -> "Evidence":
        """The same from a frame on."""
        over_time = (self.centres, self.rays, self.confidence, self.root, self.features)
        return Evidence(self.points, *(array[first:] for array in over_time))


@dataclass(frozen=True)
class Clip:
    """One motion to perform by one person; nominal, evidence and reference have the same T frames."""

    name: str
    person: Person
    mass: float
    """Kilograms."""
    floor: FloorPlane
    evidence: Evidence
    nominal: Course
    """The estimate from the video, around which the policy acts."""
    reference: Course | None = None
    """The truth, in training and evaluation only: no part of the observation."""

    def __len__(self) -> int:
        """T."""
        return len(self.nominal)

    def after(self, first: int) -> "Clip":
        """The same from a frame on."""
        reference = None if self.reference is None else self.reference.after(first)
        evidence, nominal = self.evidence.after(first), self.nominal.after(first)
        return replace(self, evidence=evidence, nominal=nominal, reference=reference)


def frame_times(times: np.ndarray) -> np.ndarray:
    """(T,) seconds of the frames at RATE from the first of `times` until the last one is covered."""
    return times[0] + np.arange(int(np.ceil((times[-1] - times[0]) * RATE - 1e-3)) + 1) / RATE


def course(
    times: np.ndarray, coordinates: np.ndarray, at: np.ndarray, torques: np.ndarray | None = None
) -> Course:
    """Coordinates (T, 49) at `times` (T,), resampled at other times with their derivatives.

    Who is asked for later than the last of `times` gets the last.
    """
    curve, at = CubicSpline(times, coordinates), np.minimum(at, times[-1])
    pull = np.zeros((len(at), coordinates.shape[1]))
    if torques is not None:
        pull = np.asarray(make_interp_spline(times, torques, k=1)(at))
    return Course(curve(at), curve(at, 1), pull)


def nominal_features(table: Skeleton, motion: Course, contacts: np.ndarray) -> np.ndarray:
    """(T, 97) of a motion, without where it is or where it heads.

    43 joint angles and their rates (rad, rad/s), pelvis height (m) and velocity in its own heading frame
    (m/s), rates of its rotation, list and tilt (rad/s), and `contacts` (T, 4): heel and ball of the right,
    then of the left foot, as probabilities.
    """
    hinges = np.flatnonzero(table.hinge_segment > 0)
    turn = motion.coordinates[:, table.coordinate("pelvis_rotation")]
    c, s = np.cos(turn), np.sin(turn)
    x, y, z = motion.rates[:, -3:].T
    velocity = np.stack([c * x - s * z, y, s * x + c * z], axis=1)
    return np.concatenate(
        [
            motion.coordinates[:, hinges],
            motion.rates[:, hinges],
            motion.coordinates[:, -2:-1],
            velocity,
            motion.rates[:, table.hinges(0)],
            contacts,
        ],
        axis=1,
    )
