"""A person in the simulator: the body of `to_mjcf` with motors at the joints and spheres to touch the floor.

Nothing acts on the root but gravity and contact. Inertial properties, hinges and limits are those of
`rigid_tree`, which the OpenSim file has too.
"""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

from dataclasses import dataclass

import mujoco
import numpy as np
from scipy.spatial import cKDTree

from borelli.body.mjcf import to_mjcf
from borelli.body.model import BodyModel, Person
from borelli.body.skin import bind_pose, normals, skin
from borelli.body.stature import stature
from borelli.dynamics.contact_points import ContactPoints, contact_points
from borelli.dynamics.ground import Ground
from borelli.dynamics.self_collision import add_self_collision
from borelli.dynamics.strength import torque_limits
from borelli.errors import BorelliError

FLOOR_BIT, BODY_BIT = 1, 2
_PAD_THICKNESS = 0.04


@dataclass(frozen=True)
class SimulatorConfig:
    """Physics of the simulated person."""

    timestep: float = 0.005
    """Seconds."""
    strength: float = 2.0
    """Factor on isometric torque limits: running and landing exceed them (see `strength`)."""
    give: float = 0.35
    """Radians of error at which a joint would pull with its isometric peak torque: sets the stiffness."""
    settling: float = 0.1
    """Seconds: damping over stiffness."""
    armature: float = 0.01
    """kg m^2 added to every hinge: muscles and tendons that move along."""
    damping: float = 1.0
    """N m s/rad of every hinge."""
    friction: float = 1.0
    """Coulomb's coefficient between skin and floor."""
    softness: float = 0.01
    """Seconds: time constant of a contact, at least two timesteps."""
    self_collision: bool = False
    """Do limbs and trunk stop each other? Slower."""


def simulated_person(
    model: BodyModel, person: Person, mass: float, config: SimulatorConfig, ground: Ground | None = None
) -> mujoco.MjSpec:
    """Specification of a person in our world (metres, Y up); `compile()` or `to_xml()` it.

    Free root, 43 hinges with limits, each with a position motor of the same name: targets are angles. The
    ground is the floor y = 0 by default.
    Raises BorelliError for a mass that is not positive or a timestep too long for the contacts.
    """
    if config.softness < 2 * config.timestep:
        raise BorelliError(
            f"contacts settle in {config.softness} s, less than two timesteps of {config.timestep} s; "
            f"give a shorter timestep or softer contacts"
        )
    spec = mujoco.MjSpec.from_string(to_mjcf(model, person, mass, free_root=True))
    spec.option.timestep = config.timestep
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_PYRAMIDAL
    for decoration in (*spec.sites, *spec.geoms):
        spec.delete(decoration)
    _add_ground(spec, ground or Ground(), config)
    _add_contacts(spec, model, person, config)
    _add_motors(spec, model, person, mass, config)
    if config.self_collision:
        add_self_collision(spec, model, person)
    return spec


def _add_ground(spec: mujoco.MjSpec, ground: Ground, config: SimulatorConfig) -> None:
    floor, touch = ground.floor, {"contype": FLOOR_BIT, "conaffinity": BODY_BIT, **_surface(config)}
    up = np.array([-floor.slope_x, 1.0, -floor.slope_z])
    turned = np.empty(4)
    mujoco.mju_quatZ2Vec(turned, up / np.linalg.norm(up))
    spec.worldbody.add_geom(
        name="floor",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        pos=[0, floor.level, 0],
        size=[0, 0, 0.1],
        quat=turned,
        **touch,
    )
    for pad in ground.pads:
        spec.worldbody.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=pad.centre - (0, _PAD_THICKNESS / 2, 0),
            size=[pad.half_width, _PAD_THICKNESS / 2, pad.half_width],
            **touch,
        )


def _surface(config: SimulatorConfig) -> dict[str, object]:
    return {
        "condim": 3,
        "friction": [config.friction, 0.02, 0.001],
        "solref": [config.softness, 1.0],
    }


def _add_contacts(spec: mujoco.MjSpec, model: BodyModel, person: Person, config: SimulatorConfig) -> None:
    """Spheres that touch the skin from inside at the contact points."""
    table, places = model.skeleton, contact_points(model)
    scales = person.segment_scales(table.groups)[places.points.segments]
    local = (places.points.offsets + places.points.offsets_shape @ person.shape) * scales[:, None]
    radii = places.radius * scales
    centres = local - _outward(model, person, places, local) * radii[:, None]
    for name, segment, centre, radius in zip(
        places.names, places.points.segments, centres, radii, strict=True
    ):
        spec.body(table.segment_names[segment]).add_geom(
            name=name,
            type=mujoco.mjtGeom.mjGEOM_SPHERE,
            size=[radius, 0, 0],
            pos=centre,
            mass=0,
            contype=BODY_BIT,
            conaffinity=FLOOR_BIT,
            **_surface(config),
        )


def _outward(model: BodyModel, person: Person, places: ContactPoints, local: np.ndarray) -> np.ndarray:
    """(P, 3) where the skin faces at points (P, 3), in their segments' frames; soles face straight down."""
    pose = bind_pose(model, person)
    surface = skin(model, person, pose)
    turn = pose.rotations[0, places.points.segments]
    points = pose.joints[0, places.points.segments] + np.einsum("pij,pj->pi", turn, local)
    nearest = np.asarray(cKDTree(surface[0]).query(points)[1])
    facing = np.einsum("pji,pj->pi", turn, normals(surface, model.faces)[0, nearest])
    facing[places.soles] = (0.0, -1.0, 0.0)
    return facing


def _add_motors(
    spec: mujoco.MjSpec, model: BodyModel, person: Person, mass: float, config: SimulatorConfig
) -> None:
    lower, upper = torque_limits(model, mass, stature(model, person))
    for c, name in enumerate(model.skeleton.coordinate_names):
        if np.isinf(upper[c]):
            continue
        joint = spec.joint(name)
        joint.armature = config.armature
        joint.damping = [config.damping, 0, 0]
        stiffness = max(-lower[c], upper[c]) / config.give
        motor = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        motor.set_to_position(kp=stiffness, kv=stiffness * config.settling)
        motor.forcerange = [lower[c] * config.strength, upper[c] * config.strength]
