"""Where down is, when nobody told the camera's tilt: what moves and stands tells it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from borelli.dynamics.cast import Cast
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.role import Role
from borelli.dynamics.schedule import Schedule
from borelli.dynamics.solve_windows import spans_of
from borelli.dynamics.whole_clip import obey_physics
from borelli.errors import BorelliError
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, CameraState
from borelli.fitting.state import State, raised, seen_by
from borelli.fitting.windows import Mapper

LOOKS = 7
"""Windows of a long clip, evenly spread, in which gravity is sought at most; the median counts."""
POSE = ("pitch", "roll", "height")
"""What may change in a window: with another focal length people could not just be turned with the camera."""
STEADY = 0.5
"""Hold above which a point of a stance tells the height of the floor."""


@dataclass(frozen=True)
class Look:
    """The people in one window of a long clip."""

    cast: tuple[Cast, ...]
    config: PhysicsConfig


def looks_at(times: np.ndarray, config: PhysicsConfig) -> list[slice]:
    """Frames of the windows in which gravity is sought; none in a clip that is solved at once."""
    if not spans_of(times, config):
        return []
    count = min(LOOKS, len(times) // config.window)
    firsts = (len(times) - config.window) * (np.arange(count) + 0.5) / count
    return [slice(int(first), int(first) + config.window) for first in firsts]


def common_gravity(cast: Sequence[Cast], config: PhysicsConfig, over: Mapper = map) -> list[State]:
    """States of all people under the camera that makes their motion fall as things fall, the floor at y = 0.

    A long clip is looked at in some windows, and all people are turned with the camera. The states are as
    they were where nobody touches anything or the image does not bear it. `over` maps over the windows.
    """
    start = [one.start for one in cast]
    if all(one.reason for one in cast):
        return start
    times = np.unique(np.concatenate([one.times for one in cast]))
    looks = looks_at(times, config)
    if not looks:
        return _solved(cast, config, CAMERA_UNKNOWNS) or start
    cameras = [found for found in over(camera_of, _parts(cast, times, looks, config)) if found is not None]
    if not cameras:
        return start
    unknowns = np.median([camera.unknowns for camera in cameras], axis=0)
    states = [seen_by(state, replace(state.camera, unknowns=unknowns)) for state in start]
    roles = [one.heeding(config.image_weight) for one in cast]
    try:
        plans = [role.contacts(state, None, config) for role, state in zip(roles, states, strict=True)]
    except BorelliError:  # contacts that were there at first may go as people are turned
        return start
    return _floor_at_zero(roles, states, plans)


def camera_of(look: Look) -> CameraState | None:
    """The camera as the motion in one window has it; None where it has no say."""
    states = _solved(look.cast, look.config, POSE)
    return None if states is None else states[0].camera


def _parts(
    cast: Sequence[Cast], times: np.ndarray, looks: Sequence[slice], config: PhysicsConfig
) -> Iterator[Look]:
    """The windows, each with the people who are there for half of it or longer."""
    for look in looks:
        runs = [slice(*np.searchsorted(one.times, times[look][[0, -1]] + [0.0, 1e-9])) for one in cast]
        there = [
            one.cut(run)
            for one, run in zip(cast, runs, strict=True)
            if not one.reason and run.stop - run.start >= config.window // 2
        ]
        if there:
            yield Look(tuple(there), config)


def _solved(cast: Sequence[Cast], config: PhysicsConfig, moving: tuple[str, ...]) -> list[State] | None:
    """States under a camera that may move; None where there are none that the image bears."""
    roles = [one.heeding(config.image_weight, moving) for one in cast]
    try:
        states, plans = obey_physics(roles, [one.start for one in cast], config, config.find_gravity)
    except BorelliError:  # contacts that were there at first may go as the motion changes
        return None
    borne = all(one.borne(state, config) for one, state in zip(cast, states, strict=True))
    return _floor_at_zero(roles, states, plans) if borne else None


def _floor_at_zero(
    roles: Sequence[Role], states: Sequence[State], plans: Sequence[Schedule | None]
) -> list[State]:
    """Raise the world, the camera with it, so that the lowest person stands on y = 0."""
    levels = []
    for role, state, plan in zip(roles, states, plans, strict=True):
        if plan is not None:
            points, _ = role.actor.places(state.coordinates)
            steady = points[..., 1][plan.active & (plan.hold > STEADY)]
            levels += [float(np.median(steady))] if len(steady) else []
    return [raised(state, -min(levels, default=0.0)) for state in states]
