"""The forces that explain a motion best, given when and where it touches."""

import numpy as np

from borelli.body.trajectories import trajectories
from borelli.dynamics.actor import Actor
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.performance import Performance
from borelli.dynamics.rigid_body import FORCE, MOMENT
from borelli.dynamics.schedule import Schedule
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.state import State, View


def explain(
    actor: Actor, times: np.ndarray, coordinates: np.ndarray, plan: Schedule, config: PhysicsConfig
) -> Performance:
    """Forces, torques and what is left over; the motion is not changed.

    The first and the last frame, whose accelerations nothing tells, take over what their neighbours have.

    Args:
        actor: who moves.
        times: (T,) seconds, at least four.
        coordinates: (T, 49).
        plan: contacts.
        config: weights of the forces.
    """
    points = actor.touch.points
    newton = actor.newton(times, np.arange(len(points.segments)), plan.firmness, config.strict[-1], config)
    state = State(coordinates, actor.person, CameraState(LEVEL, np.zeros(len(CAMERA_UNKNOWNS))))
    forces, wrench, torques = newton.explained(View(actor.model, points, state))
    torques[:, MOMENT], torques[:, FORCE] = 0, 0
    residual = np.concatenate([wrench[:, 3:], wrench[:, :3]], axis=1)
    force = np.linalg.norm(residual[:, :3], axis=1) / actor.weight
    moment = np.linalg.norm(residual[:, 3:], axis=1) / (actor.weight * actor.stature)
    believed = (force < config.believable) & (moment < config.believable_moment)
    return Performance(
        times=times,
        person=actor.person,
        mass=actor.inertia.mass,
        coordinates=coordinates,
        point_names=actor.touch.names,
        points=trajectories(actor.model, actor.person, coordinates, points, np.float32),
        contacts=plan.active,
        support=plan.support,
        forces=forces,
        torques=torques,
        residual=residual,
        explained=believed,
    )
