"""The forces that explain a motion best, given when and where it touches."""

import numpy as np

from borelli.dynamics.actor import Actor
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.performance import Performance
from borelli.dynamics.rigid_body import HINGES
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
    view = View(actor.model, points, state)
    ground, left = newton.explained(view)
    torques = np.zeros_like(left)
    torques[:, HINGES] = left[:, HINGES]
    residual = np.concatenate([ground.residual[:, 3:], ground.residual[:, :3]], axis=1)
    force = np.linalg.norm(residual[:, :3], axis=1) / actor.weight
    moment = np.linalg.norm(residual[:, 3:], axis=1) / (actor.weight * actor.stature)
    believed = (force < config.believable) & (moment < config.believable_moment)
    return Performance(
        times=times,
        person=actor.person,
        mass=actor.inertia.mass,
        coordinates=coordinates,
        point_names=actor.touch.names,
        points=view.world,
        contacts=plan.active,
        support=plan.support,
        forces=_with_ends(ground.forces),
        torques=_with_ends(torques),
        residual=_with_ends(residual),
        explained=_with_ends(believed),
    )


def _with_ends(inner: np.ndarray) -> np.ndarray:
    """(T, ...) from the T-2 frames between the first and the last."""
    return np.concatenate([inner[:1], inner, inner[-1:]])
