"""What forces on points of the body do to its coordinates, without the Jacobian of the points."""

import numpy as np
from numba import njit

from borelli.body.kinematics import Points, Pose
from borelli.body.model import BodyModel


def point_loads(
    model: BodyModel, pose: Pose, points: Points, positions: np.ndarray, forces: np.ndarray
) -> np.ndarray:
    """Generalised forces (T, 49), N m and N, of forces (T, P, 3) at `positions` (T, P, 3): J^T f.

    A force turns a hinge by what its moment about the hinge has along the axis.
    """
    table = model.skeleton
    moves = table.moves()[table.hinge_segment][:, points.segments]
    loads = np.zeros((len(positions), len(moves) + 3))
    return _point_loads(pose.hinge_axes, pose.joints, table.hinge_segment, moves, positions, forces, loads)


@njit(cache=True)
def _point_loads(  # type: ignore[no-untyped-def]
    axes, joints, segments, moves, positions, forces, loads
):
    """Fill `loads` (T, H + 3) and return them."""
    frames, count = positions.shape[:2]
    hinges = len(segments)
    for t in range(frames):
        for p in range(count):
            f0, f1, f2 = forces[t, p]
            if f0 == 0.0 and f1 == 0.0 and f2 == 0.0:
                continue
            loads[t, hinges] += f0
            loads[t, hinges + 1] += f1
            loads[t, hinges + 2] += f2
            for h in range(hinges):
                if moves[h, p]:
                    d0 = positions[t, p, 0] - joints[t, segments[h], 0]
                    d1 = positions[t, p, 1] - joints[t, segments[h], 1]
                    d2 = positions[t, p, 2] - joints[t, segments[h], 2]
                    loads[t, h] += (
                        axes[t, h, 0] * (d1 * f2 - d2 * f1)
                        + axes[t, h, 1] * (d2 * f0 - d0 * f2)
                        + axes[t, h, 2] * (d0 * f1 - d1 * f0)
                    )
    return loads
