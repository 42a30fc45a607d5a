"""Newton's second law as a term of the solver: what no contact explains costs, as do excessive torques."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.body.inertia import Inertia
from borelli.dynamics.curve import natural_spline
from borelli.dynamics.ground_forces import Grip, GroundForces, ground_forces
from borelli.dynamics.point_loads import point_loads
from borelli.dynamics.rigid_body import FORCE, HINGES, MOMENT, Kinematics, Loads, inverse_dynamics
from borelli.fitting.normal import Normal
from borelli.fitting.state import View

FRAMES_AT_ONCE = 1000
"""Forces of a longer clip are found run by run: the Jacobian takes 30 kB per frame."""


@dataclass(frozen=True)
class Newton:
    """Unexplained wrench and excess torque of the frames between the first and the last; unit: deviations.

    The contact forces are eliminated frame by frame (variable projection).
    """

    inertia: Inertia
    times: np.ndarray
    """(T,) seconds."""
    points: np.ndarray
    """(P,) which points of the view may push."""
    firmness: np.ndarray
    """(T, P) 0 to 1: how firmly they touch."""
    grip: Grip
    torque_limits: tuple[np.ndarray, np.ndarray]
    """(49,) and (49,) N m."""
    torque_sd: float
    """N m beyond the limits."""
    robust: float = np.inf
    """Deviations beyond which a frame counts as one that no contact can explain (Geman-McClure)."""

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of what cannot be."""
        if len(self.times) < 3:
            return
        motion = Kinematics.of(self.times)
        loads = self._loads(view, motion, "none" if normal.cost_only else "wrench")
        ground = self.ground(view, loads)
        inner = np.arange(1, len(self.times) - 1)
        trust = 1 / (1 + ground.cost / self.robust**2)
        rows = np.zeros((3, 0, 6, normal.n))
        if not normal.cost_only:
            rows = trust[:, None, None] * (ground.rows @ self._wrench_rows(view, motion, loads, ground))
        normal.add_triples(inner, trust[:, None] * ground.error, rows, float(np.sum(trust * ground.cost)))
        self._add_torques(normal, view, motion, loads, ground)

    def explained(self, view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Forces (T, P, 3), moment and force (T, 6) left after them, and loads (T, 49): joint torques.

        With the derivatives of the smoothest curve through all frames; `view` itself is not evaluated. The
        first and the last frame, whose accelerations nothing tells, take over what their neighbours have.
        """
        q = view.state.coordinates
        spline = natural_spline(self.times, q)
        inner = len(q) - 2
        forces = np.empty((len(q), len(self.points), 3), dtype=np.float32)
        residual, left = np.empty((len(q), 6)), np.empty(q.shape, dtype=np.float32)
        for first in range(0, inner, FRAMES_AT_ONCE):
            run = slice(first, min(first + FRAMES_AT_ONCE, inner))
            wide = slice(run.start, run.stop + 2)
            part = replace(self, times=self.times[wide], firmness=self.firmness[wide])
            seen = replace(view, state=replace(view.state, coordinates=q[wide]))
            pose = seen.pose.at(slice(1, -1))
            v, a = (spline(part.times[1:-1], nu=order) for order in (1, 2))
            loads = inverse_dynamics(view.model.skeleton, self.inertia, pose, v, a)
            ground = part.ground(seen, loads)
            filled = slice(run.start + 1, run.stop + 1)
            forces[filled], residual[filled] = ground.forces, ground.residual
            left[filled] = part._after(seen, loads, ground)
        for found in (forces, residual, left):
            found[0], found[-1] = found[1], found[-2]
        return forces, residual, left

    def ground(self, view: View, loads: Loads) -> GroundForces:
        """Contact forces of the frames between the first and the last."""
        wrench = np.concatenate([loads.values[:, MOMENT], loads.values[:, FORCE]], axis=1)
        return ground_forces(wrench, self._levers(view), self.firmness[1:-1], self.grip)

    def _levers(self, view: View) -> np.ndarray:
        return (view.world[:, self.points] - view.pose.joints[:, :1])[1:-1]

    def _loads(self, view: View, motion: Kinematics, derivatives: str) -> Loads:
        q = view.state.coordinates
        v, a = motion.velocity(q), motion.acceleration(q)
        return inverse_dynamics(
            view.model.skeleton, self.inertia, view.pose.at(slice(1, -1)), v, a, derivatives
        )

    def _wrench_rows(self, view: View, motion: Kinematics, loads: Loads, ground: GroundForces) -> np.ndarray:
        """(3, T-2, 6, 49) derivatives of the unexplained wrench, the forces held."""
        rows = _three_frames(loads, motion)
        J = view.world_jacobian[1:-1][:, self.points, :, : rows.shape[-1]]
        # a contact that moves by dx turns its force into a moment: dx x f
        f = ground.forces
        rows[1, :, :3] -= np.einsum("tpin,tpij->tjn", J, _cross_matrix(f), optimize=True)
        # the moment is taken about the pelvis, which moves with its translations
        rows[1, :, :3, FORCE] -= _cross_matrix(ground.residual[:, 3:]).transpose(0, 2, 1)
        return rows

    def _after(self, view: View, loads: Loads, ground: GroundForces) -> np.ndarray:
        """Loads without what the contact forces carry."""
        left = loads.values.copy()
        left[:, MOMENT], left[:, FORCE] = ground.residual[:, :3], ground.residual[:, 3:]
        inner = slice(1, -1)
        pose, positions = view.pose.at(inner), view.world[inner][:, self.points]
        points = view.points.at(self.points)
        carried = point_loads(view.model, pose, points, positions, ground.forces)
        left[:, HINGES] -= carried[:, HINGES]
        return left

    def _add_torques(
        self, normal: Normal, view: View, motion: Kinematics, loads: Loads, ground: GroundForces
    ) -> None:
        """Squared hinge on torques beyond the limits."""
        torque = self._after(view, loads, ground)
        lower, upper = self.torque_limits
        excess = np.minimum(torque - lower, 0) + np.maximum(torque - upper, 0)
        excess[:, MOMENT], excess[:, FORCE] = 0, 0
        excess /= self.torque_sd
        over = np.flatnonzero(np.any(excess != 0, axis=1))
        rows = np.zeros((3, len(over), excess.shape[1], normal.n))
        if len(over) and not normal.cost_only:
            pose = view.pose.at(over + 1)
            q = view.state.coordinates
            v, a = motion.velocity(q)[over], motion.acceleration(q)[over]
            full = inverse_dynamics(view.model.skeleton, self.inertia, pose, v, a, "all")
            rows = _three_frames(full, motion.at(over))
            wrench = np.concatenate([rows[:, :, MOMENT], rows[:, :, FORCE]], axis=2)
            by_wrench = ground.by_wrench[over]
            J = view.world_jacobian[over + 1][:, self.points, :, :49]
            given = np.einsum("tpij,tpiw->tjw", J, by_wrench, optimize=True)
            rows = (rows - given @ wrench) / self.torque_sd
            rows *= (excess[over] != 0)[None, :, :, None]
        normal.add_triples(over + 1, excess[over], rows, float(np.sum(excess**2)))


def _three_frames(loads: Loads, motion: Kinematics) -> np.ndarray:
    """(3, N, R, 49) derivatives by the coordinates one frame before, at, and one frame after."""
    v, a = motion.velocity_weights[..., None, None], motion.acceleration_weights[..., None, None]
    rows = v * loads.by_v + a * loads.by_a
    rows[1] += loads.by_q
    return rows


def _cross_matrix(f: np.ndarray) -> np.ndarray:
    """(..., 3, 3): rows i of x as d(x x f)_j / dx_i."""
    zero = np.zeros(f.shape[:-1])
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack(
        [
            np.stack([zero, -z, y], axis=-1),
            np.stack([z, zero, -x], axis=-1),
            np.stack([-y, x, zero], axis=-1),
        ],
        axis=-2,
    )
