"""Which points of the body carry weight, frame by frame, from motion alone.

What stands hardly moves and is low, but a noisy motion never rests and never touches the floor. The scales
of speed and height therefore follow the noise of the motion itself, the feet are judged together with the
weight that they must carry (`foot_states`), and the floor is where the feet stand, not where it should be.
"""

from dataclasses import dataclass, replace

import numpy as np

from borelli.dynamics.body_contacts import body_contacts, need
from borelli.dynamics.contact_cues import Cues, contact_cues
from borelli.dynamics.contact_evidence import odds_by_height, odds_by_speed, odds_of_falling
from borelli.dynamics.contact_points import ContactPoints
from borelli.dynamics.foot_states import foot_states
from borelli.dynamics.sole_regions import point_probability, tipped, told_odds
from borelli.dynamics.support_polygon import outside_support, zero_moment_point

FEWEST = 5
"""Frames below which nothing is said."""
PASSES = 3
"""Times that scales, floor and contacts are found from each other; they settle in two."""
MOST = 8.0
"""Log odds that one look at a region can be worth."""


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
    tipping: float = 0.06
    """Seconds: speed of the noise times this is the error of heights within a foot."""
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
    """Metres: height at which the soles stand over the given support; 0 in a perfect motion."""
    speed: float
    """m/s per axis: apparent speed of what stands, the noise of the motion."""
    spread: float
    """Metres: standard deviation of the height of standing soles that goes with it."""


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
        support: (T, P) height of the surface under each point, metres, up to a constant that is found; a
            level floor when not given.
        told: (T, 4) probabilities for `fitting.subject.CONTACT_LANDMARKS` from elsewhere.
        model: scales.
    """
    model = model or DetectionModel()
    under = np.zeros(positions.shape[:2], dtype=np.float32) if support is None else support
    probability = np.zeros(positions.shape[:2], dtype=np.float32)
    valid = np.asarray(np.isfinite(positions).all(axis=(1, 2)) & np.isfinite(centre).all(axis=1))
    if valid.sum() < FEWEST:
        return Detected(probability, np.full(positions.shape[:2], np.nan), np.nan, np.nan, np.nan)
    some = slice(None) if valid.all() else valid  # a mask would copy everything
    cues = contact_cues(points, positions[some], centre[some], times[some], under[some])
    state = _settle(cues, None if told is None else told[some], model)
    probability[some] = state.probability
    surface = np.where(valid[:, None], under + state.floor, np.nan)
    return replace(state, probability=probability, support=surface)


def _settle(cues: Cues, told: np.ndarray | None, model: DetectionModel) -> Detected:
    """Contacts, the noise and the height of the floor, each given the others."""
    looks, heights = cues.durations / model.look, cues.region_heights
    said = 0.0 if told is None else model.trust * told_odds(told)
    still = _first_speed(cues, model)
    floor = _first_floor(heights, cues.region_speed, still)
    load = zero_moment_point(cues.centre, cues.ground + floor, cues.times)
    outside = np.zeros(len(looks))
    probability, spread = np.zeros(cues.heights.shape, dtype=np.float32), 0.0
    for _ in range(PASSES):
        spread = model.height + model.correlation * still
        within = model.height + model.tipping * (still - model.still[0])
        own, others = cues.heights - floor, cues.others
        body = body_contacts(
            cues.speed[:, others],
            own[:, others],
            need(outside, cues.demand, spread),
            cues.times,
            looks,
            (still, spread),
        )
        falling = _odds_of_falling(cues.demand, body, still, model)
        odds = odds_by_speed(cues.region_speed, still, model.moving, model.lingering) / 2 + said
        odds += odds_by_height(heights - floor, spread, model.elsewhere)
        odds -= tipped(heights, within)
        odds = np.clip(odds, -MOST, MOST) * looks[:, None, None]
        standing = foot_states(odds, falling * looks, cues.times)
        probability = point_probability(standing, own, cues.regions, within)
        still = _speed_of(cues.region_speed, standing, still, model)
        floor = _floor_of(heights, standing, floor, spread)
        outside = outside_support(load, cues.positions, probability > 0.5)
        probability[:, others] = body
    return Detected(probability, np.zeros(0), floor, still, spread)


def _odds_of_falling(demand: np.ndarray, body: np.ndarray, still: float, model: DetectionModel) -> np.ndarray:
    """(T,) per look, that neither foot carries weight, given the probability (T, M) that other points do."""
    held = body.max(axis=1, initial=0.0)
    odds = np.clip(odds_of_falling(demand, 0.15 + 0.1 * still / model.correlation), -30, 30)
    return model.falling * np.log(held + (1 - held) * np.exp(odds))


def _first_speed(cues: Cues, model: DetectionModel) -> float:
    """m/s per axis: while something carries the body its slowest region stands, or so it seems when calm."""
    slowest = cues.region_speed.min(axis=(1, 2))
    carried = slowest[cues.demand > 0.5]
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


def _floor_of(heights: np.ndarray, standing: np.ndarray, before: float, spread: float) -> float:
    """Metres: the lowest level on which a tenth of what stands is found; others are steps and roofs."""
    sure = heights[standing > 0.5]
    if not len(sure):
        return before
    level, reach = float(np.quantile(sure, 0.1)), max(0.06, 2.5 * spread)
    for _ in range(3):
        level = float(np.median(sure[np.abs(sure - level) <= reach]))
    return level
