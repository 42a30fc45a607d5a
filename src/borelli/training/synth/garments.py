"""Clothes, hair and face on the body: every material is the region where a scalar field is positive.

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
from borelli.training.synth.outfit import MATERIALS, Outfit

EYE_VERTICES = 72
"""Size of the separate surface of each eye."""
WAIST = 0.09
"""Height of the upper edge of trousers over the hips."""
LIMB = 0.3
"""About the length of a bone of a limb: turns fractions into metres."""
IRIS, SHOE_LEATHER = 0.0065, 0.004
"""Radius, and thickness."""
BROW = np.array([0.006, 0.021, 0.0])
"""From the eye, in the frame of the head."""
MOUTH = np.array([0.146, 0.083, 0.0])
"""In the frame of the head: between the corners of the mouth, on the lips."""
SMOOTHINGS = 40
"""Rounds of averaging that make a shoe of toes."""


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
        normals=normals(model.vertices[None], model.faces)[0].astype(np.float64),
        arm=arm,
        leg=leg,
        head=weights[:, head] > 0.5,
        eye=_eyes(model),
        head_position=local,
    )


def fields(outfit: Outfit) -> np.ndarray:
    """(V, 8) float32: one field per material but skin, in the order of MATERIALS."""
    map_, model = chart(), body_model()
    head, y = map_.head_position, map_.position[:, 1]
    on_arm, on_leg, on_eye = map_.arm >= 0, map_.leg >= 0, map_.eye > 0
    eye = model.landmark_offsets[model.landmark("eye_r")]
    neck = bind_joints(model, average_person())[model.skeleton.segment("head"), 1]
    hairline = head[:, 1] - (eye[1] + outfit.hairline) + outfit.hair_fall * (eye[0] - head[:, 0])
    collar = neck + outfit.neckline - 0.5 * np.maximum(map_.position[:, 0], 0.0) - y
    columns = {
        "iris": np.where(on_eye, IRIS - _off_axis(map_), -1.0),
        "eye": np.where(on_eye, 1.0, -1.0),
        "brow": np.where(map_.head, _blobs(head, eye + BROW, (0.03, 0.005, 0.02)), -1.0),
        "lips": np.where(map_.head, _blobs(head, MOUTH, (0.022, 0.009, 0.024)), -1.0),
        "hair": np.where(map_.head, hairline, -1.0),
        "shoe": np.where(on_leg, outfit.shoe_top - (y - y.min()), -1.0),
        "shirt": np.where(on_arm, LIMB * (outfit.sleeve - map_.arm), np.minimum(collar, y - outfit.hem)),
        "trousers": np.where(on_leg, LIMB * (outfit.leg - map_.leg), np.where(on_arm, -1.0, WAIST - y)),
    }
    return np.stack([columns[name] for name in MATERIALS[:-1]], axis=1).astype(np.float32)


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


def _thickness(outfit: Outfit, values: np.ndarray) -> np.ndarray:
    """(V,) metres by which cloth, leather and hair stand off the skin.

    It fades towards the edge of a garment, so that the surface stays closed.
    """

    def inside(name: str, over: float) -> np.ndarray:
        return np.clip(values[:, MATERIALS.index(name)] / over, 0.0, 1.0)

    cloth = np.maximum(inside("shirt", 0.02), inside("trousers", 0.02)) * outfit.looseness
    shoe = inside("shoe", 0.02) * SHOE_LEATHER
    return np.maximum(np.maximum(cloth, shoe), inside("hair", 0.03) * outfit.hair_volume)


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
