"""Feet of a reference put where a simulated person needs them: on the floor to push, off it to swing.

A reconstructed foot may graze the floor all through its swing, and may still push when its toes have left the
floor by centimetres: nothing in the image says so. A simulated foot would catch, and would lose its push-off.
"""

import numpy as np
from scipy.ndimage import convolve1d, distance_transform_edt

from borelli.body.kinematics import Points, coordinate_jacobian, forward
from borelli.body.mjcf import GRAVITY
from borelli.body.model import BodyModel
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.performance import Performance

_MOVING = ("hip_flexion", "knee_angle", "ankle_angle", "mtp_angle")
_HELD = 1e-3
"""m^2/rad^2 that a hinge resists with, body weight on the foot counting 1: spares nearly straight knees."""
_LEAST_SHARE = 0.02
"""Part of body weight on a point that counts as a push."""


def grounded(model: BodyModel, performance: Performance, height: float, onset: float) -> np.ndarray:
    """Coordinates (T, 49) whose feet touch what they push and clear what they do not.

    A swinging foot passes at least `height` metres above what is under it; the demand rises from zero over
    `onset` seconds from the last contact and falls towards the next. Points that push come to the surface.
    Hip, knee, ankle and toes of the leg share the shift; the rest of the body stays.
    """
    touch, coordinates = contact_points(model), performance.coordinates.copy()
    pose = forward(model, performance.person, coordinates)
    weight = performance.mass * GRAVITY
    for side in "rl":
        own = np.flatnonzero(np.array(touch.foot) == side)
        push = performance.forces[:, own, 1] / weight
        push = np.where(push > _LEAST_SHARE, np.minimum(push, 1.0), 0.0)
        lift = _lift(performance, own, height, onset)
        gap = np.nan_to_num(performance.points[:, own, 1] - performance.support[:, own])
        rise = np.where(push > 0, -gap, lift[:, None])
        share = np.where(push > 0, push, (lift > 0)[:, None] / len(own))
        points = touch.points
        sole = Points(points.segments[own], points.offsets[own], points.offsets_shape[own])
        columns = [model.skeleton.coordinate(f"{name}_{side}") for name in _MOVING]
        jacobian = coordinate_jacobian(pose, performance.points[:, own], sole, model)[..., columns]
        normal = np.einsum("tp,tpkc,tpkd->tcd", share, jacobian, jacobian) + _HELD * np.eye(len(columns))
        right = np.einsum("tp,tp,tpc->tc", share, rise, jacobian[:, :, 1])
        coordinates[:, columns] += _smooth(np.linalg.solve(normal, right[..., None])[..., 0])
    # A solved motion may pass its limits a little: what it does itself stays allowed.
    lower = np.minimum(model.skeleton.lower, performance.coordinates.min(axis=0))
    upper = np.maximum(model.skeleton.upper, performance.coordinates.max(axis=0))
    return np.clip(coordinates, lower, upper)


def _lift(performance: Performance, own: np.ndarray, height: float, onset: float) -> np.ndarray:
    """(T,) metres that a foot with the points `own` is too low."""
    touching = np.asarray(performance.contacts[:, own].any(axis=1))
    interval = float(np.median(np.diff(performance.times)))
    apart = distance_transform_edt((~touching).astype(np.int8)) if touching.any() else np.inf
    since = np.asarray(apart) * interval
    above = performance.points[:, own, 1] - performance.support[:, own]
    gap = np.where(np.isfinite(above), above, np.inf).min(axis=1)
    lift = np.maximum(0.0, height * np.minimum(1.0, since / onset) - np.maximum(gap, -height))
    return np.where(touching, 0.0, lift)


def _smooth(values: np.ndarray) -> np.ndarray:
    """(T, C) averaged over five frames, so that no shift has corners."""
    kernel = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9
    return convolve1d(values, kernel, axis=0, mode="nearest")
