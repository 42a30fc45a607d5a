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
from borelli.dynamics.policy.stretches import DYNAMICS, ESTIMATE, POLICY, SAMPLING, Stretch, fell
from borelli.dynamics.policy.worlds import flat_states
from borelli.dynamics.sampling import REWIND, SamplingConfig, perform
from borelli.dynamics.simulation import Simulation
from borelli.errors import BorelliError
from borelli.motion.motion import Motion

SHORTEST_S = 0.3
"""Seconds: a shorter stretch of the policy is not worth a seam."""


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
    policy can be tried. Where the sampling controller alone performs more than both together, it does.
    """
    begun, total = time.perf_counter(), len(motion.time)
    top = _by_policy(model, motion, performance, policy)
    found = top
    if performance is not None and found.done < total:
        found = _continued(model, performance, top, config)
        if found.done < total and top.done:
            nothing = _Beginning(top.tracks[:0], (), None, top.reason)
            found = max(found, _continued(model, performance, nothing, config), key=lambda one: one.done)
    tracks, stretches = motion.coordinates.copy(), found.stretches
    tracks[: found.done] = found.tracks
    if found.done < total:
        by = ESTIMATE if performance is None else DYNAMICS
        stretches = (*stretches, Stretch(found.done, total, by, found.reason))
    simulation = _simulation(model, motion, tracks, found.done, time.perf_counter() - begun)
    return Ladder(simulation, stretches)


@dataclass(frozen=True)
class _Beginning:
    """The beginning of a clip, performed."""

    tracks: np.ndarray
    """(F, 49) coordinates."""
    stretches: tuple[Stretch, ...]
    state: np.ndarray | None
    """(100,) flat state in the frame after the last, to go on from; None: that of the motion."""
    reason: str
    """Why it is not all; empty where it is."""

    @property
    def done(self) -> int:
        """F."""
        return len(self.tracks)


def _by_policy(
    model: BodyModel, motion: Motion, performance: Performance | None, policy: Policy
) -> _Beginning:
    try:
        clip = clip_of_motion(model, motion, performance, motion.video)
        performed = perform_clips(library(model, [clip], policy.body), policy.act, 1)[0]
    except BorelliError as error:
        return _Beginning(motion.coordinates[:0], (), None, str(error))
    times = motion.time - motion.time[0]
    done = _kept(times, performed)
    if not done:
        return _Beginning(motion.coordinates[:0], (), None, _fall(motion.time[0], performed))
    state = _state(times[done], performed) if done < len(times) else None
    stretch = Stretch(0, done, POLICY, "")
    return _Beginning(_at(times[:done], performed), (stretch,), state, _fall(motion.time[0], performed))


def _continued(
    model: BodyModel, performance: Performance, top: _Beginning, config: SamplingConfig
) -> _Beginning:
    """What the sampling controller performs after what has been performed."""
    try:
        found = perform(model, _later(performance, top.done), config, top.state)
    except BorelliError as error:
        return replace(top, reason=_both(top.reason, str(error)))
    count = int(found.simulated.sum())
    reason = "" if found.fall_time is None else fell(SAMPLING, found.fall_time)
    stretch = (Stretch(top.done, top.done + count, SAMPLING, top.reason),) if count else ()
    return _Beginning(
        np.concatenate([top.tracks, found.coordinates[:count]]),
        (*top.stretches, *stretch),
        None,
        _both(top.reason, reason),
    )


def _both(first: str, second: str) -> str:
    return "; ".join(part for part in (first, second) if part)


def _kept(times: np.ndarray, performed: Performed) -> int:
    """How many of the frames at `times` (T,) from zero the policy keeps; none of the second before a fall."""
    if not performed.fell:
        return len(times)
    seam = (len(performed.coordinates) - 1) / RATE - REWIND
    return int((times < seam).sum()) if seam >= SHORTEST_S else 0


def _fall(first: float, performed: Performed) -> str:
    """What ended a performance that began at `first` seconds; empty where nothing did."""
    if not performed.fell:
        return ""
    moment = first + len(performed.coordinates) / RATE
    if performed.broken:
        return f"the simulation of the {POLICY} broke down at {moment:.2f} s"
    return fell(POLICY, moment)


def _at(times: np.ndarray, performed: Performed) -> np.ndarray:
    """(T, 49) coordinates at times (T,) from zero."""
    return CubicSpline(np.arange(len(performed.coordinates)) / RATE, performed.coordinates)(times)


def _state(moment: float, performed: Performed) -> np.ndarray:
    """(100,) flat state of the policy at a moment in seconds from zero."""
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
