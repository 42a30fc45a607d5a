"""How deep a body passes into itself, limbs and trunk as capsules as thick as this person's flesh.

Three quarters of the skin beside a capsule lie outside of it, so that depths are rather under- than
overstated: what is reported is an error of the motion; what is not reported may still touch.
"""

import csv
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np

from borelli.body.capsules import capsule_overlap, named_points
from borelli.body.kinematics import Pose, forward
from borelli.body.mirror import mirrored_name
from borelli.body.model import BodyModel, Person
from borelli.body.skin import bind_pose, skin

_THIN = 0.25
"""Share of the skin that may lie inside a capsule."""
_CLEAR = 0.02
"""Metres: parts of the body that come so near in a relaxed stance, as the thighs, touch in motion too."""


@dataclass(frozen=True)
class Capsules:
    """M capsules of one person and the N pairs of them that may not overlap.

    Each lies between two places on the way from one named point to another: joint centres, called by their
    segment, or landmarks.
    """

    names: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]
    shares: np.ndarray
    """(M, 2) of the way, where the capsule starts and stops."""
    radii: np.ndarray
    """(M,) metres."""
    pairs: np.ndarray
    """(N, 2)."""


def body_capsules(model: BodyModel, person: Person) -> Capsules:
    """Of this person, from `capsules.csv`.

    Pairs that meet in a joint, or are near in a relaxed stance, are left out.
    """
    rows = _rows()
    every = np.array(np.triu_indices(len(rows), 1)).T
    shares = np.array([[float(row["start"]), float(row["stop"])] for row in rows])
    names, ways = tuple(row["name"] for row in rows), tuple((row["from"], row["to"]) for row in rows)
    thin = Capsules(names, ways, shares, np.zeros(len(rows)), every)
    pose = bind_pose(model, person)
    surface = skin(model, person, pose)[0]
    starts, stops = (ends[0] for ends in _ends(model, person, pose, thin))
    radii = [
        _radius(surface[_skin_of(model, row["skin"].split())], a, b)
        for row, a, b in zip(rows, starts, stops, strict=True)
    ]
    whole = replace(thin, radii=np.array(radii))
    relaxed = forward(model, person, model.skeleton.neutral[None])
    apart = _overlap(model, person, relaxed, whole)[0] < -_CLEAR
    joined = np.array([bool(set(ways[a]) & set(ways[b])) for a, b in every])
    return replace(whole, pairs=every[apart & ~joined])


def self_penetration(
    model: BodyModel, person: Person, pose: Pose, capsules: Capsules
) -> tuple[np.ndarray, np.ndarray]:
    """Depth (T,) metres of the worst pair, 0 where all keep clear, and which pair (T,) it is."""
    overlap = _overlap(model, person, pose, capsules)
    worst = overlap.argmax(axis=1)
    return np.maximum(overlap[np.arange(len(overlap)), worst], 0.0), worst


def _overlap(model: BodyModel, person: Person, pose: Pose, capsules: Capsules) -> np.ndarray:
    starts, stops = _ends(model, person, pose, capsules)
    return capsule_overlap(starts, stops, capsules.radii, capsules.pairs)


def _ends(model: BodyModel, person: Person, pose: Pose, capsules: Capsules) -> tuple[np.ndarray, np.ndarray]:
    """(T, M, 3) where the capsules start and stop."""
    begin = named_points(model, person, pose, [a for a, _ in capsules.ways])
    way = named_points(model, person, pose, [b for _, b in capsules.ways]) - begin
    return begin + capsules.shares[:, :1] * way, begin + capsules.shares[:, 1:] * way


def _skin_of(model: BodyModel, segments: list[str]) -> np.ndarray:
    """Vertices of the low-poly body, which has no mouth inside, that follow these segments most."""
    outside = np.unique(model.coarse_faces)
    wanted = [model.skeleton.segment(name) for name in segments]
    return outside[np.isin(model.skin_segments[outside, 0], wanted)]


def _radius(vertices: np.ndarray, start: np.ndarray, stop: np.ndarray) -> float:
    """Distance from the axis that three quarters of the skin beside it exceed."""
    along = (vertices - start) @ (stop - start) / np.sum((stop - start) ** 2)
    foot = start + along[:, None] * (stop - start)
    beside = (along > 0) & (along < 1)
    return float(np.quantile(np.linalg.norm(vertices - foot, axis=1)[beside], _THIN))


def _rows() -> list[dict[str, str]]:
    """The table, both sides."""
    text = files("borelli.dynamics").joinpath("capsules.csv").read_text("utf-8")
    rows = []
    for row in csv.DictReader(text.splitlines()):
        rows.append(row)
        if row["name"].endswith("_r"):
            left = {key: " ".join(map(mirrored_name, value.split())) for key, value in row.items()}
            rows.append(left)
    return rows
