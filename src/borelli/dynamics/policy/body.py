"""The simulated person of a policy: motors whose gains follow from inertia, and sites where keypoints are.

A joint moves what lies beyond it when the limb swings and everything else when the limb stands. Its gains
are those of a spring of one natural frequency for the geometric mean of both inertias, in the neutral pose.
"""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from dataclasses import dataclass, field

import mujoco
import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel, Person
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.floor_plane import FloorPlane
from borelli.dynamics.ground import Ground
from borelli.dynamics.policy.clips import RATE
from borelli.dynamics.simulated_person import SimulatorConfig, simulated_person
from borelli.dynamics.simulator_state import StateLayout, positions_from_coordinates, state_layout

SUBSTEPS = 7
"""Steps of the simulator per decision: 210 Hz."""


@dataclass(frozen=True)
class BodyConfig:
    """Motors of the simulated person. Stiffer and more damped ones fight the floor, and fall sooner."""

    frequency: float = 2.0
    """Hz: natural frequency of a joint's motor."""
    damping_ratio: float = 0.7
    share: float = 0.5
    """Of the isometric peak torque: what an action of one asks for."""
    simulator: SimulatorConfig = field(default_factory=lambda: SimulatorConfig(timestep=1 / RATE / SUBSTEPS))


@dataclass(frozen=True)
class Body:
    """One person in the simulator; motor i drives hinge i of the layout."""

    compiled: mujoco.MjModel
    layout: StateLayout
    stiffness: np.ndarray
    """(43,) N m/rad."""
    lead: np.ndarray
    """(43,) seconds: damping over stiffness."""
    reach: np.ndarray
    """(43,) radians of target per unit of action."""
    soles: np.ndarray
    """(12,) geoms of the soles."""
    radii: np.ndarray
    """(12,) metres."""
    sites: np.ndarray
    """(K,) sites of the keypoints."""
    segments: np.ndarray
    """(24,) bodies of our segments."""
    strength: np.ndarray
    """(43, 2) N m: least and greatest torque of each motor."""

    def torques(self, qpos: np.ndarray, qvel: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """(43,) N m that motors give at positions (50,), velocities (49,) and targets (43,), radians."""
        rates = qvel[self.layout.velocities]
        damping = -self.compiled.actuator_biasprm[:, 2]
        wanted = self.stiffness * (targets - qpos[self.layout.positions]) - damping * rates
        return np.clip(wanted, *self.strength.T)

    def within_strength(self, qpos: np.ndarray, qvel: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Targets (43,) at which motors begin with no more torque than they have.

        Torques are limited here, once per decision, and not step by step: a motor that the simulator cuts
        off loses its implicit damping, and the light pelvis then rings between its strong neighbours.
        """
        damping = -self.compiled.actuator_biasprm[:, 2] * qvel[self.layout.velocities]
        limits = (self.strength.T + damping) / self.stiffness + qpos[self.layout.positions]
        return np.clip(targets, *limits)


def policy_body(
    model: BodyModel,
    person: Person,
    mass: float,
    floor: FloorPlane,
    points: Points,
    config: BodyConfig | None = None,
) -> Body:
    """Compile a person with a site at each of the points (K,), in their order.

    Raises BorelliError for a mass that is not positive.
    """
    config = config or BodyConfig()
    spec = simulated_person(model, person, mass, config.simulator, Ground(floor))
    # equal to rounding, and a fifth faster, for a tree as branched as this
    spec.option.jacobian = mujoco.mjtJacobian.mjJAC_SPARSE
    table = model.skeleton
    local = points.offsets + points.offsets_shape @ person.shape
    local = local * person.segment_scales(table.groups)[points.segments][:, None]
    for k, (segment, place) in enumerate(zip(points.segments, local, strict=True)):
        spec.body(table.segment_names[segment]).add_site(name=f"keypoint_{k}", pos=place)
    compiled = spec.compile()
    layout = state_layout(compiled, table)
    omega = 2 * np.pi * config.frequency
    stiffness = motor_inertia(compiled, layout) * omega**2
    lead = 2 * config.damping_ratio / omega
    compiled.actuator_gainprm[:, 0] = stiffness
    compiled.actuator_biasprm[:, 1] = -stiffness
    compiled.actuator_biasprm[:, 2] = -stiffness * lead
    strength = compiled.actuator_forcerange.copy()
    compiled.actuator_forcelimited[:] = 0
    peak = np.abs(strength).max(axis=1) / config.simulator.strength
    soles = contact_points(model)
    geoms = np.array([compiled.geom(soles.names[i]).id for i in soles.soles])
    passive = compiled.dof_damping[layout.velocities] / stiffness
    return Body(
        compiled,
        layout,
        stiffness,
        lead + passive,
        config.share * peak / stiffness,
        geoms,
        compiled.geom_size[geoms, 0],
        # compiling sorts sites by body: names keep their order
        np.array([compiled.site(f"keypoint_{k}").id for k in range(len(local))], dtype=np.int64),
        np.array([compiled.body(name).id for name in table.segment_names]),
        strength,
    )


def motor_inertia(compiled: mujoco.MjModel, layout: StateLayout) -> np.ndarray:
    """(43,) kg m^2: geometric mean of the inertias on both sides of each hinge about its axis."""
    data = mujoco.MjData(compiled)
    data.qpos[:] = positions_from_coordinates(layout, layout.skeleton.neutral[None])[0]
    mujoco.mj_kinematics(compiled, data)
    mujoco.mj_comPos(compiled, data)
    parents = compiled.body_parentid
    inertia = np.empty(len(layout.velocities))
    for i, dof in enumerate(layout.velocities):
        joint = compiled.dof_jntid[dof]
        beyond = _subtree(parents, compiled.jnt_bodyid[joint])
        shares = _about(compiled, data, data.xanchor[joint], data.xaxis[joint])
        armature = compiled.dof_armature[dof]
        inertia[i] = np.sqrt((shares[beyond].sum() + armature) * (shares[~beyond].sum() + armature))
    return inertia


def _subtree(parents: np.ndarray, root: int) -> np.ndarray:
    """(bodies,) bool: the body `root` and everything beyond it; parents come before children."""
    inside = np.zeros(len(parents), dtype=bool)
    inside[root] = True
    for body in range(root + 1, len(parents)):
        inside[body] = inside[parents[body]]
    return inside


def _about(compiled: mujoco.MjModel, data: mujoco.MjData, anchor: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """(bodies,) moment of inertia of each body about a line."""
    lever = np.cross(data.xipos - anchor, axis)
    turned = np.einsum("bij,i->bj", data.ximat.reshape(-1, 3, 3), axis)
    return compiled.body_mass * np.square(lever).sum(axis=1) + (
        np.square(turned) * compiled.body_inertia
    ).sum(axis=1)
