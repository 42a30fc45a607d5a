"""From symmetric sampled bodies to a linear model: normalised stature, principal components, regressions."""

from dataclasses import dataclass

import numpy as np

from borelli.body.skeleton import Skeleton

from .rig import bind_rotations, joint_centres

STATURE = 1.70
SCALE_ROUNDS = 4
"""The scale moves the hips (their regression has constants), which moves the stature a little."""


@dataclass(frozen=True)
class Measured:
    """N bodies with everything measured on them; bind pose, metres, pelvis joint at the origin."""

    vertices: np.ndarray
    joints: dict[str, np.ndarray]
    marks: dict[str, np.ndarray]


def measure(
    table: Skeleton,
    vertices: np.ndarray,
    heads: np.ndarray,
    bones: tuple[str, ...],
    marks: dict[str, np.ndarray],
) -> tuple[Measured, np.ndarray]:
    """Bodies scaled to 1.70 m standing straight, and the bind rotations (J, 3, 3) of their mean."""
    scale = STATURE / np.ptp(vertices[..., 1], axis=1)
    for _ in range(SCALE_ROUNDS):
        _, rotations, stature = _scaled(table, vertices, heads, bones, marks, scale)
        scale = scale * STATURE / stature
    bodies, rotations, _ = _scaled(table, vertices, heads, bones, marks, scale)
    return bodies, rotations


def _scaled(
    table: Skeleton,
    vertices: np.ndarray,
    heads: np.ndarray,
    bones: tuple[str, ...],
    marks: dict[str, np.ndarray],
    scale: np.ndarray,
) -> tuple[Measured, np.ndarray, np.ndarray]:
    """Bodies times scale (N,), bind rotations of their mean, statures (N,)."""
    sized = {name: point * scale[:, None] for name, point in marks.items()}
    joints = joint_centres(sized, heads * scale[:, None, None], bones)
    rotations = bind_rotations(table, _means(joints), _means(sized))
    stature = _stature(table, rotations, joints, sized)
    root = joints["pelvis"]
    bodies = Measured(
        vertices=vertices * scale[:, None, None] - root[:, None],
        joints={name: point - root for name, point in joints.items()},
        marks={name: point - root for name, point in sized.items()},
    )
    return bodies, rotations, stature


def _means(points: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: point.mean(axis=0) for name, point in points.items()}


def _stature(
    table: Skeleton, rotations: np.ndarray, joints: dict[str, np.ndarray], marks: dict[str, np.ndarray]
) -> np.ndarray:
    """(N,) from the sole under the heel to the vertex when every coordinate is zero."""
    up = marks["vertex"] - joints["head"]
    for child, parent in (("head", "thorax"), ("thorax", "lumbar_body"), ("lumbar_body", "pelvis")):
        up = up + joints[child] - joints[parent]
    down = (marks["sole_heel_r"] - joints["calcn_r"]) @ rotations[table.segment("calcn_r")]
    for child in ("calcn_r", "talus_r", "tibia_r", "femur_r"):
        j = table.segment(child)
        parent = table.parents[j]
        offset = joints[child] - joints[table.segment_names[parent]]
        down = down + offset @ rotations[parent]
    return up[:, 1] - down[:, 1]


@dataclass(frozen=True)
class Linear:
    """value(shape) = mean + slope @ shape."""

    mean: np.ndarray
    slope: np.ndarray


def components(vertices: np.ndarray, count: int) -> np.ndarray:
    """(N, S) scores of the leading principal components over all vertices, standard deviation 1.

    Order: explained variance. Sign: positive makes the body wider at the waist and hips (the mean distance
    of the vertices from the body's midline axis grows).
    """
    flat = vertices.reshape(len(vertices), -1)
    flat = flat - flat.mean(axis=0)
    _, vectors = np.linalg.eigh(flat @ flat.T)
    scores = vectors[:, ::-1][:, :count] * np.sqrt(len(vertices))
    girth = np.hypot(vertices[..., 0], vertices[..., 2]).mean(axis=1)
    return scores * np.sign(scores.T @ girth)


def fit(scores: np.ndarray, samples: np.ndarray) -> Linear:
    """Least-squares line through samples (N, ...) over orthogonal scores (N, S)."""
    mean = samples.mean(axis=0)
    return Linear(mean, np.einsum("ns,n...->...s", scores, samples - mean, optimize=True) / len(scores))
