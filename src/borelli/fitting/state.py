"""What the estimator solves for, and the geometry that every term reads.

Unknowns per person and frame: 49 coordinates. Shared (the border): log scale, 10 log lengths, S shape
components, then the 4 camera unknowns. Shapes: T frames, P points, G = 1 + 10 + S + 4 border unknowns.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from borelli.body.kinematics import Points, Pose, body_jacobian, coordinate_jacobian, forward, place
from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import LENGTH_GROUPS
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, CameraState


@dataclass(frozen=True)
class State:
    """One person in front of one camera."""

    coordinates: np.ndarray
    """(T, 49) radians and metres."""
    person: Person
    camera: CameraState

    def border(self) -> np.ndarray:
        """(G,) the shared unknowns as one vector."""
        return np.r_[
            np.log(self.person.scale), self.person.log_lengths, self.person.shape, self.camera.unknowns
        ]

    def moved(self, step: np.ndarray, border_step: np.ndarray) -> "State":
        """The state after adding (T, 49) and (G,)."""
        border = self.border() + border_step
        first, last = 1 + len(LENGTH_GROUPS), len(border) - len(CAMERA_UNKNOWNS)
        person = Person(border[first:last], border[1:first], float(np.exp(border[0])))
        return State(self.coordinates + step, person, replace(self.camera, unknowns=border[last:]))


def border_names(shape_size: int) -> tuple[str, ...]:
    """Names of the shared unknowns, in order."""
    lengths = tuple(f"length_{group}" for group in LENGTH_GROUPS)
    return ("scale", *lengths, *(f"shape_{i}" for i in range(shape_size)), *CAMERA_UNKNOWNS)


@dataclass(frozen=True)
class View:
    """A state with everything terms need, evaluated when first asked for."""

    model: BodyModel
    points: Points
    """The body points that evidence speaks about."""
    state: State

    @cached_property
    def pose(self) -> Pose:
        """Segments in the world."""
        return forward(self.model, self.state.person, self.state.coordinates)

    @cached_property
    def world(self) -> np.ndarray:
        """(T, P, 3) points in the world, metres."""
        return place(self.pose, self.points, self.model, self.state.person)

    @cached_property
    def world_by_coordinates(self) -> np.ndarray:
        """(T, P, 3, 49)."""
        return coordinate_jacobian(self.pose, self.world, self.points, self.model)

    @cached_property
    def world_by_border(self) -> np.ndarray:
        """(T, P, 3, G)."""
        by_body = body_jacobian(self.pose, self.points, self.model, self.state.person)
        return np.concatenate([by_body, np.zeros((*by_body.shape[:-1], len(CAMERA_UNKNOWNS)))], axis=-1)

    @cached_property
    def camera(self) -> np.ndarray:
        """(T, P, 3) points in camera axes, metres."""
        return self.state.camera.to_camera(self.world)

    @cached_property
    def camera_by_coordinates(self) -> np.ndarray:
        """(T, P, 3, 49)."""
        return rotate_rows(self.state.camera.T_camera_world()[:3, :3], self.world_by_coordinates)

    @cached_property
    def camera_by_border(self) -> np.ndarray:
        """(T, P, 3, G)."""
        result = rotate_rows(self.state.camera.T_camera_world()[:3, :3], self.world_by_border)
        result[..., -len(CAMERA_UNKNOWNS) :] = self.state.camera.pose_derivatives(self.camera)
        return result


def rotate_rows(R: np.ndarray, jacobian: np.ndarray) -> np.ndarray:
    """R (3, 3) applied to the third-last axis of (T, P, 3, n)."""
    x, y, z = (jacobian[:, :, k] for k in range(3))
    return np.stack([R[k, 0] * x + R[k, 1] * y + R[k, 2] * z for k in range(3)], axis=2)
