"""The policy, and whole-body control from where the policy fails: one performance of the rest of a clip."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.body.model import BodyModel
from borelli.dynamics.policy.clips import RATE, Clip
from borelli.dynamics.policy.library import Library, library
from borelli.dynamics.policy.perform import Performed, balancing, perform_clips, seeing
from borelli.dynamics.policy.policy import Policy
from borelli.dynamics.policy.stretches import CONTROL, POLICY, fell
from borelli.dynamics.policy.worlds import flat_states
from borelli.dynamics.sampling import REWIND

SHORTEST_S = 0.3
"""Seconds: a shorter stretch is not worth a seam."""


@dataclass(frozen=True)
class Leg:
    """Who performs from a frame at RATE on, and why nobody above did."""

    first: int
    by: str
    """POLICY or CONTROL."""
    reason: str


@dataclass(frozen=True)
class Relay:
    """A performance by one after the other; the first leg begins in frame 0."""

    performed: Performed
    legs: tuple[Leg, ...]
    reason: str
    """What ended it before the end of the clip; empty where nothing did."""

    @property
    def kept(self) -> int:
        """Frames at RATE that are not lost to a fall, which begins before it shows."""
        return _before(self.performed) if self.performed.fell else len(self.performed.coordinates)


def relay(model: BodyModel, clip: Clip, started: float, policy: Policy) -> Relay:
    """Perform a clip that starts at `started` seconds.

    Where whole-body control performs more when it does everything alone, it does.

    Raises BorelliError for a clip that cannot be simulated.
    """
    whole = library(model, [clip], policy.body)
    top = perform_clips(whole, seeing(whole, policy.act), 1)[0]
    reason = _fall(POLICY, started, top)
    first = Relay(top, (Leg(0, POLICY, ""),), reason)
    if not top.fell:
        return first
    tried, seam = list[Relay](), first.kept
    if seam:
        later = library(model, [clip.after(seam)], policy.body)
        state = flat_states(top.qpos[seam : seam + 1], top.qvel[seam : seam + 1])
        rest, legs, end = _by_control(later, state, reason, seam, started + seam / RATE)
        both = Relay(_joined(top, rest, seam), (*first.legs, *legs), end)
        if not rest.fell:
            return both
        tried = [replace(first, reason=end), both]
    alone = Relay(*_by_control(whole, None, reason, 0, started))
    return max([*tried, alone], key=lambda one: one.kept)


def _by_control(
    clips: Library, state: np.ndarray | None, reason: str, first: int, started: float
) -> tuple[Performed, tuple[Leg, ...], str]:
    """The only clip of a library by whole-body control, since `reason` stopped who came before."""
    found = perform_clips(clips, balancing(clips), 1, state)[0]
    end = _fall(CONTROL, started, found)
    return found, (Leg(first, CONTROL, reason),), f"{reason}; {end}" if end else ""


def _joined(before: Performed, after: Performed, seam: int) -> Performed:
    """The first up to a frame, and then the other."""
    coordinates = after.coordinates.copy()
    turns = np.round((before.coordinates[seam] - coordinates[0]) / (2 * np.pi))[:3]
    coordinates[:, :3] += 2 * np.pi * turns
    return Performed(
        np.concatenate([before.coordinates[:seam], coordinates]),
        np.concatenate([before.qpos[:seam], after.qpos]),
        np.concatenate([before.qvel[:seam], after.qvel]),
        after.fell,
        after.broken,
    )


def _before(performed: Performed) -> int:
    """Frames well before a fall; none where they are not worth a seam."""
    frames = len(performed.coordinates) - 1 - round(REWIND * RATE)
    return frames if frames >= SHORTEST_S * RATE else 0


def _fall(who: str, started: float, performed: Performed) -> str:
    """What ended a performance; empty where nothing did."""
    if not performed.fell:
        return ""
    moment = started + len(performed.coordinates) / RATE
    if performed.broken:
        return f"the simulation of the {who} broke down at {moment:.2f} s"
    return fell(who, moment)
