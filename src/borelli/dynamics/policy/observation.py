"""What the policy sees: its own body, rays from the pictures, and a nominal motion; all without heading.

The heading frame H stands upright under the pelvis: x is where the pelvis faces, y is up.
"""

from dataclasses import dataclass

import numpy as np

from borelli.body.skeleton import skeleton
from borelli.dynamics.policy.cues import LOOKAHEAD, Cues, ray_offsets, ray_shift
from borelli.dynamics.policy.library import Library
from borelli.dynamics.policy.worlds import Sensed

VERSION = "borelli-policy-2"
"""Of the observation and action; a policy made for another one cannot be used."""
RATE_UNIT, GAP_LIMIT = 0.1, 1.0
"""Seconds: rates enter as radians per tenth of a second. Metres beyond which a gap looks no larger."""
_ENDS = ("talus_r", "talus_l", "toes_r", "toes_l", "hand_r", "hand_l", "head")
_END_SEGMENTS = np.array([skeleton().segment(name) for name in _ENDS])


@dataclass(frozen=True)
class Layout:
    """Where each kind of input is in an observation, so that it can be left out of experiments."""

    keypoints: int
    features: int

    @property
    def blocks(self) -> dict[str, slice]:
        """Columns by name.

        `proprioception`: height, rotation, velocity, spin, angles, rates, limb ends, soles, centre of mass.
        `gap`: nominal minus simulated angles, rates, velocity and spin of the pelvis, velocity of the centre
        of mass. `place`: nominal minus simulated pelvis, centre of mass and soles. `schedule`: when the soles
        carry weight. `rays`: the shift that they agree on, offsets and confidence. `cue`: rotation of the
        pelvis in the picture. `features`: of the network that saw the picture.
        """
        sizes = {
            "proprioception": 1 + 6 + 3 + 3 + 43 + 43 + 3 * len(_ENDS) + 12 + 6,
            "gap": 43 + 43 + 3 + 3 + 3,
            "place": 3 * (1 + 1 + 12),
            "schedule": 16,
            "rays": 3 + 4 * len(LOOKAHEAD) * self.keypoints,
            "cue": 6 * len(LOOKAHEAD),
            "features": len(LOOKAHEAD) * self.features,
        }
        ends = np.cumsum(list(sizes.values()))
        return {
            name: slice(int(end) - size, int(end))
            for (name, size), end in zip(sizes.items(), ends, strict=True)
        }

    @property
    def size(self) -> int:
        """D: numbers of an observation."""
        return max(block.stop for block in self.blocks.values())


def layout_of(clips: Library) -> Layout:
    """The layout of observations of these clips."""
    return Layout(clips.rays.shape[2], clips.features.shape[2])


def observe(sensed: Sensed, seen: Cues) -> np.ndarray:
    """Observations (N, D) float32; see `Layout`."""
    H = headings(sensed.rotation)
    count = len(H)
    offsets = ray_offsets(sensed.keypoints, seen)
    sight = seen.confidence[..., None]
    columns = [
        _proprioception(sensed, H),
        _gap(sensed, seen, H),
        _place(sensed, seen, H),
        seen.schedule,
        _gap_limited(_into(H, ray_shift(offsets[:, 0], seen))),
        np.concatenate([_gap_limited(_into(H, offsets)) * (sight > 0), sight], axis=-1).reshape(count, -1),
        _six(np.einsum("nji,nljk->nlik", H, seen.root)).reshape(count, -1),
        seen.features.reshape(count, -1),
    ]
    return np.concatenate(columns, axis=1).astype(np.float32)


def headings(rotation: np.ndarray) -> np.ndarray:
    """(N, 3, 3) R_world_heading of R_world_pelvis (N, 3, 3): a turn about the vertical.

    The pelvis' x axis points ahead; of somebody who lies on back or belly, its y axis or the opposite does.
    """
    x, y = rotation[..., 0], rotation[..., 1]
    # Continuous: what the forward axis loses by pointing up or down, the upward axis has gained.
    ahead = x - x[..., 1:2] * y / (1 + np.maximum(y[..., 1:2], -0.9))
    turn = np.arctan2(-ahead[..., 2], ahead[..., 0])
    c, s, zero = np.cos(turn), np.sin(turn), np.zeros_like(turn)
    rows = [np.stack(row, axis=-1) for row in ((c, zero, s), (zero, zero + 1, zero), (-s, zero, c))]
    return np.stack(rows, axis=-2)


def _proprioception(sensed: Sensed, H: np.ndarray) -> np.ndarray:
    table_ends = sensed.joints[:, _END_SEGMENTS] - sensed.qpos[:, None, :3]
    count = len(H)
    return np.concatenate(
        [
            sensed.qpos[:, 1:2],
            _six(np.einsum("nji,njk->nik", H, sensed.rotation)),
            _into(H, sensed.qvel[:, :3]),
            _into(H, sensed.spin),
            sensed.qpos[:, 7:],
            RATE_UNIT * sensed.qvel[:, 6:],
            _into(H, table_ends).reshape(count, -1),
            np.clip(sensed.soles[..., 1], -0.1, GAP_LIMIT),
            _into(H, sensed.centre - sensed.qpos[:, :3]),
            _into(H, sensed.drift),
        ],
        axis=1,
    )


def _gap(sensed: Sensed, seen: Cues, H: np.ndarray) -> np.ndarray:
    pelvis = np.einsum("nij,nj->ni", seen.root[:, 0], seen.qvel[:, 3:6])
    return np.concatenate(
        [
            seen.qpos[:, 7:] - sensed.qpos[:, 7:],
            RATE_UNIT * (seen.qvel[:, 6:] - sensed.qvel[:, 6:]),
            _into(H, seen.qvel[:, :3] - sensed.qvel[:, :3]),
            _into(H, pelvis - sensed.spin),
            _into(H, seen.drift - sensed.drift),
        ],
        axis=1,
    )


def _place(sensed: Sensed, seen: Cues, H: np.ndarray) -> np.ndarray:
    apart = [
        (seen.qpos[:, :3] - sensed.qpos[:, :3])[:, None],
        (seen.centre - sensed.centre)[:, None],
        seen.soles - sensed.soles,
    ]
    return _gap_limited(_into(H, np.concatenate(apart, axis=1))).reshape(len(H), -1)


def _gap_limited(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) no longer than GAP_LIMIT."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors * np.minimum(1.0, GAP_LIMIT / np.maximum(length, 1e-9))


def _into(H: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """World vectors (N, ..., 3) in the heading frames (N, 3, 3)."""
    return np.einsum("nji,n...j->n...i", H, vectors)


def _six(rotation: np.ndarray) -> np.ndarray:
    """(..., 6) first two columns of matrices (..., 3, 3); Zhou et al. 2019 (CVPR)."""
    return np.concatenate([rotation[..., 0], rotation[..., 1]], axis=-1)
