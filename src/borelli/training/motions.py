"""Windows of motion to train on: recordings, limb-wise mixtures of them, and procedural limbs."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.body.mirror import mirror_coordinates, mirror_index
from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import LENGTH_GROUPS, Skeleton
from borelli.fitting.estimator import CONTACT_LANDMARKS
from borelli.training.collision import deepest_overlap
from borelli.training.corpus import Recording
from borelli.training.poses import OVERLAP, PosePool, balancing_turn

LIMBS = {
    "leg_r": ("hip", "knee", "ankle", "subtalar", "mtp"),
    "leg_l": ("hip", "knee", "ankle", "subtalar", "mtp"),
    "spine": ("lumbar", "thorax"),
    "head": ("head",),
    "arm_r": ("scapula", "arm", "elbow", "pro", "wrist"),
    "arm_l": ("scapula", "arm", "elbow", "pro", "wrist"),
}


@dataclass(frozen=True)
class MotionConfig:
    """Shares of windows and sizes of disturbances."""

    plain: float = 0.25
    """Share of windows that are a recording as it is."""
    procedural: float = 0.45
    """Share of windows with some procedural limbs; the rest are mixtures of recordings."""
    swap_limb: float = 0.5
    """Probability per limb of coming from elsewhere in a mixture or a procedural window."""
    step: tuple[float, float] = (1 / 22, 1 / 10)
    """Seconds between frames, log-uniform."""
    stretch: tuple[float, float] = (0.7, 1.4)
    """Factor on the speed of a recording."""
    still: float = 0.05
    """Share of windows whose motion stands still from some frame on, or throughout."""
    leaning: float = 0.4
    """Share of recorded and mixed windows whose whole body leans, as on slopes, beams and in falls."""
    offset_sd: float = 0.08
    """Radians added to every angle of a window, constant."""
    length_sd: float = 0.04
    shape_sd: float = 0.7


@dataclass(frozen=True)
class Motion:
    """One window of truth; the person has scale 1, world axes, metres."""

    person: Person
    coordinates: np.ndarray
    """(T, 49)."""
    step: float
    contacts: np.ndarray
    """(T, 4) for CONTACT_LANDMARKS; meaningless unless `contacts_known`."""
    contacts_known: bool


@dataclass(frozen=True)
class Source:
    """What motions are drawn from."""

    model: BodyModel
    recordings: tuple[Recording, ...]
    pool: PosePool
    share: np.ndarray
    """(R,) probability of each recording."""

    @staticmethod
    def of(model: BodyModel, recordings: list[Recording], pool: PosePool) -> "Source":
        """Longer recordings more often, but not in proportion: they repeat themselves."""
        weight = np.array([len(r.coordinates) ** 0.7 for r in recordings])
        return Source(model, tuple(recordings), pool, weight / weight.sum())


def draw_motion(source: Source, frames: int, config: MotionConfig, rng: np.random.Generator) -> Motion:
    """A window of motion that does not pass through itself (of at most four tries)."""
    person = draw_person(source.model, config, rng)
    motion = _draw(source, person, frames, config, rng)
    for _ in range(3):
        some = motion.coordinates[:: max(1, frames // 4)]
        if np.max(deepest_overlap(source.model, person, some)) < 1.5 * OVERLAP:
            break
        motion = _draw(source, person, frames, config, rng)
    return motion


def draw_person(model: BodyModel, config: MotionConfig, rng: np.random.Generator) -> Person:
    """Shape and proportions of an adult, of unit scale."""
    lengths = rng.normal(0, config.length_sd, len(LENGTH_GROUPS))
    return Person(rng.normal(0, config.shape_sd, model.shape_size), lengths)


def _draw(
    source: Source, person: Person, frames: int, config: MotionConfig, rng: np.random.Generator
) -> Motion:
    table = source.model.skeleton
    step = float(np.exp(rng.uniform(*np.log(config.step))))
    times = _clock(frames, step, config, rng)
    q, contacts = _recorded(source, times, rng)
    kind = rng.random()
    plain = kind < config.plain
    if not plain:
        other = _recorded(source, times, rng)[0]
        if kind > 1 - config.procedural:
            other = _procedural(source.pool, times, rng)
        for limb in LIMBS:
            if rng.random() < config.swap_limb:
                columns = limb_columns(table, limb)
                q[:, columns] = other[:, columns]
        if kind > 1 - config.procedural:
            q = _turned(source.model, person, q, rng)
    if kind <= 1 - config.procedural and config.leaning and rng.random() < config.leaning:
        q = _leaning(q, rng)
    q[:, 3:-3] += rng.normal(0, config.offset_sd, q.shape[1] - 6)
    q = np.clip(q, table.lower, table.upper)
    return Motion(person, q, step, contacts, plain)


def limb_columns(table: Skeleton, limb: str) -> np.ndarray:
    """Coordinates of one of LIMBS."""
    side = limb[-2:] if limb.endswith(("_r", "_l")) else ""
    names = enumerate(table.coordinate_names)
    return np.array([i for i, n in names if n.split("_")[0] in LIMBS[limb] and n.endswith(side)])


def _clock(frames: int, step: float, config: MotionConfig, rng: np.random.Generator) -> np.ndarray:
    """(T,) seconds of motion that has passed at every frame; it may stop on the way."""
    times = step * np.exp(rng.uniform(*np.log(config.stretch))) * np.arange(frames)
    if rng.random() < config.still:
        times = np.minimum(times, times[rng.integers(frames)])
    if rng.random() < config.still:
        times = np.maximum(times, times[rng.integers(frames)])
    return times


def _recorded(source: Source, times: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates (T, 49) and contacts (T, 4) of a piece of some recording, mirrored half the time."""
    clip = source.recordings[rng.choice(len(source.share), p=source.share)]
    last = len(clip.coordinates) - 1
    start = rng.uniform(0, max(last - times[-1] / clip.step, 0))
    at = np.minimum(start + times / clip.step, last)
    before = np.minimum(at.astype(int), max(last - 1, 0))
    after = np.minimum(before + 1, last)
    part = (at - before)[:, None]
    q = (1 - part) * clip.coordinates[before] + part * clip.coordinates[after]
    contacts = clip.contacts[np.rint(at).astype(int)].astype(np.float64)
    if rng.random() < 0.5:
        q = mirror_coordinates(source.model.skeleton, q)
        contacts = contacts[:, mirror_index(CONTACT_LANDMARKS)]
    return q, contacts


def _procedural(pool: PosePool, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T, 49) smooth passage through two to four postures, each limb in its own time."""
    keys = pool.coordinates[rng.integers(len(pool.coordinates), size=4)]
    q = np.empty((len(times), keys.shape[1]))
    speed = np.exp(rng.normal(0, 0.5, keys.shape[1]))
    phase = rng.uniform(0, 1, keys.shape[1])
    # limbs move as wholes: neighbouring coordinates share speed and phase
    for first in (0, 3, 10, 17, 26, 36):
        last = {0: 3, 3: 10, 10: 17, 17: 26, 26: 36, 36: 49}[first]
        at = np.clip(phase[first] + times * speed[first] * 1.2, 0, 2.999)
        if rng.random() < 0.25:
            at[:] = at[0]
        k, part = at.astype(int), at - at.astype(int)
        ease = (part * part * (3 - 2 * part))[:, None]
        columns = slice(first, last)
        q[:, columns] = (1 - ease) * keys[k, columns] + ease * keys[k + 1, columns]
    return q


def _leaning(q: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The whole motion tipped by about 15 degrees to any side."""
    tip = Rotation.from_rotvec(rng.normal(0, 0.2, 3) * [1.0, 0.0, 1.0])
    q = q.copy()
    turned = tip * Rotation.from_euler("YXZ", q[:, [2, 1, 0]])
    q[:, [2, 1, 0]] = np.unwrap(turned.as_euler("YXZ"), axis=0)
    q[:, -3:] = tip.apply(q[:, -3:])
    return q


def _turned(model: BodyModel, person: Person, q: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The pelvis turned so that the body balances on its feet, or, supported, anyhow."""
    yaw, draw = rng.uniform(-np.pi, np.pi), rng.random()
    if draw < 0.6:
        R = balancing_turn(model, person, q)
        R = Rotation.from_rotvec(rng.normal(0, 0.08, 3)).as_matrix() @ R
    elif draw < 0.9:
        tilt, roll = rng.normal(0, 0.6), rng.normal(0, 0.3)
        R = Rotation.from_euler("XZ", [roll, tilt]).as_matrix()
    else:
        R = Rotation.random(random_state=rng).as_matrix()
    rotation, pelvis_list, tilt = (Rotation.from_euler("Y", yaw) * Rotation.from_matrix(R)).as_euler("YXZ")
    q = q.copy()
    wobble = Rotation.from_euler("YXZ", q[:, [2, 1, 0]] - q[:, [2, 1, 0]].mean(axis=0))
    turned = Rotation.from_euler("YXZ", [rotation, pelvis_list, tilt]) * wobble
    q[:, [2, 1, 0]] = np.unwrap(turned.as_euler("YXZ"), axis=0)
    return q
