"""What the sampler wants of a body at the end of a window: the reference pose, speed and balance.

Terms after Liu et al. 2010 (Sampling-based contact-rich motion control, ACM TOG 29:128): pose, root, ends of
the limbs, balance. They are read from sensors and states of many samples at once.
"""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from dataclasses import dataclass

import mujoco
import numpy as np

ENDS = ("calcn_r", "calcn_l", "hand_r", "hand_l", "head")
"""Bodies whose places count; the feet come first."""
FEET = 2


@dataclass(frozen=True)
class CostWeights:
    """Per square of the unit given."""

    pose: float = 5.0
    """Mean over hinges, rad."""
    speed: float = 0.01
    """Mean over hinges, rad/s."""
    tilt: float = 6.0
    """Turn of the pelvis, rad."""
    coming_tilt: float = 3.0
    """The same, extrapolated over the horizon, rad."""
    spin: float = 0.15
    """Its angular velocity, rad/s."""
    ends: float = 40.0
    """Mean over ENDS, m."""
    centre: float = 20.0
    """Centre of mass, m."""
    coming: float = 20.0
    """The same, extrapolated over the horizon, m."""
    drift: float = 4.0
    """Its velocity, m/s."""
    balance: float = 40.0
    """Each foot seen from the centre of mass, level, m."""
    height: float = 20.0
    """Of the pelvis, m."""
    effort: float = 2.0
    """Each offset, rad; not part of the residuals."""


@dataclass(frozen=True)
class Targets:
    """The reference at N moments."""

    positions: np.ndarray
    """(N, nq)."""
    velocities: np.ndarray
    """(N, nv)."""
    sensors: np.ndarray
    """(N, 8, 3): pelvis, ENDS, centre of mass, its velocity."""
    horizon: np.ndarray
    """(N,) seconds over which an error of velocity becomes one of place before anything can be done."""


def add_sensors(spec: mujoco.MjSpec) -> None:
    """Sensors of everything in `Targets.sensors`, in that order."""
    for name in ("pelvis", *ENDS):
        sensor = spec.add_sensor(name=f"place_{name}", type=mujoco.mjtSensor.mjSENS_FRAMEPOS, objname=name)
        sensor.objtype = mujoco.mjtObj.mjOBJ_XBODY
    for name, kind in (
        ("centre", mujoco.mjtSensor.mjSENS_SUBTREECOM),
        ("drift", mujoco.mjtSensor.mjSENS_SUBTREELINVEL),
    ):
        sensor = spec.add_sensor(name=name, type=kind, objname="pelvis")
        sensor.objtype = mujoco.mjtObj.mjOBJ_BODY


def sense(compiled: mujoco.MjModel, positions: np.ndarray, velocities: np.ndarray) -> np.ndarray:
    """(N, 8, 3) what the sensors of `add_sensors` say in states (N, nq), (N, nv)."""
    data = mujoco.MjData(compiled)
    values = np.empty((len(positions), compiled.nsensordata))
    for n, (position, velocity) in enumerate(zip(positions, velocities, strict=True)):
        data.qpos, data.qvel = position, velocity
        mujoco.mj_fwdPosition(compiled, data)
        mujoco.mj_fwdVelocity(compiled, data)
        mujoco.mj_sensorPos(compiled, data)
        mujoco.mj_sensorVel(compiled, data)
        values[n] = data.sensordata
    return values.reshape(len(positions), -1, 3)


def window_residuals(
    weights: CostWeights,
    targets: Targets,
    at: int,
    states: tuple[np.ndarray, np.ndarray],
    sensors: np.ndarray,
) -> np.ndarray:
    """(S, R) whose squares add up to the cost of samples at target `at`.

    Samples are positions (S, nq) and velocities (S, nv).
    The simulator senses before it steps: `sensors` (S, 24) are of the moment before.
    """
    qpos, qvel = states
    wanted_qpos, wanted_qvel = targets.positions[at], targets.velocities[at]
    gap = sensors.reshape(len(qpos), -1, 3) - targets.sensors[at - 1]
    ends, centre, drift = gap[:, 1 : 1 + len(ENDS)], gap[:, -2], gap[:, -1]
    balance = (ends[:, :FEET] - centre[:, None])[..., [0, 2]]
    tilt = _turn(qpos[:, 3:7], wanted_qpos[3:7])
    spin = qvel[:, 3:6] - wanted_qvel[3:6]
    ahead = targets.horizon[at]
    count, motors = len(qpos), qpos.shape[1] - 7
    rows = (
        (weights.pose / motors, qpos[:, 7:] - wanted_qpos[7:]),
        (weights.speed / motors, qvel[:, 6:] - wanted_qvel[6:]),
        (weights.tilt, tilt),
        (weights.coming_tilt, tilt + ahead * spin),
        (weights.spin, spin),
        (weights.ends / len(ENDS), ends.reshape(count, -1)),
        (weights.centre, centre),
        (weights.coming, centre + ahead * drift),
        (weights.drift, drift),
        (weights.balance, balance.reshape(count, -1)),
        (weights.height, gap[:, 0, 1:2]),
    )
    return np.concatenate([np.sqrt(weight) * row for weight, row in rows], axis=1)


def _turn(quaternions: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(S, 3) rotation from `wanted` (4,) to (S, 4) in the body's axes, radians for small ones."""
    w, v = wanted[0], wanted[1:]
    axis = w * quaternions[:, 1:] - quaternions[:, :1] * v - np.cross(v, quaternions[:, 1:])
    return 2 * np.where(quaternions @ wanted < 0, -1.0, 1.0)[:, None] * axis
