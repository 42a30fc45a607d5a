"""Flights: time in the air, and how high the centre of mass rises."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from borelli.body.mjcf import GRAVITY
from borelli.dynamics.centre_of_mass import SHORTEST_FLIGHT, runs
from borelli.dynamics.hysteresis import decide
from borelli.measures.gait import Timing
from borelli.measures.measure import BOTH, Measure
from borelli.motion.motion import Motion

FREE_FALL = (0.5, 1.5)
"""Share of gravity with which a body in the air must fall: people also lift both feet while they sit."""
FEWEST_FRAMES = 4
"""One more than a parabola needs."""


@dataclass(frozen=True)
class Jump:
    """One stretch in the air that was seen from take-off to landing."""

    start: float
    """Seconds: take-off."""
    end: float
    """Seconds: landing."""
    rise: float
    """Metres from take-off to the highest place of the centre of mass, by the parabola that fits best."""
    fall: float
    """m/s^2 downwards, of the same parabola; truly 9.81."""


def jumps(motion: Motion, path: np.ndarray) -> list[Jump]:
    """Flights of at least 0.1 s during which the centre of mass (T, 3) falls freely."""
    contact = np.asarray(decide(motion.contacts, motion.time).any(axis=1))
    air = ~contact & motion.valid
    found = []
    for first, last in runs(air):
        seen = first > 0 and last < len(air) and contact[first - 1] and contact[last]
        if seen and last - first >= FEWEST_FRAMES:
            found.append(_jump(motion.time, path[:, 1], first, last))
    low, high = (share * GRAVITY for share in FREE_FALL)
    return [jump for jump in found if jump.end - jump.start >= SHORTEST_FLIGHT and low < jump.fall < high]


def jump_measures(found: Sequence[Jump], clock: Timing) -> list[Measure]:
    """The longest flight; empty without any."""
    if not found:
        return []
    longest = max(found, key=lambda jump: jump.end - jump.start)
    seconds = longest.end - longest.start
    by_time_sd = GRAVITY * seconds / 4 * clock.interval_sd
    return [
        Measure("flights", BOTH, float(len(found))),
        Measure("flight_time", BOTH, seconds, uncertainty=clock.interval_sd),
        Measure("jump_height", BOTH, longest.rise, uncertainty=_rise_sd(longest, clock)),
        Measure("jump_height_by_time", BOTH, GRAVITY * seconds**2 / 8, uncertainty=by_time_sd),
    ]


def _jump(time: np.ndarray, height: np.ndarray, first: int, last: int) -> Jump:
    """Flight of the frames from `first` to before `last`: it begins and ends between two frames."""
    start, end = (time[first - 1] + time[first]) / 2, (time[last - 1] + time[last]) / 2
    origin = time[first:last].mean()
    _, b, a = np.polynomial.polynomial.polyfit(time[first:last] - origin, height[first:last], 2)
    speed = b + 2 * a * (start - origin)
    rise = max(0.0, speed) ** 2 / (-4 * a) if a < 0 else 0.0
    return Jump(float(start), float(end), float(rise), float(-2 * a))


def _rise_sd(jump: Jump, clock: Timing) -> float:
    """A late take-off hides part of the rise: speed at take-off times the uncertainty of its time."""
    return (2 * jump.fall * jump.rise) ** 0.5 * clock.event_sd
