"""The reference of a simulated person, step by step: what to reach and what to tell the motors.

Motors are position servos: they get the reference angle one step ahead plus what lets the servo give the
reference's speed and the joint torques of the whole-clip solution without any error of position.
"""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

import math
from dataclasses import dataclass, replace

import mujoco
import numpy as np
from scipy.interpolate import CubicSpline, make_interp_spline

from borelli.body.model import BodyModel
from borelli.dynamics.centre_of_mass import runs
from borelli.dynamics.clearance import grounded
from borelli.dynamics.ground import ground_under
from borelli.dynamics.performance import Performance
from borelli.dynamics.sampling_cost import Targets, add_sensors, sense
from borelli.dynamics.simulated_person import SimulatorConfig, simulated_person
from borelli.dynamics.simulator import STATE
from borelli.dynamics.simulator_state import (
    StateLayout,
    positions_from_coordinates,
    state_layout,
    velocities_from_rates,
)
from borelli.errors import BorelliError

SAMPLED = (
    "hip_flexion",
    "hip_adduction",
    "knee_angle",
    "ankle_angle",
    "subtalar_angle",
    "lumbar_extension",
    "lumbar_bending",
)
"""Coordinates whose motors balance the body; with more of them the search gets lost and falls."""

CLEARANCE, ONSET = 0.012, 0.05
"""Metres at which a reference's swinging foot passes the floor; seconds from contact to that height."""

TOPPLING = 0.3
"""Seconds: of an inverted pendulum as high as a person's centre of mass, sqrt(height / gravity)."""


@dataclass(frozen=True)
class Plan:
    """N steps of the simulator in W windows of equal length; M = 43 motors."""

    compiled: mujoco.MjModel
    layout: StateLayout
    times: np.ndarray
    """(N + 1,) seconds."""
    steps: int
    """Steps of a window."""
    targets: Targets
    """The reference at `times`."""
    controls: np.ndarray
    """(N, M) target angles of the motors before any offset."""
    sampled: np.ndarray
    """Indices of the motors of SAMPLED."""

    @property
    def windows(self) -> int:
        """W."""
        return len(self.controls) // self.steps

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.times[-1] - self.times[0])

    def controls_of(self, window: int) -> np.ndarray:
        """(steps, M)."""
        return self.controls[window * self.steps : (window + 1) * self.steps]

    def controlled(self, offsets: np.ndarray) -> np.ndarray:
        """(W', steps, M) controls of the first W' windows with offsets (W', M)."""
        own = self.controls[: len(offsets) * self.steps]
        return own.reshape(len(offsets), self.steps, -1) + offsets[:, None]

    def widened(self, offsets: np.ndarray) -> np.ndarray:
        """Offsets (..., M) of all motors from those (..., 12) of the sampled ones."""
        every = np.zeros((*offsets.shape[:-1], self.compiled.nu))
        every[..., self.sampled] = offsets
        return every

    def start_state(self) -> np.ndarray:
        """(S,) flat state of the simulator: the reference at the first moment."""
        data = mujoco.MjData(self.compiled)
        data.qpos[:], data.qvel[:] = self.targets.positions[0], self.targets.velocities[0]
        state = np.zeros(mujoco.mj_stateSize(self.compiled, STATE))
        mujoco.mj_getState(self.compiled, data, state, STATE)
        return state

    def split(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions (..., nq) and velocities (..., nv) of flat states (..., S)."""
        end = 1 + self.compiled.nq
        return states[..., 1:end], states[..., end : end + self.compiled.nv]

    def drop(self, step: int, state: np.ndarray) -> float:
        """Metres that the pelvis of a flat state (S,) is below the reference."""
        return float(self.targets.positions[step, 1] - self.split(state)[0][1])


def tracking_plan(model: BodyModel, performance: Performance, window: float, config: SimulatorConfig) -> Plan:
    """Cut a performance into windows of about the given seconds that end exactly with it.

    The timestep is shortened a little for that. Raises BorelliError for a performance shorter than a window.
    """
    span = float(performance.times[-1] - performance.times[0])
    if span < window:
        raise BorelliError(
            f"{span:.2f} s of motion is too short to simulate: the controller needs {window} s at least"
        )
    steps = round(window / config.timestep)
    count = steps * math.ceil(span / (steps * config.timestep) - 1e-6)
    steady = replace(config, timestep=min(span / count, config.timestep))
    spec = simulated_person(model, performance.person, performance.mass, steady, ground_under(performance))
    add_sensors(spec)
    compiled = spec.compile()
    layout = state_layout(compiled, model.skeleton)
    times = np.linspace(performance.times[0], performance.times[-1], count + 1)
    curve = CubicSpline(performance.times, grounded(model, performance, CLEARANCE, ONSET))
    positions = positions_from_coordinates(layout, curve(times))
    velocities = velocities_from_rates(layout, curve(times), curve(times, 1))
    _admit(compiled, positions)
    names = [compiled.actuator(i).name for i in range(compiled.nu)]
    columns = [model.skeleton.coordinate(name) for name in names]
    torques = make_interp_spline(performance.times, performance.torques[:, columns], k=1)(times)
    return Plan(
        compiled,
        layout,
        times,
        steps,
        Targets(positions, velocities, sense(compiled, positions, velocities), _horizon(performance, times)),
        _controls(compiled, positions, velocities, torques),
        np.flatnonzero([name.startswith(SAMPLED) for name in names]),
    )


def _admit(compiled: mujoco.MjModel, positions: np.ndarray) -> None:
    """Widen the limits of joints, in place, to what the reference does: it may pass them a little."""
    hinges = compiled.actuator_trnid[:, 0]
    used = positions[:, compiled.jnt_qposadr[hinges]]
    compiled.jnt_range[hinges, 0] = np.minimum(compiled.jnt_range[hinges, 0], used.min(axis=0))
    compiled.jnt_range[hinges, 1] = np.maximum(compiled.jnt_range[hinges, 1], used.max(axis=0))


def _horizon(performance: Performance, times: np.ndarray) -> np.ndarray:
    """(N,) the time constant of a falling person; from just before a flight, until its end."""
    horizon = np.full(len(times), TOPPLING)
    for first, last in runs(np.logical_not(performance.contacts.any(axis=1))):
        landing = performance.times[min(last, len(performance.times) - 1)]
        near = (times > performance.times[first] - TOPPLING / 2) & (times < landing)
        horizon[near] = np.maximum(landing - times[near], TOPPLING)
    return horizon


def _controls(
    compiled: mujoco.MjModel, positions: np.ndarray, velocities: np.ndarray, torques: np.ndarray
) -> np.ndarray:
    """(N, M) from the reference at N + 1 moments."""
    joints = compiled.actuator_trnid[:, 0]
    angles, dofs = compiled.jnt_qposadr[joints], compiled.jnt_dofadr[joints]
    stiffness, settling = compiled.actuator_gainprm[:, 0], -compiled.actuator_biasprm[:, 2]
    resistance = settling + compiled.dof_damping[dofs]
    lead = (velocities[:-1, dofs] * resistance + torques[:-1]) / stiffness
    return positions[1:, angles] + lead
