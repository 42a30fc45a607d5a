"""From the policy down to what always works: who performed which stretch of a clip, and why no other did.

The policy performs until a second before it falls, the sampling controller goes on from the state in which
it was then, and what that cannot perform either keeps the motion of whole-clip dynamics.
"""

import time
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.interpolate import CubicSpline, make_interp_spline

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person
from borelli.dynamics.performance import Performance
from borelli.dynamics.policy.clips import RATE
from borelli.dynamics.policy.from_motion import clip_of_motion
from borelli.dynamics.policy.library import library
from borelli.dynamics.policy.perform import Performed, perform_clips
from borelli.dynamics.policy.policy import Policy
from borelli.dynamics.policy.worlds import flat_states
from borelli.dynamics.sampling import REWIND, SamplingConfig, perform
from borelli.dynamics.simulation import Simulation
from borelli.errors import BorelliError
from borelli.motion.motion import Motion

POLICY, SAMPLING = "policy", "sampling controller"
DYNAMICS, ESTIMATE = "whole-clip dynamics", "kinematic estimate"
SHORTEST_S = 0.3
"""Seconds: a shorter stretch of the policy is not worth a seam."""


@dataclass(frozen=True)
class Stretch:
    """Frames `first` up to, but without, `last` of a clip."""

    first: int
    last: int
    by: str
    """POLICY, SAMPLING, DYNAMICS or ESTIMATE; only the first two are simulated."""
    reason: str
    """Why what is above it on the ladder did not do it; empty for the policy."""


@dataclass(frozen=True)
class Ladder:
    """The motion performed, and by whom; stretches in order, covering all frames."""

    simulation: Simulation
    stretches: tuple[Stretch, ...]


def climb_down(
    model: BodyModel, motion: Motion, performance: Performance | None, policy: Policy, config: SamplingConfig
) -> Ladder:
    """Perform a motion with the policy as far as it goes, then with what is below it.

    `performance` are the forces of that motion, where physics explained it: without them nothing but the
    policy can be tried.
    """
    begun = time.perf_counter()
    tracks, stretches = motion.coordinates.copy(), list[Stretch]()
    reason, start, done = "", None, 0
    try:
        clip = clip_of_motion(model, motion, performance, motion.video)
        performed = perform_clips(library(model, [clip], policy.body), policy.act, 1)[0]
        done = _kept(motion.time, performed)
        tracks[:done] = _at(motion.time[:done], performed)
        reason = _fall(motion.time, performed)
        start = _state(motion.time[done] - motion.time[0], performed) if 0 < done < len(motion.time) else None
    except BorelliError as error:
        reason = str(error)
    if done:
        stretches.append(Stretch(0, done, POLICY, ""))
    if done < len(motion.time) and performance is not None:
        found, why = _sampled(model, _later(performance, done), config, start)
        if found is not None and found.simulated.any():
            count = int(found.simulated.sum())
            tracks[done : done + count] = found.coordinates[:count]
            stretches.append(Stretch(done, done + count, SAMPLING, reason))
            done += count
        reason = "; ".join(part for part in (reason, why) if part)
    if done < len(motion.time):
        by = ESTIMATE if performance is None else DYNAMICS
        stretches.append(Stretch(done, len(motion.time), by, reason))
    simulation = _simulation(model, motion, tracks, done, time.perf_counter() - begun)
    return Ladder(simulation, tuple(stretches))


def sampled_alone(motion: Motion, simulation: Simulation) -> tuple[Stretch, ...]:
    """Stretches of a motion that the sampling controller has performed alone."""
    count, total = int(simulation.simulated.sum()), len(motion.time)
    stretches = [Stretch(0, count, SAMPLING, "")] if count else []
    if count < total:
        assert simulation.fall_time is not None
        stretches.append(Stretch(count, total, DYNAMICS, _fell(SAMPLING, simulation.fall_time)))
    return tuple(stretches)


def _kept(times: np.ndarray, performed: Performed) -> int:
    """How many of the frames at `times` (T,) the policy has performed; none of the second before a fall."""
    if not performed.fell:
        return len(times)
    seam = times[0] + (len(performed.coordinates) - 1) / RATE - REWIND
    return int((times < seam).sum()) if seam - times[0] >= SHORTEST_S else 0


def _fall(times: np.ndarray, performed: Performed) -> str:
    if not performed.fell:
        return ""
    moment = times[0] + len(performed.coordinates) / RATE
    if performed.broken:
        return f"the simulation of the {POLICY} broke down at {moment:.2f} s"
    return _fell(POLICY, moment)


def _fell(who: str, moment: float) -> str:
    return f"the {who} fell at {moment:.2f} s"


def _at(times: np.ndarray, performed: Performed) -> np.ndarray:
    """(T, 49) at times (T,) of the clip's own clock."""
    if not len(times):
        return performed.coordinates[:0]
    frames = times[0] + np.arange(len(performed.coordinates)) / RATE
    return CubicSpline(frames, performed.coordinates)(times)


def _state(moment: float, performed: Performed) -> np.ndarray:
    """(100,) flat state of the policy at a moment in seconds after the clip's beginning."""
    states = flat_states(performed.qpos, performed.qvel)
    state = make_interp_spline(np.arange(len(states)) / RATE, states, k=1)(moment)
    state[4:8] /= np.linalg.norm(state[4:8])
    return state


def _later(performance: Performance, first: int) -> Performance:
    """A performance from a frame on."""
    count = len(performance.times)
    cut = {
        item.name: value[first:]
        for item in fields(performance)
        if isinstance(value := getattr(performance, item.name), np.ndarray) and len(value) == count
    }
    return replace(performance, **cut)


def _sampled(
    model: BodyModel, performance: Performance, config: SamplingConfig, start: np.ndarray | None
) -> tuple[Simulation | None, str]:
    """What the sampling controller makes of it, and why it is not all."""
    try:
        found = perform(model, performance, config, start)
    except BorelliError as error:
        return None, str(error)
    return found, "" if found.fall_time is None else _fell(SAMPLING, found.fall_time)


def _simulation(
    model: BodyModel, motion: Motion, tracks: np.ndarray, done: int, wall_time: float
) -> Simulation:
    """The first `done` frames of coordinates (T, 49) compared with the motion they repeat."""
    person = Person(motion.shape, motion.log_lengths, motion.scale)
    wanted = forward(model, person, motion.coordinates[:done]).joints
    gap = forward(model, person, tracks[:done]).joints - wanted
    errors = np.full((2, len(motion.time)), np.nan)
    errors[0, :done] = np.linalg.norm(gap, axis=-1).mean(axis=1)
    errors[1, :done] = np.linalg.norm(gap - gap[:, :1], axis=-1).mean(axis=1)
    return Simulation(
        tracks,
        np.arange(len(motion.time)) < done,
        errors[0],
        errors[1],
        float(motion.time[done]) if done < len(motion.time) else None,
        np.zeros((0, 43)),
        wall_time,
    )
