"""What the estimator solves for, and the geometry that every term reads.

Unknowns per person and frame: 49 coordinates. Shared (the border): log scale, 10 log lengths, S shape
components, then the 4 camera unknowns. Shapes: T frames, P points, G = 1 + 10 + S + 4 border unknowns.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numba import njit
from scipy.spatial.transform import Rotation

from borelli.body.kinematics import Points, Pose, body_jacobian, coordinate_jacobian, forward, place
from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import LENGTH_GROUPS
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, CameraState
from borelli.geometry.frames import invert_transform, transform_points


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


def raised(state: State, rise: float) -> State:
    """The same view of a person and a camera that are both so many metres higher."""
    q, unknowns = state.coordinates.copy(), state.camera.unknowns.copy()
    q[:, -2] += rise
    unknowns[3] += rise
    return State(q, state.person, replace(state.camera, unknowns=unknowns))


def seen_by(state: State, camera: CameraState) -> State:
    """The same view by a camera of another tilt and height: the person is turned and moved with it."""
    turn = invert_transform(camera.T_camera_world()) @ state.camera.T_camera_world()
    q, pelvis = state.coordinates.copy(), [2, 1, 0]
    turned = Rotation.from_matrix(turn[:3, :3]) * Rotation.from_euler("YXZ", q[:, pelvis])
    angles = turned.as_euler("YXZ")
    q[:, pelvis] = angles + 2 * np.pi * np.round((q[:, pelvis] - angles) / (2 * np.pi))
    q[:, -3:] = transform_points(turn, q[:, -3:])
    return State(q, state.person, camera)


def border_names(shape_size: int) -> tuple[str, ...]:
    """Names of the shared unknowns, in order."""
    lengths = tuple(f"length_{group}" for group in LENGTH_GROUPS)
    return ("scale", *lengths, *(f"shape_{i}" for i in range(shape_size)), *CAMERA_UNKNOWNS)


@dataclass(frozen=True)
class View:
    """A state with everything terms need, evaluated when first asked for.

    Jacobians have N columns: the 49 coordinates of the frame, then the border unknowns in `free`.
    """

    model: BodyModel
    points: Points
    """The body points that evidence speaks about."""
    state: State
    free: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """(g,) indices into `border_names` of the unknowns that may move; none when one only looks."""

    @cached_property
    def pose(self) -> Pose:
        """Segments in the world."""
        return forward(self.model, self.state.person, self.state.coordinates)

    @cached_property
    def world(self) -> np.ndarray:
        """(T, P, 3) points in the world, metres."""
        return place(self.pose, self.points, self.model, self.state.person)

    @cached_property
    def camera(self) -> np.ndarray:
        """(T, P, 3) points in camera axes, metres."""
        return self.state.camera.to_camera(self.world)

    @cached_property
    def world_jacobian(self) -> np.ndarray:
        """(T, P, 3, N) of the points in the world."""
        body = self.free[self.free < self._body_size]
        result = coordinate_jacobian(self.pose, self.world, self.points, self.model, len(self.free))
        if len(body):
            with_shape = bool(np.any(body > len(LENGTH_GROUPS)))
            by_body = body_jacobian(self.pose, self.points, self.model, self.state.person, with_shape)
            first = self.state.coordinates.shape[1]
            result[..., first : first + len(body)] = by_body[..., body]
        return result

    def through_camera(
        self, A: np.ndarray, points: np.ndarray, origins: np.ndarray | None = None
    ) -> np.ndarray:
        """A (T, M, k, 3) = d residual / d camera point, for M of the points: (T, M, k, N).

        With `origins` A is by the vector from these M points to the others.
        """
        origins = points[:0] if origins is None else origins
        A_world = np.ascontiguousarray(A @ self.state.camera.T_camera_world()[:3, :3])
        result = chain(A_world, self.world_jacobian, points, origins)
        moving = self.free[self.free >= self._body_size] - self._body_size
        if len(moving):
            derivatives = self.state.camera.pose_derivatives(self.camera[:, points])
            if len(origins):
                derivatives = derivatives - self.state.camera.pose_derivatives(self.camera[:, origins])
            result[..., -len(moving) :] += A @ derivatives[..., moving]
        return result

    def column(self, name: str) -> int | None:
        """Column of a border unknown by name, None when it is held."""
        found = np.flatnonzero(self.free == border_names(self.model.shape_size).index(name))
        return self.state.coordinates.shape[1] + int(found[0]) if len(found) else None

    @property
    def _body_size(self) -> int:
        return 1 + len(LENGTH_GROUPS) + self.model.shape_size


@njit(cache=True)
def chain(A, jacobian, points, origins):  # type: ignore[no-untyped-def]
    """A (T, M, k, 3) times the rows of jacobian (T, P, 3, N) at `points` (M,): (T, M, k, N).

    Less those at `origins` (M,), unless it is empty.
    """
    frames, count, rows, _ = A.shape
    result = np.empty((frames, count, rows, jacobian.shape[3]))
    for t in range(frames):
        for m in range(count):
            x, y, z = jacobian[t, points[m], 0], jacobian[t, points[m], 1], jacobian[t, points[m], 2]
            for i in range(rows):
                a, b, c = A[t, m, i]
                for n in range(jacobian.shape[3]):
                    result[t, m, i, n] = a * x[n] + b * y[n] + c * z[n]
            if len(origins):
                x, y, z = jacobian[t, origins[m], 0], jacobian[t, origins[m], 1], jacobian[t, origins[m], 2]
                for i in range(rows):
                    a, b, c = A[t, m, i]
                    for n in range(jacobian.shape[3]):
                        result[t, m, i, n] -= a * x[n] + b * y[n] + c * z[n]
    return result
