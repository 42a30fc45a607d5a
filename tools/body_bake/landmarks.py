"""Surface landmarks of `landmarks.csv`, found once on the mean body, then linear in every body.

Kinds: `ray`, where a ray from bone head + (dx, dy, dz) along (ux, uy, uz) leaves the skin; `bone`, that
point itself; `tip`, the farthest vertex along (ux, uy, uz) among those that the bone drives most.
Bind pose, metres at stature 1.70 m, x forward, y up, z right. Left landmarks are mirror images.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .mesh import MIRROR, ray_exit


@dataclass(frozen=True)
class Rule:
    """One row of the table: position = weights @ vertices[corners], or a bone head plus offset."""

    name: str
    segment: str
    corners: np.ndarray
    weights: np.ndarray
    bone: int | None
    offset: np.ndarray


def find(
    vertices: np.ndarray, faces: np.ndarray, heads: np.ndarray, bones: tuple[str, ...], weights: np.ndarray
) -> list[Rule]:
    """Rules of the mean body: `vertices` (V, 3), `heads` (B, 3), skin `weights` (V, B)."""
    path = Path(__file__).with_name("landmarks.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    rules = [_rule(row, vertices, faces, heads, bones, weights) for row in rows]
    under = {rule.name: rule for rule in rules if rule.name.startswith("sole_metatarsal")}
    return [*rules, _sole_ball(under["sole_metatarsal_1_r"], under["sole_metatarsal_5_r"])]


def _rule(
    row: dict[str, str],
    vertices: np.ndarray,
    faces: np.ndarray,
    heads: np.ndarray,
    bones: tuple[str, ...],
    weights: np.ndarray,
) -> Rule:
    bone = bones.index(row["bone"])
    offset = np.array([float(row[key]) for key in ("dx", "dy", "dz")])
    direction = np.array([float(row[key]) for key in ("ux", "uy", "uz")])
    corners, parts, kept = np.array([0]), np.array([1.0]), None
    if row["kind"] == "bone":
        kept = bone
    elif row["kind"] == "tip":
        own = np.flatnonzero(weights.argmax(axis=1) == bone)
        corners = own[[np.argmax(vertices[own] @ direction)]]
    else:
        origin = heads[bone] + offset
        if row["name"][-2:] != "_r":
            origin = origin * (1.0, 1.0, 0.0)
        corners, parts = ray_exit(vertices, faces, origin, direction)
    return Rule(row["name"], row["segment"], corners, parts, kept, offset)


def _sole_ball(first: Rule, fifth: Rule) -> Rule:
    """Under the second metatarsal head: on the line between the outer two."""
    corners = np.r_[first.corners, fifth.corners]
    weights = np.r_[0.6 * first.weights, 0.4 * fifth.weights]
    return Rule("sole_ball_r", first.segment, corners, weights, None, np.zeros(3))


def evaluate(rules: list[Rule], vertices: np.ndarray, heads: np.ndarray) -> dict[str, np.ndarray]:
    """Landmarks (N, 3) by name, left ones included, of symmetric bodies (N, V, 3) with bones (N, B, 3)."""
    found = {}
    for rule in rules:
        if rule.bone is not None:
            point = heads[:, rule.bone] + rule.offset
        else:
            point = np.einsum("k,nkc->nc", rule.weights, vertices[:, rule.corners])
        if rule.name.endswith("_r"):
            found[rule.name] = point
            found[rule.name[:-1] + "l"] = point * MIRROR
        else:
            found[rule.name] = point * (1.0, 1.0, 0.0)
    return found
