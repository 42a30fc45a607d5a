"""The result of physics: one person's motion with the forces that explain it."""

from dataclasses import dataclass

import numpy as np

from borelli.body.model import Person


@dataclass(frozen=True)
class Performance:
    """T frames, P contact points; world Y up, metres, newtons, radians."""

    times: np.ndarray
    """(T,) seconds."""
    person: Person
    mass: float
    """Kilograms."""
    coordinates: np.ndarray
    """(T, 49)."""
    point_names: tuple[str, ...]
    """(P,) of `contact_points`."""
    points: np.ndarray
    """(T, P, 3) where they are."""
    contacts: np.ndarray
    """(T, P) bool: the point may push."""
    support: np.ndarray
    """(T, P) metres: height of the surface under each point."""
    forces: np.ndarray
    """(T, P, 3) on the body; zero where there is no contact."""
    torques: np.ndarray
    """(T, 49) generalised forces of the joints, N m; zero for the six coordinates of the pelvis."""
    residual: np.ndarray
    """(T, 6) force and moment about the pelvis joint, world axes, that the contacts do not explain."""
    explained: np.ndarray
    """(T,) bool: the residual is small enough to believe the forces of this frame."""
