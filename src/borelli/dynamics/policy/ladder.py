"""From the policy down to what always works: who performed which stretch of a clip, and why no other did.

The policy performs until a second before it falls, whole-body control goes on from the state in which it was
then, after that the sampling controller, and what nobody can perform keeps the motion of whole-clip dynamics.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person
from borelli.dynamics.ground import ground_under
from borelli.dynamics.one_floor import on_one_floor
from borelli.dynamics.performance import Performance
from borelli.dynamics.policy.attempts import attempt
from borelli.dynamics.policy.clips import Clip
from borelli.dynamics.policy.from_motion import clip_of_motion
from borelli.dynamics.policy.policy import Policy
from borelli.dynamics.policy.stretches import DYNAMICS, ESTIMATE, SIMULATED, Stretch, joined
from borelli.dynamics.sampling import SamplingConfig
from borelli.dynamics.simulation import Simulation
from borelli.errors import BorelliError
from borelli.motion.motion import Motion

PAUSE = 1.0
"""Seconds that nobody performs before everybody tries again."""


@dataclass(frozen=True)
class Ladder:
    """The motion performed, and by whom; stretches in order, covering all frames."""

    simulation: Simulation
    stretches: tuple[Stretch, ...]


def climb_down(
    model: BodyModel, motion: Motion, performance: Performance | None, policy: Policy, config: SamplingConfig
) -> Ladder:
    """Perform a motion with the policy as far as it goes, then with what is below it.

    `performance` are the forces of that motion, where physics explained it: without them the sampling
    controller cannot be tried. Where it alone performs more than all of them in turn, it does. All of them
    stand on one floor, and so does what nobody performs.
    After a second that nobody performs all try again, from the motion as it is there.
    """
    begun, total, first = time.perf_counter(), len(motion.time), 0
    rest = ESTIMATE if performance is None else DYNAMICS
    clip = _clip(model, motion, performance)
    if performance is not None:
        performance = on_one_floor(performance, ground_under(performance).floor)
    tracks = (motion if performance is None else performance).coordinates.copy()
    stretches = list[Stretch]()
    while first < total:
        found = attempt(model, motion.time, performance, clip, policy, config, first)
        tracks[first : first + found.done] = found.tracks
        stretches += found.stretches
        first += found.done
        if first < total:
            until = int(np.searchsorted(motion.time, motion.time[first] + PAUSE))
            stretches.append(Stretch(first, until, rest, found.reason))
            first = until
    simulation = _simulation(model, motion, tracks, stretches, time.perf_counter() - begun)
    return Ladder(simulation, joined(stretches))


def _clip(model: BodyModel, motion: Motion, performance: Performance | None) -> Clip | str:
    """The clip for the policy, or why there is none."""
    try:
        return clip_of_motion(model, motion, performance, motion.video)
    except BorelliError as error:
        return str(error)


def _simulation(
    model: BodyModel, motion: Motion, tracks: np.ndarray, stretches: Sequence[Stretch], wall_time: float
) -> Simulation:
    """Coordinates (T, 49) compared with the motion they repeat, where somebody performed them."""
    person = Person(motion.shape, motion.log_lengths, motion.scale)
    simulated = np.zeros(len(motion.time), dtype=bool)
    for stretch in stretches:
        simulated[stretch.first : stretch.last] = stretch.by in SIMULATED
    gap = (
        forward(model, person, tracks[simulated]).joints
        - forward(model, person, motion.coordinates[simulated]).joints
    )
    errors = np.full((2, len(motion.time)), np.nan)
    errors[0, simulated] = np.linalg.norm(gap, axis=-1).mean(axis=1)
    errors[1, simulated] = np.linalg.norm(gap - gap[:, :1], axis=-1).mean(axis=1)
    return Simulation(
        tracks,
        simulated,
        errors[0],
        errors[1],
        None if simulated.all() else float(motion.time[np.argmin(simulated)]),
        np.zeros((0, 43)),
        wall_time,
    )
