"""Motions on a treadmill, as they would be on the floor: lengths and speeds are over the belt then."""

from dataclasses import replace

import numpy as np

from borelli.body.kinematics import Pose, forward, landmark_points, place
from borelli.body.model import Person, body_model
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.treadmill import ground_velocity
from borelli.fitting.contacts import ContactModel, contact_probability, height_over_ground
from borelli.fitting.estimator import CONTACT_LANDMARKS
from borelli.measures.mass import mass_path
from borelli.motion.motion import Motion


def over_ground(motion: Motion) -> tuple[Motion, float]:
    """The motion relative to the ground it is on, and how fast that moves, m/s; 0 for a floor.

    What stands on a belt moves in the world, so contacts that were told by standing still are told anew,
    unless forces come with them.
    """
    model, person = body_model(), Person(motion.shape, motion.log_lengths, motion.scale)
    pose = forward(model, person, motion.coordinates)
    soles = contact_points(model)
    touching = place(pose, soles.points, model, person)
    touching = np.where(motion.valid[:, None, None], touching, np.nan)
    velocity = ground_velocity(soles, touching, mass_path(motion), motion.time)
    if not velocity.any():
        return motion, 0.0
    shift = (motion.time - motion.time[0])[:, None] * velocity
    coordinates = motion.coordinates.copy()
    coordinates[:, -3:] -= shift
    moved = replace(
        motion,
        coordinates=coordinates,
        joints=motion.joints - shift[:, None],
        landmarks=motion.landmarks - shift[:, None],
    )
    if motion.forces is None:
        moved = _with_contacts(moved, forward(model, person, coordinates), person)
    return moved, float(np.linalg.norm(velocity))


def _with_contacts(motion: Motion, pose: Pose, person: Person) -> Motion:
    """Heels and balls of the feet that rest and are low stand."""
    model = body_model()
    feet = place(pose, landmark_points(model, CONTACT_LANDMARKS), model, person)
    speed = np.linalg.norm(np.gradient(feet, motion.time, axis=0), axis=-1)
    height = height_over_ground(feet[..., 1], motion.time)
    seen = np.repeat(motion.valid[:, None].astype(float), len(CONTACT_LANDMARKS), axis=1)
    contacts = contact_probability(speed, height, motion.time, seen, ContactModel())
    return replace(
        motion, contact_names=CONTACT_LANDMARKS, contacts=contacts, contact_points=None, support=None
    )
