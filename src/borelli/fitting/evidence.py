"""From a track in pixels to calibrated evidence: image coordinates, their covariance, bone directions."""

from dataclasses import dataclass, fields, replace

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel
from borelli.fitting.config import EstimatorConfig
from borelli.geometry.camera import Camera
from borelli.motion.observations import Track
from borelli.perception.keypoint_sets import KeypointSet

# Bones whose directions 3D cues speak about, with the factor on their uncertainty: feet are the worst.
BONES = (
    ("{s}_shoulder", "{s}_elbow", 1.0),
    ("{s}_elbow", "{s}_wrist", 1.0),
    ("{s}_hip", "{s}_knee", 1.0),
    ("{s}_knee", "{s}_ankle", 1.0),
    ("{s}_hip", "{s}_shoulder", 1.0),
    ("{s}_heel", "{s}_foot_index", 3.0),
    ("{s}_shoulder", "{s}_ear", 1.0),
    ("{s}_shoulder", "nose", 1.0),
    ("left_hip", "right_hip", 1.0),
    ("left_shoulder", "right_shoulder", 1.0),
)


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
    pixels = track.keypoints[:, used, :2]
    confidence = np.where(np.isfinite(pixels).all(axis=-1), track.keypoints[:, used, 2], 0.0)
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


def cut(evidence: Evidence, frames: slice) -> Evidence:
    """Evidence of some frames only."""
    over_time = {
        field.name: value[frames]
        for field in fields(Evidence)
        if isinstance(value := getattr(evidence, field.name), np.ndarray)
        and field.name not in ("spread", "bones")
    }
    return replace(evidence, **over_time)


def strictly_increasing(times: np.ndarray) -> np.ndarray:
    """The same times (T,), with repeated or reversed timestamps moved 1 ms behind the one before."""
    ramp = 1e-3 * np.arange(len(times))
    return np.maximum.accumulate(times - ramp) + ramp


def turn_to_rays(hints: np.ndarray, image: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Hints (T, M, 3) of a crop seen head-on, turned so that its axis is the ray of the person.

    A crop network sees everyone as if on the optical axis; 20 degrees off axis its depth direction is
    20 degrees wrong.
    """
    weight = np.maximum(confidence, 1e-9)[..., None]
    centre = (image * weight).sum(axis=1) / weight.sum(axis=1)
    ray = np.concatenate([centre, np.ones((len(centre), 1))], axis=-1)
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    axis = np.cross([0.0, 0.0, 1.0], ray)
    K = np.zeros((len(ray), 3, 3))
    K[:, 0, 2], K[:, 2, 0], K[:, 1, 2], K[:, 2, 1] = axis[:, 1], -axis[:, 1], -axis[:, 0], axis[:, 0]
    R_camera_crop = np.eye(3) + K + K @ K / (1 + ray[:, 2])[:, None, None]
    return np.einsum("tij,tmj->tmi", R_camera_crop, hints)


def _bones(names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of keypoints (B, 2) that exist in this set, and the factor on their uncertainty (B,)."""
    found: dict[tuple[int, int], float] = {}
    for start, end, factor in BONES:
        for side in ("left", "right"):
            pair = start.format(s=side), end.format(s=side)
            if pair[0] in names and pair[1] in names:
                found[names.index(pair[0]), names.index(pair[1])] = factor
    return np.array(list(found), dtype=np.int64).reshape(-1, 2), np.array(list(found.values()))


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
