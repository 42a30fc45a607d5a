"""Which points of the body carry weight, frame by frame, from motion alone.

What stands hardly moves and is low, but a noisy motion never rests and never touches the floor. The scales
of speed and height therefore follow the noise of the motion itself, the feet are judged together with the
weight that they must carry (`foot_states`), and the floor is where the feet stand, not where it should be.
"""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.body_contacts import body_contacts
from borelli.dynamics.contact_evidence import odds_by_height, odds_by_speed, odds_of_falling
from borelli.dynamics.contact_points import ContactPoints
from borelli.dynamics.foot_states import foot_states
from borelli.dynamics.sole_regions import point_probability, sole_regions, told_odds
from borelli.dynamics.support_demand import support_demand
from borelli.dynamics.support_polygon import outside_support, zero_moment_point
from borelli.geometry.filters import lowpass

FEWEST = 5
"""Frames below which nothing is said."""
CUTOFF_HZ = 10.0
"""Of the filter before velocities."""
LONGEST = 0.1
"""Seconds that a frame stands for at most, at gaps."""
PASSES = 3
"""Times that scales, floor and contacts are found from each other; they settle in two."""


@dataclass(frozen=True)
class DetectionModel:
    """Scales of the evidence."""

    correlation: float = 0.15
    """Seconds over which errors of a motion from video stay alike: times a speed, it makes a height."""
    still: tuple[float, float] = (0.2, 0.5)
    """m/s per axis: least and most apparent speed of what stands. Soles roll and give way: with the least,
    contacts of clean motion begin 30 ms after force plates feel them."""
    moving: float = 1.5
    lingering: float = 0.3
    """m/s per axis: swinging feet, and those that are held or turn round."""
    height: float = 0.02
    """Metres: spread of the height of standing soles without noise."""
    elsewhere: float = 0.003
    """Probability that a stance is on no known support."""
    look: float = 0.05
    """Seconds that bring as much evidence as one independent look."""
    falling: float = 3.0
    """Factor on the evidence for and against free fall."""
    trust: float = 0.5
    """Factor on log odds told by others."""


@dataclass(frozen=True)
class Detected:
    """Contacts of one clip."""

    probability: np.ndarray
    """(T, P) of each contact point to carry weight; 0 in frames that were NaN."""
    support: np.ndarray
    """(T, P) metres: height of the surface under each point; NaN in frames that were NaN."""
    floor: float
    """Metres: height at which the soles stand over the support; 0 in a perfect motion, NaN if none stands."""
    speed: float
    """m/s per axis: apparent speed of what stands, the noise of the motion."""


def detect_contacts(
    points: ContactPoints,
    positions: np.ndarray,
    centre: np.ndarray,
    times: np.ndarray,
    support: np.ndarray | None = None,
    told: np.ndarray | None = None,
    model: DetectionModel | None = None,
) -> Detected:
    """Contact probability of every point of the body.

    Args:
        points: the P points, soles among them.
        positions: (T, P, 3) world, metres; frames with NaN are left out.
        centre: (T, 3) centre of mass, world, metres.
        times: (T,) seconds, increasing.
        support: (T, P) height of the surface under each point, metres; a level floor of unknown height when
            not given.
        told: (T, 4) probabilities for `fitting.subject.CONTACT_LANDMARKS` from elsewhere.
        model: scales.
    """
    model = model or DetectionModel()
    under = np.zeros(positions.shape[:2]) if support is None else support
    probability = np.zeros(positions.shape[:2])
    valid = np.asarray(np.isfinite(positions).all(axis=(1, 2)) & np.isfinite(centre).all(axis=1))
    if valid.sum() < FEWEST:
        return Detected(probability, np.full(positions.shape[:2], np.nan), np.nan, np.nan)
    motion = _motion(points, positions[valid], centre[valid], times[valid], under[valid])
    found = _settle(motion, None if told is None else told[valid], support is None, model)
    probability[valid] = found.probability
    return Detected(
        probability, np.where(valid[:, None], under + found.floor, np.nan), found.floor, found.speed
    )


@dataclass(frozen=True)
class _Motion:
    """What the evidence is taken from; R = (2, 3) regions."""

    times: np.ndarray
    positions: np.ndarray
    """(T, P, 3)."""
    heights: np.ndarray
    """(T, P) over the given support."""
    speed: np.ndarray
    """(T, P)."""
    regions: np.ndarray
    """(2, 3, 2)."""
    region_speed: np.ndarray
    """(T, 2, 3)."""
    centre: np.ndarray
    demand: np.ndarray
    """(T,)."""

    @property
    def others(self) -> np.ndarray:
        """Points that are not of the soles."""
        return np.setdiff1d(np.arange(self.positions.shape[1]), self.regions)


@dataclass(frozen=True)
class _Found:
    probability: np.ndarray
    floor: float
    speed: float


def _motion(
    points: ContactPoints, positions: np.ndarray, centre: np.ndarray, times: np.ndarray, under: np.ndarray
) -> _Motion:
    regions = sole_regions(points)
    velocity = np.gradient(lowpass(positions, times, CUTOFF_HZ), times, axis=0)
    return _Motion(
        times,
        positions,
        positions[..., 1] - under,
        np.linalg.norm(velocity, axis=-1),
        regions,
        np.linalg.norm(velocity[:, regions].mean(axis=3), axis=-1),
        centre,
        support_demand(centre, times),
    )


def _settle(motion: _Motion, told: np.ndarray | None, level: bool, model: DetectionModel) -> _Found:
    """Contacts, the noise and, on a `level` floor, its height, each given the others."""
    looks = np.minimum(np.gradient(motion.times), LONGEST) / model.look
    said = 0.0 if told is None else model.trust * told_odds(told)
    others, heights = motion.others, motion.heights[:, motion.regions].mean(axis=3)
    still = _first_speed(motion, model)
    floor = _first_floor(heights, motion.region_speed, still) if level else 0.0
    outside, standing = np.zeros(len(looks)), np.zeros(heights.shape)
    body, soles = np.zeros((len(looks), len(others))), np.zeros(motion.heights.shape)
    for _ in range(PASSES):
        spread = model.height + model.correlation * still
        body = body_contacts(
            motion.speed[:, others],
            motion.heights[:, others] - floor,
            outside,
            motion.times,
            looks,
            (still, spread),
        )
        held = body.max(axis=1, initial=0.0)
        fall = odds_of_falling(motion.demand, 0.15 + 0.1 * still / model.correlation)
        falling = model.falling * looks * np.log(held + (1 - held) * np.exp(np.clip(fall, -30, 30)))
        odds = odds_by_speed(motion.region_speed, still, model.moving, model.lingering) / 2 + said
        odds += odds_by_height(heights - floor, spread, model.elsewhere)
        standing = foot_states(np.clip(odds, -8, 8) * looks[:, None, None], falling, motion.times)
        soles = point_probability(standing, motion.heights, motion.regions, spread)
        still = _speed_of(motion.region_speed, standing, still, model)
        floor = _floor_of(heights, standing, floor) if level else 0.0
        ground = (motion.positions[..., 1] - motion.heights)[:, motion.regions.ravel()].mean(axis=1) + floor
        load = zero_moment_point(motion.centre, ground, motion.times)
        outside = outside_support(load, motion.positions, soles > 0.5)
    soles[:, others] = body
    return _Found(soles, floor, still)


def _first_speed(motion: _Motion, model: DetectionModel) -> float:
    """m/s per axis: while something carries the body its slowest region stands, or so it seems when calm."""
    slowest = motion.region_speed.min(axis=(1, 2))
    carried = slowest[motion.demand > 0.5]
    return float(np.clip(np.quantile(carried if len(carried) else slowest, 0.4) / 1.3, *model.still))


def _speed_of(speed: np.ndarray, standing: np.ndarray, before: float, model: DetectionModel) -> float:
    """m/s per axis: speed scale of what stands, without what does not fit."""
    capped, weight = np.minimum(speed, 3 * before), standing.sum()
    found = np.sqrt((standing * capped**2).sum() / (3 * weight)) if weight > 1 else before
    return float(np.clip(found, *model.still))


def _first_floor(heights: np.ndarray, speed: np.ndarray, still: float) -> float:
    """Metres: where the calm regions (T, 2, 3) of both feet are."""
    calm = speed < 2 * still
    return float(np.median(heights[calm] if calm.any() else heights.min(axis=(1, 2))))


def _floor_of(heights: np.ndarray, standing: np.ndarray, before: float) -> float:
    """Metres: median height of what stands."""
    sure = standing > 0.5
    return float(np.median(heights[sure])) if sure.any() else before
