"""A swinging foot lifted off the floor it skims.

A reconstructed foot may graze the floor all through its swing: nothing in the image says by how few
millimetres it passes. A simulated foot would catch there and the person would trip.
"""

import numpy as np
from scipy.ndimage import distance_transform_edt

from borelli.body.kinematics import Points, coordinate_jacobian, forward
from borelli.body.model import BodyModel
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.performance import Performance

_LIFTING = ("hip_flexion", "knee_angle", "ankle_angle")
_STIFF = 0.02
"""Metres per radian below which a hinge is not asked to lift: straight knees."""


def cleared(model: BodyModel, performance: Performance, height: float, onset: float) -> np.ndarray:
    """Coordinates (T, 49) whose swinging feet pass at least `height` metres above what is under them.

    The demand rises from zero over `onset` seconds from the last contact and falls towards the next. Hip,
    knee and ankle of the leg share the lift; the rest of the body stays.
    """
    touch, coordinates = contact_points(model), performance.coordinates.copy()
    pose = forward(model, performance.person, coordinates)
    for side in "rl":
        own = np.flatnonzero(np.array(touch.foot) == side)
        lift = _lift(performance, own, height, onset)
        points = touch.points
        sole = Points(points.segments[own], points.offsets[own], points.offsets_shape[own])
        columns = [model.skeleton.coordinate(f"{name}_{side}") for name in _LIFTING]
        jacobian = coordinate_jacobian(pose, performance.points[:, own], sole, model)[..., columns]
        normal = np.einsum("tpkc,tpkd->tcd", jacobian, jacobian) + len(own) * _STIFF**2 * np.eye(len(columns))
        right = jacobian[:, :, 1].sum(axis=1) * lift[:, None]
        coordinates[:, columns] += np.linalg.solve(normal, right[..., None])[..., 0]
    return np.clip(coordinates, model.skeleton.lower, model.skeleton.upper)


def _lift(performance: Performance, own: np.ndarray, height: float, onset: float) -> np.ndarray:
    """(T,) metres that a foot with the points `own` is too low."""
    touching = np.asarray(performance.contacts[:, own].any(axis=1))
    interval = float(np.median(np.diff(performance.times)))
    apart = distance_transform_edt((~touching).astype(np.int8)) if touching.any() else np.inf
    since = np.asarray(apart) * interval
    above = performance.points[:, own, 1] - performance.support[:, own]
    gap = np.where(np.isfinite(above), above, np.inf).min(axis=1)
    lift = np.maximum(0.0, height * np.minimum(1.0, since / onset) - np.maximum(gap, -height))
    return np.where(touching, 0.0, _smooth(lift))


def _smooth(values: np.ndarray) -> np.ndarray:
    """(T,) averaged over five frames, so that the lift has no corners."""
    kernel = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9
    return np.convolve(np.pad(values, 2, mode="edge"), kernel, mode="valid")
