"""Stretches of a clip with the name of who performed them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from borelli.dynamics.simulation import Simulation
from borelli.motion.motion import Motion

POLICY, CONTROL, SAMPLING = "policy", "whole-body controller", "sampling controller"
SIMULATED = (POLICY, CONTROL, SAMPLING)
DYNAMICS, ESTIMATE = "whole-clip dynamics", "kinematic estimate"


@dataclass(frozen=True)
class Stretch:
    """Frames `first` up to, but without, `last` of a clip."""

    first: int
    last: int
    by: str
    """One of SIMULATED, DYNAMICS or ESTIMATE."""
    reason: str
    """Why what is above it on the ladder did not do it; empty for the policy."""


def fell(who: str, moment: float) -> str:
    """The reason that is given for a fall at a moment in seconds."""
    return f"the {who} fell at {moment:.2f} s"


def joined(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """The same with neighbours that nobody performs as one; the first says why."""
    result: list[Stretch] = []
    for stretch in stretches:
        if result and result[-1].by == stretch.by and stretch.by in (DYNAMICS, ESTIMATE):
            result[-1] = replace(result[-1], last=stretch.last)
        else:
            result.append(stretch)
    return tuple(result)


def sampled_alone(motion: Motion, simulation: Simulation) -> tuple[Stretch, ...]:
    """Stretches of a motion that the sampling controller has performed alone."""
    count, total = int(simulation.simulated.sum()), len(motion.time)
    stretches = (Stretch(0, count, SAMPLING, ""),) if count else ()
    if simulation.fall_time is None:
        return stretches
    return (*stretches, Stretch(count, total, DYNAMICS, fell(SAMPLING, simulation.fall_time)))
