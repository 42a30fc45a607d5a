"""Standing height: from the sole under the heel to the top of the head when every coordinate is zero."""

import numpy as np

from borelli.body.kinematics import body_jacobian, forward, landmark_points, place
from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import LENGTH_GROUPS
from borelli.errors import BorelliError

_ENDS = ("vertex", "sole_heel_r")


def stature(model: BodyModel, person: Person) -> float:
    """Metres."""
    pose = forward(model, person, np.zeros((1, len(model.skeleton.coordinate_names))))
    top, sole = place(pose, landmark_points(model, _ENDS), model, person)[0, :, 1]
    return float(top - sole)


def stature_gradient(model: BodyModel, person: Person) -> np.ndarray:
    """(U,) d stature / d (log scale, log lengths, shape), in the order of `kinematics.body_jacobian`."""
    pose = forward(model, person, np.zeros((1, len(model.skeleton.coordinate_names))))
    top, sole = body_jacobian(pose, landmark_points(model, _ENDS), model, person)[0, :, 1]
    return top - sole


def person_of_stature(
    model: BodyModel,
    metres: float,
    shape: np.ndarray | None = None,
    log_lengths: np.ndarray | None = None,
) -> Person:
    """The person of that standing height with the given proportions, the mean ones by default.

    Raises BorelliError outside 0.4-2.8 m: the value is then not a stature in metres.
    """
    if not 0.4 <= metres <= 2.8:
        raise BorelliError(f"stature {metres} m is not a human height; give metres, such as 1.75")
    shape = np.zeros(model.shape_size) if shape is None else shape
    log_lengths = np.zeros(len(LENGTH_GROUPS)) if log_lengths is None else log_lengths
    unscaled = stature(model, Person(shape, log_lengths))
    return Person(shape, log_lengths, metres / unscaled)
