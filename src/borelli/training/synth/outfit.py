"""Clothes, hair and face painted on the body: every material is the region where a scalar field is positive.

The fields live on the vertices of the mean body in its bind pose and do not depend on the person. Lengths
are metres of that body, fractions of a limb count from its root: 0 shoulder or hip, 1 elbow or knee,
2 wrist or ankle.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from borelli.body.model import BodyModel, average_person, body_model
from borelli.body.skin import bind_joints, normals

MATERIALS = ("iris", "eye", "brow", "lips", "hair", "shoe", "shirt", "trousers", "skin")
"""In the order in which a sample is tested; skin is what is left."""
EYE_VERTICES = 72
"""Size of the separate surface of each eye."""


@dataclass(frozen=True)
class Outfit:
    """What somebody wears and how it is coloured."""

    paint: np.ndarray
    """(9, 12) float32 per material, see `raster.shade`."""
    sleeve: float
    """Fraction of the arm."""
    leg: float
    """Fraction of the leg; trousers, shorts."""
    hem: float
    """Height of the lower edge of the shirt over the hips."""
    neckline: float
    """Height of the collar over the base of the neck."""
    shoe_top: float
    """Height of the shoes over the sole."""
    hairline: float
    """Height of the hairline over the eyes, on the forehead."""
    hair_fall: float
    """How far hair reaches down at the back, as a slope of the hairline."""
    hair_volume: float
    """Metres."""
    looseness: float
    """Metres between skin and cloth."""


@dataclass(frozen=True)
class Chart:
    """Where each of the V vertices of the bind pose is on the body."""

    position: np.ndarray
    """(V, 3) world axes, pelvis joint at the origin."""
    normals: np.ndarray
    """(V, 3)."""
    arm: np.ndarray
    """(V,) fraction along the arm; -1 off the arms."""
    leg: np.ndarray
    """(V,) fraction along the leg; -1 off the legs."""
    head: np.ndarray
    """(V,) bool: carried by the head."""
    eye: np.ndarray
    """(V,) 0, or 1 and 2 for the surfaces of the eyes."""
    head_position: np.ndarray
    """(V, 3) in the frame of the head."""


@cache
def chart() -> Chart:
    """The chart of the body that ships with the package."""
    model = body_model()
    table, position = model.skeleton, model.vertices
    joints = bind_joints(model, average_person())
    weights = np.zeros((len(position), len(table.segment_names)))
    for k in range(model.skin_segments.shape[1]):
        np.add.at(weights, (np.arange(len(position)), model.skin_segments[:, k]), model.skin_weights[:, k])
    arm, leg = np.full(len(position), -1.0), np.full(len(position), -1.0)
    for side in "rl":
        for target, chain in ((arm, ("humerus", "ulna", "hand")), (leg, ("femur", "tibia", "talus"))):
            ends = joints[[table.segment(f"{name}_{side}") for name in chain]]
            own = [j for j, below in enumerate(table.moves()[table.segment(f"{chain[0]}_{side}")]) if below]
            member = weights[:, own].sum(axis=1) > 0.5
            target[member] = _along(ends, position[member])
    head = table.segment("head")
    local = (position - joints[head]) @ model.bind_rotations[head]
    return Chart(
        position=position,
        normals=_bind_normals(model),
        arm=arm,
        leg=leg,
        head=weights[:, head] > 0.5,
        eye=_eyes(model),
        head_position=local,
    )


def fields(outfit: Outfit) -> np.ndarray:
    """(V, 8) float32: one field per material but skin, in the order of MATERIALS."""
    map_, model = chart(), body_model()
    head = map_.head_position
    off_head = np.where(map_.head, 0.0, -1.0)
    y = map_.position[:, 1]
    eye = model.landmark_offsets[model.landmark("eye_r")]
    neck = bind_joints(model, average_person())[model.skeleton.segment("head"), 1]
    hairline = head[:, 1] - (eye[1] + outfit.hairline) + outfit.hair_fall * (eye[0] - head[:, 0])
    off_arm, off_leg = np.where(map_.arm >= 0, -1.0, 0.0), np.where(map_.leg >= 0, -1.0, 0.0)
    collar = neck + outfit.neckline - 0.5 * np.maximum(map_.position[:, 0], 0.0) - y
    torso = np.minimum(np.minimum(collar, y - outfit.hem), np.minimum(off_arm + 0.5, 0.5))
    sleeve = np.where(map_.arm >= 0, 0.3 * (outfit.sleeve - map_.arm), -1.0)
    short = np.where(map_.leg >= 0, 0.3 * (outfit.leg - map_.leg), -1.0)
    waist = np.where((map_.arm < 0) & (map_.leg < 0), WAIST - y, -1.0)
    on_leg = np.where(off_leg < 0, 0.0, -1.0)
    shirt_on_leg = np.where(map_.leg >= 0, y - outfit.hem, -1.0)
    columns = {
        "iris": np.where(map_.eye > 0, IRIS - _off_axis(map_), -1.0),
        "eye": np.where(map_.eye > 0, 1.0, -1.0),
        "brow": _blobs(head, eye + BROW, (0.03, 0.005, 0.02)) + off_head,
        "lips": _blobs(head, MOUTH, (0.022, 0.009, 0.024)) + off_head,
        "hair": hairline + off_head,
        "shoe": outfit.shoe_top - (y - y.min()) + on_leg,
        "shirt": np.maximum(np.maximum(torso, sleeve), shirt_on_leg),
        "trousers": np.maximum(short, waist),
    }
    return np.stack([columns[name] for name in MATERIALS[:-1]], axis=1).astype(np.float32)


WAIST = 0.09
"""Height of the upper edge of trousers over the hips."""
IRIS = 0.0065
BROW = np.array([0.006, 0.021, 0.0])
"""From the eye, in the frame of the head."""
MOUTH = np.array([0.146, 0.083, 0.0])
"""In the frame of the head: between the corners of the mouth, on the lips."""


def dressed(model: BodyModel, outfit: Outfit, values: np.ndarray) -> BodyModel:
    """The body with the surface of its clothes, shoes and hair, given the fields (V, 8)."""
    toes = np.clip(values[:, MATERIALS.index("shoe"), None] / 0.02, 0.0, 1.0) * shoe_shape()
    return replace(
        model, vertices=model.vertices + toes + chart().normals * _thickness(outfit, values)[:, None]
    )


@cache
def shoe_shape() -> np.ndarray:
    """(V, 3) what turns bare toes of the bind pose into the cap of a shoe: smoothing of the surface."""
    model = body_model()
    edges = np.r_[model.faces[:, :2], model.faces[:, 1:], model.faces[:, ::2]]
    count = len(model.vertices)
    ones = np.ones(len(edges))
    neighbours = coo_array((np.r_[ones, ones], np.r_[edges, edges[:, ::-1]].T), shape=(count, count)).tocsr()
    names = np.array(model.skeleton.segment_names)[model.skin_segments[:, 0]]
    toes = np.char.startswith(names, "toes")
    average = neighbours[toes] / neighbours[toes].sum(axis=1)[:, None]
    smooth = model.vertices.copy()
    for _ in range(SMOOTHINGS):
        smooth[toes] = average @ smooth
    # smoothing pulls the toes back; the cap reaches as far forward as they did
    smooth[toes, 0] += model.vertices[toes, 0].max() - smooth[toes, 0].max()
    return smooth - model.vertices


SMOOTHINGS = 40


def _thickness(outfit: Outfit, values: np.ndarray) -> np.ndarray:
    """(V,) metres by which cloth, leather and hair stand off the skin.

    It fades towards the edge of a garment, so that the surface stays closed.
    """

    def inside(name: str, over: float) -> np.ndarray:
        return np.clip(values[:, MATERIALS.index(name)] / over, 0.0, 1.0)

    cloth = np.maximum(inside("shirt", 0.02), inside("trousers", 0.02)) * outfit.looseness
    shoe = inside("shoe", 0.02) * SHOE_LEATHER
    return np.maximum(np.maximum(cloth, shoe), inside("hair", 0.03) * outfit.hair_volume)


SHOE_LEATHER = 0.004


def random_outfit(rng: np.random.Generator) -> Outfit:
    """Everyday and sports clothes; any skin, any hair, seldom bald."""
    skin = SKINS[rng.integers(len(SKINS))] * rng.uniform(0.85, 1.1)
    hair = HAIRS[rng.integers(len(HAIRS))] * rng.uniform(0.7, 1.3)
    paint = {
        "iris": _plain(IRISES[rng.integers(len(IRISES))]),
        "eye": _plain(np.full(3, 0.75)),
        "brow": _plain(0.5 * hair),
        "lips": _plain(skin * [0.85, 0.55, 0.55], gloss=0.1),
        "hair": _plain(hair, gloss=0.15, folds=0.1),
        "shoe": _plain(_cloth(rng), gloss=rng.uniform(0.0, 0.2)),
        "shirt": random_garment(rng, patterned=0.45),
        "trousers": random_garment(rng, patterned=0.15),
        "skin": _plain(skin, gloss=0.06),
    }
    return Outfit(
        paint=np.array([paint[name] for name in MATERIALS], dtype=np.float32),
        sleeve=float(rng.choice([0.03, rng.uniform(0.35, 0.75), rng.uniform(1.2, 1.6), 1.97])),
        leg=float(rng.choice([rng.uniform(0.35, 0.6), rng.uniform(0.6, 0.9), rng.uniform(1.4, 1.7), 1.97])),
        hem=float(rng.uniform(-0.09, 0.07)),
        neckline=float(rng.uniform(-0.02, 0.04)),
        shoe_top=float(rng.choice([0.065, rng.uniform(0.08, 0.14)])),
        hairline=float(0.12 if rng.random() < 0.06 else rng.uniform(0.05, 0.07)),
        hair_fall=float(rng.uniform(0.9, 1.25)),
        hair_volume=float(rng.uniform(0.004, 0.022)),
        looseness=float(rng.uniform(0.001, 0.012)),
    )


SKINS = np.array(
    [[0.75, 0.49, 0.38], [0.66, 0.4, 0.28], [0.5, 0.28, 0.18], [0.33, 0.17, 0.1], [0.15, 0.07, 0.045]]
)
"""Linear reflectance, light to dark."""
HAIRS = np.array(
    [[0.02, 0.015, 0.012], [0.06, 0.03, 0.018], [0.16, 0.08, 0.035], [0.4, 0.25, 0.1], [0.4, 0.4, 0.4]]
)
IRISES = np.array([[0.03, 0.015, 0.01], [0.08, 0.16, 0.3], [0.08, 0.15, 0.07]])


def _plain(colour: np.ndarray, folds: float = 0.0, gloss: float = 0.0) -> np.ndarray:
    return np.r_[colour, colour, np.zeros(3), 0.0, folds, gloss]


def random_garment(rng: np.random.Generator, patterned: float) -> np.ndarray:
    """One row of paint: plain, striped or checked cloth."""
    a, b = _cloth(rng), _cloth(rng)
    kind = float(rng.integers(1, 3)) if rng.random() < patterned else 0.0
    waves = rng.uniform(60.0, 220.0) * (np.eye(3)[1] if rng.random() < 0.7 else np.array([0.7, 0.1, 0.7]))
    if kind == 2.0:
        waves = np.full(3, rng.uniform(50.0, 110.0))
    return np.r_[a, b, waves, kind, rng.uniform(0.03, 0.16), rng.uniform(0.0, 0.05)]


def _cloth(rng: np.random.Generator) -> np.ndarray:
    """Linear colour of some cloth: mostly muted, one in three bright, one in four nearly black or white."""
    hue, kind = rng.uniform(0.0, 1.0), rng.random()
    saturation = 0.1 if kind < 0.25 else rng.uniform(0.2, 0.6) if kind < 0.67 else rng.uniform(0.7, 1.0)
    value = rng.choice([0.03, 0.8]) if kind < 0.25 else np.exp(rng.uniform(np.log(0.05), np.log(0.7)))
    wheel = np.clip(np.abs((hue * 6.0 + np.array([0.0, 4.0, 2.0])) % 6.0 - 3.0) - 1.0, 0.0, 1.0)
    return value * (1.0 - saturation + saturation * wheel)


def _along(ends: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N,) place of points along two bones given by their three ends: 0 .. 1 .. 2 and beyond."""
    bones = np.diff(ends, axis=0)
    place = [((points - ends[i]) @ bones[i]) / (bones[i] @ bones[i]) for i in range(2)]
    return np.where(place[1] > 0.0, 1.0 + np.maximum(place[1], 0.0), np.clip(place[0], 0.0, 1.0))


def _blobs(points: np.ndarray, right: np.ndarray, radii: tuple[float, float, float]) -> np.ndarray:
    """(N,) field of an ellipsoid and its mirror image, in about metres."""
    distance = [np.linalg.norm((points - right * [1, 1, s]) / radii, axis=1) for s in (1, -1)]
    return min(radii) * (1.0 - np.minimum(*distance))


def _off_axis(map_: Chart) -> np.ndarray:
    """(V,) metres from the axis of the eye, for its front half; large behind."""
    result = np.ones(len(map_.eye))
    for number in (1, 2):
        own = map_.eye == number
        points = map_.head_position[own] - map_.head_position[own].mean(axis=0)
        result[own] = np.where(points[:, 0] > 0, np.hypot(points[:, 1], points[:, 2]), 1.0)
    return result


def _eyes(model: BodyModel) -> np.ndarray:
    """(V,) 1 and 2 on the two surfaces of the eyes, 0 elsewhere."""
    edges = np.r_[model.faces[:, :2], model.faces[:, 1:]]
    graph = coo_array(
        (np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(model.vertices), len(model.vertices))
    )
    _, label = connected_components(graph, directed=False)
    sizes = np.bincount(label)
    result = np.zeros(len(label), dtype=np.int64)
    for number, part in enumerate(np.flatnonzero(sizes == EYE_VERTICES), start=1):
        result[label == part] = number
    return result


def _bind_normals(model: BodyModel) -> np.ndarray:
    return normals(model.vertices[None], model.faces)[0].astype(np.float64)
