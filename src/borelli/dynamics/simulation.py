"""What a simulated person did: the motion, how far it strayed from the reference, and when it fell."""

from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import Pose, forward
from borelli.body.model import BodyModel
from borelli.dynamics.performance import Performance
from borelli.dynamics.simulator_state import coordinates_from_positions
from borelli.dynamics.tracking_plan import Plan
from borelli.geometry.rotations import angle_between

FALL_DROP = 0.3
"""Metres that pelvis or head may be lower than in the reference ..."""
FALL_TURN = np.radians(60.0)
"""... and radians that the trunk may be turned from it before a person counts as fallen."""


@dataclass(frozen=True)
class Simulation:
    """At the performance's own times (T,); metres, radians, seconds."""

    coordinates: np.ndarray
    """(T, 49) simulated; the performance's own where `simulated` is False."""
    simulated: np.ndarray
    """(T,) bool: False from a fall on."""
    global_error: np.ndarray
    """(T,) mean distance of the joint centres from the performance's; NaN where not simulated."""
    local_error: np.ndarray
    """(T,) the same with both pelvises at one place."""
    fall_time: float | None
    """Seconds, on the performance's clock."""
    offsets: np.ndarray
    """(W, 43) radians added to the motors' targets in each window."""
    wall_time: float

    @property
    def fell(self) -> bool:
        """Did the person fall before the end?"""
        return self.fall_time is not None


def judge(
    model: BodyModel,
    performance: Performance,
    plan: Plan,
    states: np.ndarray,
    offsets: np.ndarray,
    wall_time: float,
) -> Simulation:
    """Compare flat simulator states (N + 1, S) at the steps of a plan with the performance."""
    moments = plan.times[: len(states)]
    stepped = coordinates_from_positions(plan.layout, plan.split(states)[0])
    covered = performance.times <= moments[-1] + 1e-9
    times = performance.times[covered]
    own = np.stack([np.interp(times, moments, column) for column in stepped.T], axis=1)
    found = forward(model, performance.person, own)
    wanted = forward(model, performance.person, performance.coordinates[covered])
    fallen = np.flatnonzero(_fallen(model, found, wanted))
    count = int(fallen[0]) if len(fallen) else len(times)
    simulated = np.arange(len(performance.times)) < count
    coordinates = np.where(simulated[:, None], 0.0, performance.coordinates)
    coordinates[:count] = own[:count]
    gap = found.joints - wanted.joints
    return Simulation(
        coordinates,
        simulated,
        _error(gap, simulated),
        _error(gap - gap[:, :1], simulated),
        float(times[count]) if len(fallen) else None,
        offsets,
        wall_time,
    )


def _fallen(model: BodyModel, found: Pose, wanted: Pose) -> np.ndarray:
    """(T,) bool."""
    pelvis, head, thorax = (model.skeleton.segment(name) for name in ("pelvis", "head", "thorax"))
    drop = (wanted.joints - found.joints)[:, [pelvis, head], 1].max(axis=1)
    turn = angle_between(found.rotations[:, thorax], wanted.rotations[:, thorax])
    return (drop > FALL_DROP) | (turn > FALL_TURN)


def _error(gap: np.ndarray, simulated: np.ndarray) -> np.ndarray:
    """(T,) mean length of gaps (T', J, 3), NaN where not simulated."""
    errors = np.full(len(simulated), np.nan)
    count = int(simulated.sum())
    errors[:count] = np.linalg.norm(gap[:count], axis=-1).mean(axis=1)
    return errors
