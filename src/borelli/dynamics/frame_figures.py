"""What can be said of every single frame of a performance; the curves behind the certificate."""

from dataclasses import dataclass

import numpy as np

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward
from borelli.body.model import BodyModel
from borelli.body.stature import stature
from borelli.body.trajectories import frame_runs
from borelli.dynamics.centre_of_mass import centre_of_mass
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.force_figures import shares_of_weight, torque_shares
from borelli.dynamics.performance import Performance
from borelli.dynamics.rigid_body import GRAVITY
from borelli.dynamics.self_contact import body_capsules, self_penetration
from borelli.dynamics.stance_figures import floating, mean, penetration, slide_per_frame
from borelli.dynamics.strength import torque_limits


@dataclass(frozen=True)
class FrameFigures:
    """T frames; metres, seconds, body weights. NaN where a figure does not exist."""

    times: np.ndarray
    residual_force: np.ndarray
    """(T,) % of body weight."""
    residual_moment: np.ndarray
    """(T,) % of body weight x height."""
    vertical_force: np.ndarray
    """(T,) body weights, all contacts together."""
    vertical_by_foot: np.ndarray
    """(T, 2) right, left."""
    standing: np.ndarray
    """(T, 2) bool: any point of the right, left foot is in contact."""
    airborne: np.ndarray
    """(T,) bool: nothing touches."""
    centre_of_mass: np.ndarray
    """(T, 3)."""
    slide: np.ndarray
    """(T,) metres per thirtieth of a second, mean over the points of feet in contact."""
    penetration: np.ndarray
    """(T,) metres of the deepest point under its support."""
    floating: np.ndarray
    """(T,) metres over their support, mean over the points in contact."""
    torque_shares: np.ndarray
    """(T, 49) torque over strength."""
    self_penetration: np.ndarray
    """(T,) metres."""
    touching_parts: tuple[str, ...]
    """(T,) the two parts that overlap most, "" when all keep clear."""
    explained: np.ndarray
    """(T,) bool."""


def frame_figures(model: BodyModel, performance: Performance) -> FrameFigures:
    """Judge every frame."""
    person, weight = performance.person, performance.mass * GRAVITY
    height = stature(model, person)
    feet = foot_points(model, performance.point_names)
    force, moment = shares_of_weight(performance.residual, performance.mass, height)
    vertical = performance.forces[..., 1] / weight
    capsules = body_capsules(model, person)
    frames, properties = len(performance.times), inertia(model, person, performance.mass)
    depth, pair, centre = np.empty(frames), np.empty(frames, dtype=np.int64), np.empty((frames, 3))
    for run in frame_runs(frames):
        pose = forward(model, person, performance.coordinates[run])
        depth[run], pair[run] = self_penetration(model, person, pose, capsules)
        centre[run] = centre_of_mass(pose, properties)
    parts = [" and ".join(capsules.names[i] for i in ends) for ends in capsules.pairs]
    sole = feet.any(axis=0)
    limits = torque_limits(model, performance.mass, height)
    return FrameFigures(
        times=performance.times,
        residual_force=force,
        residual_moment=moment,
        vertical_force=vertical.sum(axis=1),
        vertical_by_foot=np.stack([vertical[:, foot].sum(axis=1) for foot in feet], axis=1),
        standing=np.stack([performance.contacts[:, foot].any(axis=1) for foot in feet], axis=1),
        airborne=np.logical_not(performance.contacts.any(axis=1)),
        centre_of_mass=centre,
        slide=slide_per_frame(performance.points[:, sole], performance.contacts[:, sole], performance.times),
        penetration=penetration(performance.points, performance.support),
        floating=mean(floating(performance.points, performance.contacts, performance.support)),
        torque_shares=torque_shares(performance.torques, *limits),
        self_penetration=depth,
        touching_parts=tuple(parts[p] if d > 0 else "" for p, d in zip(pair, depth, strict=True)),
        explained=performance.explained,
    )


def foot_points(model: BodyModel, names: tuple[str, ...]) -> np.ndarray:
    """(2, P) bool: points of the right, the left foot."""
    table = contact_points(model)
    foot = dict(zip(table.names, table.foot, strict=True))
    return np.array([[foot[name] == side for name in names] for side in ("r", "l")])
