"""Where a detector puts its keypoints relative to the anatomical points, from pictures with known truth.

The difference between detected and projected point, 2D and in pixels, is explained by one offset per
keypoint that is fixed to the body segment: forward, up, right. Many views make the three components
observable. Left and right count as mirror images of one keypoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from borelli.body.kinematics import forward, place
from borelli.body.mirror import MIRROR
from borelli.body.model import BodyModel, Person
from borelli.geometry.frames import transform_points
from borelli.perception.keypoint_sets import KeypointSet

HUBER_M, GROSS_M = 0.03, 0.25
"""Metres across the ray: where a difference begins to count less, and from where on it is a blunder."""
ROUNDS = 15


@dataclass(frozen=True)
class Sighting:
    """Detections of one person in one clip with the pose behind them. T frames, K keypoints."""

    person: Person
    coordinates: np.ndarray
    """(T, 49)."""
    K: np.ndarray
    """(3, 3)."""
    T_camera_world: np.ndarray
    """(T, 4, 4)."""
    detected: np.ndarray
    """(T, K, 2) pixels."""
    used: np.ndarray
    """(T, K) bool: visible in truth and trusted by the detector."""


@dataclass(frozen=True)
class Bias:
    """One keypoint, both sides together."""

    keypoint: str
    """Without its side."""
    samples: int
    offset: np.ndarray
    """(3,) forward, up, right of the right-hand keypoint, metres at a stature of 1.70 m."""
    standard_error: np.ndarray
    """(3,) by leaving out one clip at a time."""
    registered: np.ndarray
    """(3,) the offset that the keypoint set has."""
    blunders: float
    """Share of the samples more than GROSS_M away."""
    spread: float
    """Standard deviation (robust) per axis of what the offset does not explain, metres at 1.70 m."""
    jitter: float
    """That part of the spread which changes from frame to frame, metres at 1.70 m."""


@dataclass(frozen=True)
class _Rows:
    """Differences of one keypoint in one clip, metres across the ray at 1.70 m."""

    difference: np.ndarray
    """(T, 2)."""
    design: np.ndarray
    """(T, 2, 3) of the offset of the right-hand keypoint."""
    used: np.ndarray
    """(T,)."""


def keypoint_bias(model: BodyModel, keypoints: KeypointSet, sightings: Sequence[Sighting]) -> list[Bias]:
    """Offsets of every keypoint with a body point that was seen in at least two clips."""
    bare = replace(keypoints, offsets=np.zeros_like(keypoints.offsets))
    index, _ = bare.on_body(model)
    rows: dict[str, list[_Rows]] = {}
    registered: dict[str, np.ndarray] = {}
    for sighting in sightings:
        for i, part in zip(index, _clip_rows(model, bare, sighting), strict=True):
            side, name = _side(keypoints.keypoints[i])
            mirror = MIRROR if side == "left" else np.ones(3)
            registered[name] = keypoints.offsets[i] * mirror
            rows.setdefault(name, []).append(replace(part, design=part.design * mirror))
    seen = {name: [part for part in parts if part.used.any()] for name, parts in rows.items()}
    return [_bias(name, parts, registered[name]) for name, parts in seen.items() if len(parts) > 1]


def _side(keypoint: str) -> tuple[str, str]:
    """Side and name without it: left_knee, mouth_left and nose."""
    parts = keypoint.split("_")
    side = next((part for part in parts if part in ("left", "right")), "")
    return side, "_".join(part for part in parts if part != side)


def _clip_rows(model: BodyModel, bare: KeypointSet, sighting: Sighting) -> list[_Rows]:
    """One entry per keypoint with a body point."""
    index, points = bare.on_body(model)
    pose = forward(model, sighting.person, sighting.coordinates)
    world = place(pose, points, model, sighting.person)
    camera = transform_points(sighting.T_camera_world, world)
    scales = sighting.person.segment_scales(model.skeleton.groups)[points.segments]
    turned = sighting.T_camera_world[:, None, :3, :3] @ pose.rotations[:, points.segments]
    z = camera[..., 2]
    image = camera[..., :2] / z[..., None]
    focal, centre = sighting.K[[0, 1], [0, 1]], sighting.K[:2, 2]
    # pixels over focal length times depth: metres across the ray; over the scale: of the reference body
    unit = (z / scales)[..., None]
    difference = ((sighting.detected[:, index] - centre) / focal - image) * unit
    design = turned[..., :2, :] - image[..., :, None] * turned[..., 2:, :]
    return [
        _Rows(difference[:, p], design[:, p], sighting.used[:, i] & np.isfinite(difference[:, p]).all(axis=1))
        for p, i in enumerate(index)
    ]


def _bias(name: str, clips: list[_Rows], registered: np.ndarray) -> Bias:
    offset = np.zeros(3)
    for _ in range(ROUNDS):
        normal, right = _equations(clips, offset)
        offset = _solved(normal.sum(axis=0), right.sum(axis=0))
    normal, right = _equations(clips, offset)
    others = [_solved(normal.sum(0) - n, right.sum(0) - r) for n, r in zip(normal, right, strict=True)]
    size = np.concatenate([np.linalg.norm(part.difference[part.used], axis=1) for part in clips])
    left_over = [part.difference - part.design @ offset for part in clips]
    return Bias(
        keypoint=name,
        samples=len(size),
        offset=offset,
        standard_error=np.sqrt((len(clips) - 1) * np.var(others, axis=0)),
        registered=registered,
        blunders=float(np.mean(size > GROSS_M)),
        spread=_robust_sd(np.concatenate([r[part.used] for r, part in zip(left_over, clips, strict=True)])),
        jitter=_jitter(left_over, clips),
    )


def _equations(clips: list[_Rows], offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normal equations (N, 3, 3) and (N, 3) of each of N clips, weighted by what `offset` leaves over."""
    normal, right = np.zeros((len(clips), 3, 3)), np.zeros((len(clips), 3))
    for c, part in enumerate(clips):
        A, b = part.design[part.used], part.difference[part.used]
        weight = _weight(np.linalg.norm(b - A @ offset, axis=1))
        normal[c] = np.einsum("n,nki,nkj->ij", weight, A, A)
        right[c] = np.einsum("n,nki,nk->i", weight, A, b)
    return normal, right


def _solved(normal: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The offset; a component that nothing shows stays at zero."""
    return np.linalg.lstsq(normal + 1e-9 * np.eye(3), right, rcond=None)[0]


def _weight(size: np.ndarray) -> np.ndarray:
    """Huber's weights, zero for blunders."""
    return np.where(size > GROSS_M, 0.0, HUBER_M / np.maximum(size, HUBER_M))


def _robust_sd(values: np.ndarray) -> float:
    return float(1.4826 * np.median(np.abs(values - np.median(values, axis=0)))) if len(values) else np.nan


def _jitter(left_over: list[np.ndarray], clips: list[_Rows]) -> float:
    """Standard deviation of white noise with the second differences that are found."""
    bends = []
    for r, part in zip(left_over, clips, strict=True):
        whole = part.used[:-2] & part.used[1:-1] & part.used[2:]
        bends.append((r[:-2] - 2 * r[1:-1] + r[2:])[whole])
    return _robust_sd(np.concatenate(bends)) / np.sqrt(6.0)
