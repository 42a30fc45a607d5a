"""Which points of the body carry weight, frame by frame, from motion alone.

What stands hardly moves and is low, but a noisy motion never rests and never touches the floor. The scales
of speed and height therefore follow the noise of the motion itself, the feet are judged together with the
weight that they must carry (`foot_states`), and the floor is where the feet stand, not where it should be.
"""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.contact_points import ContactPoints
from borelli.dynamics.foot_states import REGIONS, foot_states
from borelli.dynamics.support_demand import support_demand
from borelli.geometry.filters import lowpass

REGION_OF = {"heel": "heel", "metatarsal": "ball", "big": "toe", "small": "toe"}
"""First word of the name of a sole point, and its region of the foot."""
TOLD_OF = {"heel": 0, "ball": 1, "toe": 1}
"""Column per foot of CONTACT_LANDMARKS that tells about a region."""


@dataclass(frozen=True)
class DetectionModel:
    """Scales of the evidence; metres, seconds."""

    correlation: float = 0.15
    """Seconds over which errors of a motion from video stay alike."""
    still: tuple[float, float] = (0.2, 0.5)
    """m/s: smallest and largest speed scale of a standing point that is believed."""
    stepping: float = 1.5
    """m/s: speed scale of a foot that swings."""
    lingering: float = 0.3
    """m/s: speed scale of a foot that is held or turns round in the air."""
    height: float = 0.02
    """Metres: spread of the height of standing points without noise."""
    elsewhere: float = 0.003
    """Probability that a stance is on none of the known supports."""
    evidence: float = 0.05
    """Seconds that bring as much evidence as one independent look."""
    trust: float = 0.5
    """Factor on log odds told by others."""


@dataclass(frozen=True)
class Detected:
    """Contacts of one clip."""

    probability: np.ndarray
    """(T, P) of each contact point to carry weight."""
    floor: float
    """Metres: height at which the soles stand, 0 in a perfect motion."""
    speed: float
    """m/s: scale of the apparent speed of standing feet; the noise of the motion."""


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
        positions: (T, P, 3) world, metres.
        centre: (T, 3) centre of mass, world, metres.
        times: (T,) seconds, increasing.
        support: (T, P) height of the surface under each point, metres; a level floor of unknown height when
            not given.
        told: (T, 4) probabilities for `fitting.subject.CONTACT_LANDMARKS` from elsewhere.
        model: scales.
    """
    model = model or DetectionModel()
    if len(times) < 5:
        return Detected(np.zeros(positions.shape[:2]), 0.0, np.nan)
    demand = support_demand(centre, times)
    regions = sole_regions(points)
    soles = positions[:, regions].mean(axis=3)
    speed = foot_speed(soles, times)
    still = float(np.clip(noise_speed(speed, demand), *model.still))
    heights = soles[..., 1] if support is None else soles[..., 1] - support[:, regions].mean(axis=3)
    told_odds = 0.0 if told is None else model.trust * _told_log_odds(told)
    looks = np.gradient(times)[:, None, None] / model.evidence
    floor = 0.0 if support is not None else first_floor(heights, speed, still)
    spread = model.height
    standing = np.zeros(heights.shape)
    for _ in range(3):
        spread = model.height + model.correlation * still
        falling = looks[:, 0, 0] * 3 * _log_odds_falling(demand, still, model)
        odds = _log_odds_speed(speed, still, model) + _log_odds_height(heights - floor, spread, model)
        standing = foot_states(np.clip(odds + told_odds, -8, 8) * looks, falling, times)
        still = _still_of(speed, standing, still, model)
        floor = floor if support is not None else floor_under(heights, standing, floor)
    probability = np.zeros(positions.shape[:2])
    own = positions[..., 1] if support is None else positions[..., 1] - support
    for foot in range(2):
        for region in range(len(REGIONS)):
            some = regions[foot, region]
            lowest = own[:, regions[foot].ravel()].min(axis=1, keepdims=True)
            touches = 1 / (1 + np.exp((own[:, some] - lowest - 2 * spread) / (0.3 * spread)))
            probability[:, some] = standing[:, foot, region, None] * touches
    return Detected(probability, floor, still)


def sole_regions(points: ContactPoints) -> np.ndarray:
    """(2, 3, 2) points of heel, ball and toes of the right and the left foot."""
    found = [
        [
            [p for p in points.soles if points.foot[p] == side and REGION_OF[_word(points.names[p])] == name]
            for name in REGIONS
        ]
        for side in "rl"
    ]
    return np.array(found)


def _word(name: str) -> str:
    return name.split("_", maxsplit=1)[0]


def foot_speed(soles: np.ndarray, times: np.ndarray, cutoff_hz: float = 10.0) -> np.ndarray:
    """Speed (T, 2, 3), m/s, of the regions (T, 2, 3, 3) of the feet."""
    return np.linalg.norm(np.gradient(lowpass(soles, times, cutoff_hz), times, axis=0), axis=-1)


def noise_speed(speed: np.ndarray, demand: np.ndarray) -> float:
    """m/s per axis below which standing and noise cannot be told apart.

    While something carries the body, its slowest region stands, or so it seems in the calmer frames.
    """
    slowest = speed.min(axis=2).min(axis=1)
    carried = slowest[demand > 0.5]
    return float(np.quantile(carried if len(carried) else slowest, 0.4)) / 1.3


def _still_of(speed: np.ndarray, standing: np.ndarray, before: float, model: DetectionModel) -> float:
    """m/s per axis: speed scale of what stands, without what does not fit."""
    capped = np.minimum(speed, 3 * before)
    weight = standing.sum()
    found = np.sqrt((standing * capped**2).sum() / (3 * weight)) if weight > 1 else before
    return float(np.clip(found, *model.still))


def first_floor(heights: np.ndarray, speed: np.ndarray, still: float) -> float:
    """Metres: where the calm regions (T, 2, 3) are, those of both feet."""
    calm = speed < 2 * still
    return float(np.median(heights[calm] if calm.any() else heights.min(axis=(1, 2))))


def floor_under(heights: np.ndarray, standing: np.ndarray, before: float) -> float:
    """Metres: median height of what stands."""
    sure = standing > 0.5
    return float(np.median(heights[sure])) if sure.any() else before


def _log_odds_speed(speed: np.ndarray, still: float, model: DetectionModel) -> np.ndarray:
    """Standing against swinging, (T, 2, 3), a third of a foot each: its regions move as one."""

    def log_density(scale: float) -> np.ndarray:
        return -3 * np.log(scale) - speed**2 / (2 * scale**2)

    swing = np.logaddexp(
        np.log(0.75) + log_density(np.hypot(model.stepping, still)),
        np.log(0.25) + log_density(np.hypot(model.lingering, 1.5 * still)),
    )
    return (log_density(still) - swing) / 2


def _log_odds_height(height: np.ndarray, spread: float, model: DetectionModel) -> np.ndarray:
    """The same by height over the support; a sole somewhat below it says nothing."""
    above = np.maximum(height, 0.0) + 0.3 * np.minimum(height, 0.0)

    def density(mean: float, sd: float) -> np.ndarray:
        return np.exp(-((above - mean) ** 2) / (2 * sd**2)) / sd / np.sqrt(2 * np.pi)

    stand = (1 - model.elsewhere) * density(0.0, spread) + model.elsewhere
    swing = 0.5 * density(0.05, np.hypot(0.05, spread)) + 0.49 * density(0.2, np.hypot(0.2, spread)) + 0.01
    return np.log(stand) - np.log(swing)


def _log_odds_falling(demand: np.ndarray, still: float, model: DetectionModel) -> np.ndarray:
    """(T,) nothing carries the body, against something does, by the vertical force that it needs."""
    noise = 0.15 + 0.1 * still / model.correlation
    fall = -np.log(noise) - (demand / noise) ** 2 / 2
    wide = np.hypot(0.6, noise)
    return fall + np.log(wide) + ((demand - 1.1) / wide) ** 2 / 2


def _told_log_odds(told: np.ndarray) -> np.ndarray:
    """(T, 2, 3) of regions, from probabilities (T, 4) of right heel, right ball, left heel, left ball."""
    sure = np.clip(told, 0.01, 0.99).reshape(-1, 2, 2)[:, :, [TOLD_OF[name] for name in REGIONS]]
    return np.log(sure / (1 - sure))
