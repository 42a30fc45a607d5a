"""Stature of a person: from the sole to the top of the head, standing with all coordinates zero."""

import numpy as np

from borelli.body.kinematics import body_jacobian, forward, landmark_points, place
from borelli.body.model import BodyModel, Person

_ENDS = ("vertex", "sole_heel_r")


def stature(model: BodyModel, person: Person) -> float:
    """Metres."""
    return stature_with_gradient(model, person)[0]


def stature_with_gradient(model: BodyModel, person: Person) -> tuple[float, np.ndarray]:
    """Stature in metres and its derivative (U,) by log scale, log lengths and shape."""
    pose = forward(model, person, np.zeros((1, len(model.skeleton.coordinate_names))))
    points = landmark_points(model, _ENDS)
    height = place(pose, points, model, person)[0, :, 1]
    gradient = body_jacobian(pose, points, model, person)[0, :, 1]
    return float(height[0] - height[1]), gradient[0] - gradient[1]


def person_of_stature(model: BodyModel, metres: float) -> Person:
    """Mean shape, scaled to a stature in metres."""
    mean = Person(shape=np.zeros(model.shape_size))
    return Person(shape=mean.shape, scale=metres / stature(model, mean))
