"""What the video says to bodies in simulation: rays of keypoints, and a nominal motion.

Rays enter as in PhysHMR (Feng et al. 2025, arXiv:2510.02566): the perpendicular from a keypoint's ray to the
same point of the simulated body, which says nothing about depth. Motion capture enters nowhere.
"""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.policy.library import Library

LOOKAHEAD = (0, 5, 10)
"""Frames after the present one whose evidence is seen."""
AGREEMENT, SHORT = 0.2, 0.03
"""Metres that a keypoint may be off and be trusted; share of all trust that holds a shift short."""


@dataclass(frozen=True)
class Cues:
    """What vision says to N worlds about L frames from the present one on."""

    centres: np.ndarray
    """(N, L, 3)."""
    rays: np.ndarray
    """(N, L, K, 3)."""
    confidence: np.ndarray
    """(N, L, K)."""
    root: np.ndarray
    """(N, L, 3, 3) R_world_pelvis."""
    features: np.ndarray
    """(N, L, F)."""
    qpos: np.ndarray
    """(N, 50) of the nominal motion now ..."""
    qvel: np.ndarray
    """(N, 49) ... and its rates, ..."""
    centre: np.ndarray
    """(N, 3) ... its centre of mass ..."""
    drift: np.ndarray
    """(N, 3) ... and the velocity of that, ..."""
    soles: np.ndarray
    """(N, 12, 3) ... the points of its soles, ..."""
    schedule: np.ndarray
    """(N, 16) ... and when they carry weight (`Goal.schedule`)."""


def cues(clips: Library, clip: np.ndarray, frame: np.ndarray) -> Cues:
    """What vision says to worlds that are at frames (N,) of clips (N,); clips stand still after their end."""
    at = np.minimum(frame[:, None] + np.array(LOOKAHEAD), clips.frames[clip][:, None] - 1)
    which, now = clip[:, None], at[:, 0]
    return Cues(
        clips.centres[which, at],
        clips.rays[which, at],
        clips.confidence[which, at],
        clips.root[which, at],
        clips.features[which, at],
        clips.nominal.qpos[clip, now],
        clips.nominal.qvel[clip, now],
        clips.centre[clip, now],
        clips.drift[clip, now],
        clips.standing[clip, now],
        clips.schedule[clip, now],
    )


def ray_offsets(keypoints: np.ndarray, seen: Cues) -> np.ndarray:
    """(N, L, K, 3) metres, world: from each ray the shortest way to the body's keypoints (N, K, 3)."""
    away = keypoints[:, None] - seen.centres[:, :, None]
    return away - np.sum(away * seen.rays, axis=-1, keepdims=True) * seen.rays


def ray_shift(offsets: np.ndarray, seen: Cues) -> np.ndarray:
    """(N, 3) metres, world: by what the body should move as a whole to come nearest to the rays of now.

    Least squares over offsets (N, K, 3), each across its ray, in two rounds: the second trusts keypoints
    less that do not agree (Geman-McClure). Along the line of sight, where rays say little, the shift is held
    short.
    """
    rays, weight = seen.rays[:, 0].astype(np.float64), seen.confidence[:, 0].astype(np.float64)
    across = np.eye(3) - rays[..., :, None] * rays[..., None, :]
    shift = np.zeros((len(offsets), 3))
    for _ in range(2):
        left = offsets + np.einsum("nkij,nj->nki", across, shift)
        trust = weight / np.square(1 + np.square(left).sum(axis=-1) / AGREEMENT**2)
        total = trust.sum(axis=1)
        normal = np.einsum("nk,nkij->nij", trust, across)
        normal += (SHORT * total + 1e-6)[:, None, None] * np.eye(3)
        shift = -np.linalg.solve(normal, np.einsum("nk,nki->ni", trust, offsets)[..., None])[..., 0]
    return shift
