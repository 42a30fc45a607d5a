"""One attempt at the rest of a clip: policy, whole-body control, and the sampling controller from there."""

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.interpolate import CubicSpline, make_interp_spline

from borelli.body.model import BodyModel
from borelli.dynamics.performance import Performance
from borelli.dynamics.policy.clips import RATE, Clip
from borelli.dynamics.policy.perform import Performed
from borelli.dynamics.policy.policy import Policy
from borelli.dynamics.policy.relay import relay
from borelli.dynamics.policy.stretches import SAMPLING, Stretch, fell
from borelli.dynamics.policy.worlds import flat_states
from borelli.dynamics.sampling import SamplingConfig, perform
from borelli.errors import BorelliError


@dataclass(frozen=True)
class Beginning:
    """The beginning of what is left of a clip, performed."""

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


_NOTHING = np.zeros((0, 49))


def attempt(
    model: BodyModel,
    times: np.ndarray,
    performance: Performance | None,
    clip: Clip | str,
    policy: Policy,
    config: SamplingConfig,
    first: int,
) -> Beginning:
    """What somebody performs from frame `first` on of a motion at `times` (T,).

    Without `performance` the sampling controller cannot; without `clip`, which then says why, only it.
    """
    if isinstance(clip, str):
        top = Beginning(_NOTHING, (), None, clip)
    else:
        top = _simulated(model, clip, times, policy, first)
    left = len(times) - first
    if performance is None or top.done == left:
        return top
    found = _continued(model, performance, top, config, first)
    if found.done == left or not top.done:
        return found
    alone = _continued(model, performance, Beginning(_NOTHING, (), None, top.reason), config, first)
    return max(found, alone, key=lambda one: one.done)


def _simulated(model: BodyModel, clip: Clip, times: np.ndarray, policy: Policy, first: int) -> Beginning:
    """What policy and whole-body control perform from a frame on, beginning up to a thirtieth before it."""
    begin = int((times[first] - times[0]) * RATE + 1e-3)
    started = float(times[0] + begin / RATE)
    try:
        found = relay(model, clip.after(begin), started, policy)
    except BorelliError as error:
        return Beginning(_NOTHING, (), None, str(error))
    since = times[first:] - started
    done = int((since * RATE < found.kept - 1e-9).sum()) if found.performed.fell else len(since)
    if not done:
        return Beginning(_NOTHING, (), None, found.reason)
    begins = [first + int((since[:done] * RATE < leg.first - 1e-9).sum()) for leg in found.legs]
    ends = [*begins[1:], first + done]
    stretches = tuple(
        Stretch(begin, end, leg.by, leg.reason)
        for leg, begin, end in zip(found.legs, begins, ends, strict=True)
        if end > begin
    )
    state = _state(since[done], found.performed) if done < len(since) else None
    return Beginning(_at(since[:done], found.performed), stretches, state, found.reason)


def _continued(
    model: BodyModel, performance: Performance, top: Beginning, config: SamplingConfig, first: int
) -> Beginning:
    """What the sampling controller performs after what has been performed from a frame on."""
    begin = first + top.done
    try:
        found = perform(model, _later(performance, begin), config, top.state)
    except BorelliError as error:
        return replace(top, reason=_both(top.reason, str(error)))
    count = int(found.simulated.sum())
    reason = "" if found.fall_time is None else fell(SAMPLING, found.fall_time)
    stretch = (Stretch(begin, begin + count, SAMPLING, top.reason),) if count else ()
    return Beginning(
        np.concatenate([top.tracks, found.coordinates[:count]]),
        (*top.stretches, *stretch),
        None,
        _both(top.reason, reason),
    )


def _both(first: str, second: str) -> str:
    return "; ".join(part for part in (first, second) if part)


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
