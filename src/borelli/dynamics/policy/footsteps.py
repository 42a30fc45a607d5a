"""What the feet shall do: stay where they stand, and land where the body will need them.

A body that is ahead of its motion, or too fast, topples on like an inverted pendulum: until a foot lands
after a time T, an error xi of the capture point (Pratt et al. 2006, IEEE-RAS Humanoids) grows by exp(growth
T). The foot is placed by as much farther, and then moves on parallel to its motion; by a little more, and the
error shrinks. The way there is the one of least acceleration (a cubic in time), planned anew in every frame.
"""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.policy.gains import Gains
from borelli.dynamics.policy.goal import Goal
from borelli.dynamics.policy.moment import Moment

LEVEL = np.array([1.0, 0.0, 1.0])


@dataclass(frozen=True)
class Grounding:
    """What the soles can and shall do at one moment."""

    firmness: np.ndarray
    """(12,) how firmly each point may push, 0 to 1."""
    misplaced: np.ndarray
    """(3,) metres, level: how far the feet that carry weight stand from where they do in the motion."""
    wanted: np.ndarray
    """(12, 3) m/s^2: accelerations of the soles ..."""
    weight: np.ndarray
    """(12,) ... and how much each matters."""


def grounding(goal: Goal, gains: Gains, now: Moment, t: int) -> Grounding:
    """Of a body at frame t of its motion."""
    after = min(t + 1, len(goal) - 1)
    due = goal.stands[t] | goal.stands[after]
    away = goal.since[t][goal.feet]
    leaving = ~due & (away > 0) & (away < gains.leave)
    touches, near = now.height < gains.touch, now.height < 2.5 * gains.touch
    firmness = np.where(touches, np.where(due, 1.0, gains.early), np.where(due & near, gains.early, 0.0))
    firmness[leaving] = 0.0
    still = goal.stands[t] & goal.stands[after] & goal.firm[t] & (now.height < 5 * gains.touch)
    misplaced = _misplaced(goal, now, firmness, t)
    wanted, weight = np.zeros(now.soles.shape), np.zeros(len(due))
    for foot in (0, 1):
        own = goal.feet == foot
        if not due[own].any():
            wanted[own] = _swing(goal, gains, now, _landing(goal, gains, now, misplaced, foot, t), foot, t)
            weight[own] = gains.swing_weight
    sinking = gains.standing * np.maximum(now.height, -0.002)[:, None] * (0.0, 1.0, 0.0)
    wanted[still] = -(gains.standing_rate * now.glide + sinking)[still]
    weight[still] = gains.standing_weight
    return Grounding(firmness, misplaced, wanted, weight)


def _misplaced(goal: Goal, now: Moment, firmness: np.ndarray, t: int) -> np.ndarray:
    load = np.array([firmness[goal.feet == foot].max() for foot in (0, 1)])
    if not load.any():
        return np.zeros(3)
    off = np.array([(now.soles - goal.soles[t])[goal.feet == foot].mean(axis=0) for foot in (0, 1)])
    return load @ off / load.sum() * LEVEL


def _landing(goal: Goal, gains: Gains, now: Moment, misplaced: np.ndarray, foot: int, t: int) -> np.ndarray:
    """(3,) metres, level, from where a swinging foot lands in the motion to where it shall land."""
    ahead = now.pelvis[:, 0] * LEVEL
    ahead /= np.linalg.norm(ahead)
    aside = np.array([-ahead[2], 0.0, ahead[0]])
    error = now.centre - goal.centre[t] + gains.pendulum * (now.drift - goal.drift[t]) - misplaced
    place = misplaced.copy()
    for axis, growth, share in (
        (ahead, gains.growth, gains.place),
        (aside, gains.growth_aside, gains.place_aside),
    ):
        toppled = float(error @ axis) * np.exp(growth * goal.until[t, foot])
        more = share * toppled + (share - 1) * float(misplaced @ axis)
        place += axis * np.clip(more, -gains.reach, gains.reach)
    return place


def _swing(goal: Goal, gains: Gains, now: Moment, place: np.ndarray, foot: int, t: int) -> np.ndarray:
    """(6, 3) accelerations of the points of a swinging foot that shall land `place` (3,) away."""
    own = goal.feet == foot
    since, until = goal.since[t, foot], goal.until[t, foot]
    left = max(until, gains.soonest)
    away, speed = (now.soles - goal.soles[t])[own], (now.glide - goal.glide[t])[own]
    middle, drift = away.mean(axis=0), speed.mean(axis=0)
    change = 6 / left**2 * (place - middle) - 4 / left * drift
    clear = gains.clear * np.sin(np.pi * since / max(since + until, 1e-6))
    # a motion whose foot passes through the floor is no reason to do so
    sunk = max(0.0, -float(goal.height[t, own].min()))
    change[1] = gains.lift * (sunk + clear - middle[1]) - gains.lift_rate * drift[1]
    tilt = gains.tilt * (away - middle) + gains.tilt_rate * (speed - drift)
    return goal.pull[t][own] + change - tilt
