"""Masses, centres of mass and inertia tensors of a person's segments: mesh volume times published density.

The body's inside is divided by the nearest skin and by three cuts of Zatsiorsky & Seluyanov, on which
de Leva's 1996 table (J Biomech 29:1223) rests: thigh from pelvis by a plane through the iliac spine inclined
37 degrees to the sagittal plane, upper arm from shoulder across the shoulder joint, foot from shank across
the ankle. Mass fractions then agree with de Leva's mean of men and women within 10 % per segment. The upper
arm's centre of mass is 39 % of its length below the shoulder, where Dempster has 44 % and de Leva 58 %.
"""

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from scipy.spatial import cKDTree

from borelli.body.mirror import MIRROR, mirror_index
from borelli.body.model import BodyModel, Person
from borelli.body.skin import bind_joints, bind_pose, skin
from borelli.body.volume import interior_points
from borelli.errors import BorelliError

CELL = 0.01
"""Edge of a volume element, metres at scale 1."""
THIGH_CUT = np.tan(np.radians(37.0))


@dataclass(frozen=True)
class Inertia:
    """Rigid-body properties of J segments, each in its own frame (origin at its joint centre)."""

    masses: np.ndarray
    """(J,) kg."""
    centres: np.ndarray
    """(J, 3) centre of mass, metres."""
    tensors: np.ndarray
    """(J, 3, 3) about the centre of mass, kg m^2."""

    @property
    def mass(self) -> float:
        """Whole body, kg."""
        return float(self.masses.sum())


def inertia(model: BodyModel, person: Person, mass: float | None = None) -> Inertia:
    """Inertial properties of a person; `mass` (kg) rescales all densities alike. About 0.3 s.

    Raises BorelliError for a mass that is not positive.
    """
    if mass is not None and not mass > 0:
        raise BorelliError(f"body mass {mass} kg is not positive; give the person's mass in kg or none")
    natural = _natural(model, tuple(person.shape), tuple(person.log_lengths), person.scale)
    factor = 1.0 if mass is None else mass / natural.mass
    return Inertia(natural.masses * factor, natural.centres, natural.tensors * factor)


@lru_cache(maxsize=16)
def _natural(
    model: BodyModel, shape: tuple[float, ...], log_lengths: tuple[float, ...], scale: float
) -> Inertia:
    """By the published densities; kept, as every stage of a run asks for the same people."""
    person = Person(np.array(shape), np.array(log_lengths), scale)
    surface = skin(model, person, bind_pose(model, person))[0]
    cell = CELL * person.scale
    points, volumes = interior_points(surface, model.faces, cell)
    owner = _owners(model, person, surface, points)
    weights = volumes * _densities(model)[owner]
    centres = bind_joints(model, person)
    local = np.einsum("nba,nb->na", model.bind_rotations[owner], points - centres[owner])
    count = len(centres)
    masses = np.bincount(owner, weights, count)
    middles = np.stack([np.bincount(owner, weights * local[:, a], count) for a in range(3)], axis=1)
    middles /= masses[:, None]
    arms = local - middles[owner]
    spread = (masses * cell**2 / 12)[:, None, None] * np.eye(3)
    np.add.at(spread, owner, weights[:, None, None] * arms[:, :, None] * arms[:, None, :])
    tensors = np.trace(spread, axis1=1, axis2=2)[:, None, None] * np.eye(3) - spread
    return _symmetric(model, masses, middles, tensors)


def _owners(model: BodyModel, person: Person, surface: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N,) segment of every interior point (N, 3)."""
    table = model.skeleton
    weights = np.zeros((len(surface), len(table.segment_names)))
    np.put_along_axis(weights, model.skin_segments, model.skin_weights, axis=1)
    distance, nearest = cKDTree(surface).query(points, k=4)
    near = 1.0 / (np.asarray(distance) + 1e-3)
    owner = np.einsum("nkj,nk->nj", weights[nearest], near).argmax(axis=1)
    centres = bind_joints(model, person)
    spine = model.landmark("asis_r")
    iliac = model.landmark_offsets[spine] + model.landmark_offsets_shape[spine] @ person.shape
    iliac = iliac * person.segment_scales(table.groups)[table.segment("pelvis")]
    for side, sign in (("r", 1.0), ("l", -1.0)):
        _cut_thigh(owner, points, iliac, sign, (table.segment("pelvis"), table.segment(f"femur_{side}")))
        humerus, tibia = table.segment(f"humerus_{side}"), table.segment(f"tibia_{side}")
        talus, calcn = table.segment(f"talus_{side}"), table.segment(f"calcn_{side}")
        along = (points - centres[humerus]) @ model.bind_rotations[humerus, :, 1]
        owner[(owner == humerus) & (along > 0)] = table.segment(f"scapula_{side}")
        foot, height = owner == calcn, points[:, 1]
        owner[foot & (height > centres[calcn, 1])] = talus
        owner[foot & (height > centres[talus, 1])] = tibia
    return owner


def _cut_thigh(
    owner: np.ndarray, points: np.ndarray, iliac: np.ndarray, sign: float, segments: tuple[int, int]
) -> None:
    """Divide pelvis and thigh anew, in place, by the inclined plane through the iliac spine."""
    pelvis, femur = segments
    side = sign * points[:, 2]
    both = ((owner == pelvis) | (owner == femur)) & (side > 0)
    outside = side > iliac[2] - THIGH_CUT * (iliac[1] - points[:, 1])
    outside &= points[:, 1] < iliac[1]
    owner[both & outside] = femur
    owner[both & ~outside] = pelvis


def _symmetric(model: BodyModel, masses: np.ndarray, centres: np.ndarray, tensors: np.ndarray) -> Inertia:
    """Mean of both sides, so that sampling leaves no asymmetry."""
    partner = mirror_index(model.skeleton.segment_names)
    flip = MIRROR[:, None] * MIRROR
    return Inertia(
        (masses + masses[partner]) / 2,
        (centres + centres[partner] * MIRROR) / 2,
        (tensors + tensors[partner] * flip) / 2,
    )


@cache
def _density_table() -> dict[str, float]:
    text = files("borelli.body").joinpath("densities.csv").read_text("utf-8")
    return {row["segment"]: float(row["density_kg_m3"]) for row in csv.DictReader(text.splitlines())}


def _densities(model: BodyModel) -> np.ndarray:
    """(J,) kg/m^3."""
    table = _density_table()
    return np.array([table[n.removesuffix("_r").removesuffix("_l")] for n in model.skeleton.segment_names])
