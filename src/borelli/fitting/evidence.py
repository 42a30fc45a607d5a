"""From a track in pixels to calibrated evidence: image coordinates, their covariance, bone directions."""

from dataclasses import dataclass, fields, replace

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.learned import Learned, learn, person_rays
from borelli.geometry.camera import Camera
from borelli.lifting.bones import BONES
from borelli.lifting.guess import Guess
from borelli.lifting.lifter import Lifter, lift
from borelli.motion.observations import Track
from borelli.perception.keypoint_sets import KeypointSet

FEET = 3.0
"""Factor on the uncertainty of the hints' feet, which are the worst."""


@dataclass(frozen=True)
class Evidence:
    """One person's evidence over T frames. M keypoints with a body point, B bones."""

    times: np.ndarray
    """(T,) seconds."""
    names: tuple[str, ...]
    """(M,) keypoint names."""
    points: Points
    """The M body points of the keypoints."""
    image: np.ndarray
    """(T, M, 2) undistorted image coordinates at depth 1; 0 where not seen."""
    confidence: np.ndarray
    """(T, M) in [0, 1]; 0 where not seen."""
    covariance: np.ndarray
    """(T, M, 2, 2) of the detector, image coordinates squared."""
    spread: np.ndarray
    """(M,) factor on the misfit between skeleton and keypoints."""
    bones: np.ndarray
    """(B, 2) indices of keypoints."""
    directions: np.ndarray
    """(T, B, 3) unit vectors in camera axes; 0 where unknown."""
    direction_sd: np.ndarray
    """(T, B) radians; inf where unknown."""
    hints: np.ndarray | None
    """(T, M, 3) metres, camera axes turned to the ray of the person; NaN where unknown."""
    learned: Learned | None = None
    """A network's first guess."""

    @property
    def frames(self) -> int:
        """T."""
        return len(self.times)

    def index(self, name: str) -> int | None:
        """Place of a keypoint by name, None when this set lacks it."""
        return self.names.index(name) if name in self.names else None

    def indices(self, *names: str) -> list[int] | None:
        """Places of several keypoints, None when this set lacks one of them."""
        return [self.names.index(n) for n in names] if set(names) <= set(self.names) else None


def make_evidence(
    model: BodyModel,
    track: Track,
    times: np.ndarray,
    keypoints: KeypointSet,
    camera: Camera,
    config: EstimatorConfig,
) -> Evidence:
    """Evidence of one track seen by one camera."""
    used, points = keypoints.on_body(model)
    pixels, confidence = track.keypoints[:, used, :2], track_confidence(track, used)
    seen = confidence > 0
    image = np.where(
        seen[..., None], camera.normalise(np.where(seen[..., None], pixels, camera.K[:2, 2])), 0.0
    )
    per_pixel = np.linalg.inv(camera.K[:2, :2])
    covariance = np.where(seen[..., None, None], track.covariance[:, used], 0.0) * config.heatmap_variance
    names = tuple(keypoints.keypoints[i] for i in used)
    hints = None if track.hints is None else turn_to_rays(track.hints[:, used], image, confidence)
    bones, factors = _bones(names)
    directions, sd = _directions(hints, bones, factors * config.hint_sd, confidence, track.swapped)
    return Evidence(
        strictly_increasing(times), names, points, image, confidence, per_pixel @ covariance @ per_pixel.T,
        keypoints.spread[used], bones, directions, sd, hints,
    )  # fmt: skip


def track_confidence(track: Track, used: np.ndarray) -> np.ndarray:
    """(T, M) confidence in the keypoints at the indices `used` (M,); 0 where they have no place."""
    placed = np.isfinite(track.keypoints[:, used, :2]).all(axis=-1)
    return np.where(placed, track.keypoints[:, used, 2], 0.0)


def lifted(model: BodyModel, evidence: Evidence, camera: Camera, lifter: Lifter) -> Evidence:
    """The same evidence with the first guess of a network, if it can make one."""
    up = None if camera.T_camera_world is None else camera.T_camera_world[:3, 1]
    e = evidence
    guess = lift(lifter, e.names, e.times, e.image, e.confidence, e.covariance, up)
    return evidence if guess is None else with_guess(model, evidence, guess)


def with_guess(model: BodyModel, evidence: Evidence, guess: Guess) -> Evidence:
    """The same evidence with a first guess from anywhere."""
    e = evidence
    learned = learn(model, guess, e.names, e.points, e.bones, e.image, e.confidence)
    return replace(evidence, learned=learned)


def cut(evidence: Evidence, frames: slice) -> Evidence:
    """Evidence of some frames only."""
    over_time = {
        field.name: value[frames]
        for field in fields(Evidence)
        if isinstance(value := getattr(evidence, field.name), np.ndarray)
        and field.name not in ("spread", "bones")
    }
    learned = evidence.learned and evidence.learned.cut(frames)
    return replace(evidence, **over_time, learned=learned)


def strictly_increasing(times: np.ndarray) -> np.ndarray:
    """The same times (T,), with repeated or reversed timestamps moved 1 ms behind the one before."""
    ramp = 1e-3 * np.arange(len(times))
    return np.maximum.accumulate(times - ramp) + ramp


def turn_to_rays(hints: np.ndarray, image: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Hints (T, M, 3) of a crop seen head-on, turned so that its axis is the ray of the person.

    A crop network sees everyone as if on the optical axis; 20 degrees off axis its depth direction is
    20 degrees wrong.
    """
    ray = person_rays(image, confidence)
    axis = np.cross([0.0, 0.0, 1.0], ray)
    K = np.zeros((len(ray), 3, 3))
    K[:, 0, 2], K[:, 2, 0], K[:, 1, 2], K[:, 2, 1] = axis[:, 1], -axis[:, 1], -axis[:, 0], axis[:, 0]
    R_camera_crop = np.eye(3) + K + K @ K / (1 + ray[:, 2])[:, None, None]
    return np.einsum("tij,tmj->tmi", R_camera_crop, hints)


def _bones(names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of keypoints (B, 2) that exist in this set, and the factor on their uncertainty (B,)."""
    found = [(a, b) for a, b in BONES if a in names and b in names]
    factors = [FEET if "heel" in a else 1.0 for a, _ in found]
    pairs = [(names.index(a), names.index(b)) for a, b in found]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), np.array(factors)


def _directions(
    hints: np.ndarray | None, bones: np.ndarray, sd: np.ndarray, confidence: np.ndarray, swapped: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    frames = len(confidence)
    if hints is None:
        return np.zeros((frames, len(bones), 3)), np.full((frames, len(bones)), np.inf)
    vectors = hints[:, bones[:, 1]] - hints[:, bones[:, 0]]
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    known = np.isfinite(length[..., 0]) & (length[..., 0] > 1e-3)
    trust = np.sqrt(np.minimum(confidence[:, bones[:, 0]], confidence[:, bones[:, 1]]))
    # a frame whose sides were exchanged keeps a quarter of its weight: the hints were made for the other side
    trust = np.where(swapped[:, None], trust / 2, trust)
    known &= trust > 0
    directions = np.where(known[..., None], vectors / np.where(known[..., None], length, 1.0), 0.0)
    return directions, np.where(known, sd / np.where(known, trust, 1.0), np.inf)
