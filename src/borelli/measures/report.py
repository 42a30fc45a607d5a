"""All readable numbers of one motion."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from borelli.errors import BorelliError
from borelli.measures.angles import angle_ranges
from borelli.measures.feet import Stance, foot_stances
from borelli.measures.gait import gait_measures, longest_walk, timing
from borelli.measures.ground import over_ground
from borelli.measures.jumps import Jump, jump_measures, jumps
from borelli.measures.mass import mass_measures, mass_path
from borelli.measures.measure import Measure, definitions
from borelli.measures.size import size_measures
from borelli.motion.motion import Motion

LEAST_ADVANCE = 0.05
"""Metres per step: feet that alternate without getting ahead shuffle, turn or dance."""
IRREGULAR = 0.25
"""Standard deviation of step times over their mean from which steps are unlikely to be a walk; healthy
walking has 0.01 to 0.05, severe limping 0.2."""


@dataclass(frozen=True)
class Measured:
    """What was measured of one person."""

    measures: tuple[Measure, ...]
    """In the order of `definitions`, right before left."""
    stances: tuple[Stance, ...]
    """All stances of the clip, in order of time."""
    events_from: str
    """forces, contacts, kinematics or nothing: what told the stances."""
    jumps: tuple[Jump, ...]
    time: np.ndarray
    """(T,) seconds."""
    centre_of_mass: np.ndarray
    """(T, 3) metres, world; NaN in frames that are not valid."""
    notes: tuple[str, ...]
    """Sentences on what is missing and what was left out."""


def measure(motion: Motion, stature_sd: float | None = None) -> Measured:
    """Gait, angles, body, centre of mass and jumps of a motion.

    Args:
        motion: any motion, raw or `filtered`.
        stature_sd: metres; widens the uncertainty of every length in proportion. None when unknown.

    Raises:
        BorelliError: no frame is valid, or there is only one.
    """
    if motion.valid.sum() < 2:
        raise BorelliError(
            f"person {motion.person} of {motion.video} has fewer than two valid frames: nothing to measure"
        )
    motion, belt = over_ground(motion)
    stances, source = foot_stances(motion)
    clock, path, walk = timing(motion, source), mass_path(motion), longest_walk(stances)
    gait = gait_measures(walk, clock)
    gets_ahead = all(item.value > LEAST_ADVANCE for item in gait if item.name == "step_length")
    flights = jumps(motion, path)
    moving = [
        *(gait if gets_ahead else []),
        *angle_ranges(motion),
        *mass_measures(motion, path),
        *jump_measures(flights, clock),
    ]
    share = 0.0 if stature_sd is None else stature_sd / motion.stature
    found = [*(_widened(item, share) for item in moving), *size_measures(motion, stature_sd)]
    order = list(definitions())
    return Measured(
        measures=tuple(sorted(found, key=lambda item: order.index(item.name))),
        stances=tuple(stances),
        events_from=source,
        jumps=tuple(flights),
        time=motion.time,
        centre_of_mass=path,
        notes=tuple(_notes(motion, walk if gets_ahead else [], belt)),
    )


def _widened(item: Measure, share: float) -> Measure:
    """A wrong stature makes every length wrong in proportion; other units do not change."""
    if item.uncertainty is None or definitions()[item.name].unit not in ("m", "m/s"):
        return item
    return replace(item, uncertainty=float(np.hypot(item.uncertainty, share * item.value)))


def _notes(motion: Motion, walk: Sequence[Stance], belt: float) -> list[str]:
    notes = []
    if belt:
        notes.append(f"on a treadmill at {belt:.2f} m/s: lengths, speeds and places are relative to its belt")
    gaps = int((~motion.valid).sum())
    if gaps:
        notes.append(f"{gaps} of {len(motion.time)} frames are not valid and were left out")
    if not walk:
        notes.append("no gait: no three stances on alternating feet were seen that get ahead")
    steps = [b.start - a.start for a, b in pairwise(walk) if a.strike_seen and b.strike_seen]
    if len(steps) > 1 and np.std(steps) > IRREGULAR * np.mean(steps):
        notes.append("steps are irregular: this is hardly a walk, so read its gait numbers with care")
    return notes
