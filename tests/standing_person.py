"""A person at rest on both feet as a performance worked out by hand, and what can be made of it."""

from dataclasses import replace

import numpy as np

from borelli.body.kinematics import forward, place
from borelli.body.model import average_person, body_model
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.performance import Performance
from borelli.dynamics.remarks import Remark

MODEL, MASS, G = body_model(), 70.0, 9.81
PERSON = average_person()
POINTS = contact_points(MODEL)
TIMES = np.arange(31) / 60


def standing(times: np.ndarray = TIMES) -> Performance:
    """At rest on all twelve sole points, each with its share of the weight; soles on the floor."""
    q = np.tile(MODEL.skeleton.neutral, (len(times), 1))
    soles = POINTS.soles
    points = place(forward(MODEL, PERSON, q), POINTS.points, MODEL, PERSON)
    support = points[..., 1].copy()
    q[:, -2] -= support[:, soles].min()
    points = place(forward(MODEL, PERSON, q), POINTS.points, MODEL, PERSON)
    contacts = np.zeros(points.shape[:2], dtype=bool)
    contacts[:, soles] = True
    support = np.where(contacts, points[..., 1], 0.0)
    forces = np.zeros_like(points)
    forces[:, soles, 1] = MASS * G / len(soles)
    return Performance(
        times=times,
        person=PERSON,
        mass=MASS,
        coordinates=q,
        point_names=POINTS.names,
        points=points,
        contacts=contacts,
        support=support,
        forces=forces,
        torques=np.zeros_like(q),
        residual=np.zeros((len(times), 6)),
        explained=np.ones(len(times), dtype=bool),
    )


def moved_up(performance: Performance, height: np.ndarray) -> Performance:
    """The whole body raised by (T,) metres."""
    q, points = performance.coordinates.copy(), performance.points.copy()
    q[:, -2] += height
    points[..., 1] += height[:, None]
    return replace(performance, coordinates=q, points=points)


def without_forces(performance: Performance) -> Performance:
    """A kinematic motion whose forces nobody computed."""
    return replace(
        performance,
        forces=np.full_like(performance.forces, np.nan),
        torques=np.full_like(performance.torques, np.nan),
        residual=np.full_like(performance.residual, np.nan),
    )


def in_air(performance: Performance) -> Performance:
    nothing = np.zeros_like(performance.contacts)
    return replace(
        performance, contacts=nothing, forces=0 * performance.forces, support=0 * performance.support
    )


def texts(remarks: tuple[Remark, ...]) -> str:
    return " | ".join(f"{remark.level}: {remark.text}" for remark in remarks)
