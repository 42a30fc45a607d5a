"""The simulated person: inertia, motors, contacts, and the conversion of states."""

from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward, place
from borelli.body.model import Person, average_person, body_model
from borelli.body.osim import to_osim
from borelli.body.stature import stature
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.floor_plane import FloorPlane
from borelli.dynamics.ground import Ground, Pad
from borelli.dynamics.simulated_person import SimulatorConfig, simulated_person
from borelli.dynamics.simulator_state import (
    coordinates_from_positions,
    positions_from_coordinates,
    rates_from_velocities,
    state_layout,
    velocities_from_rates,
)
from borelli.dynamics.strength import torque_limits
from borelli.errors import BorelliError

MODEL = body_model()
TABLE = MODEL.skeleton
RNG = np.random.default_rng(11)
PERSON = Person(RNG.normal(size=MODEL.shape_size), RNG.normal(0, 0.05, 10), 1.05)
MASS = 71.0
CONFIG = SimulatorConfig()
COMPILED = simulated_person(MODEL, PERSON, MASS, CONFIG).compile()
LAYOUT = state_layout(COMPILED, TABLE)


def smooth_motion(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates (T, 49) that turn the pelvis more than once, and their rates."""
    rng = np.random.default_rng(5)
    middle = np.zeros(49)
    middle[3:46] = (TABLE.lower[3:46] + TABLE.upper[3:46]) / 2
    size, pace, phase = rng.uniform(0.05, 0.3, 49), rng.uniform(1, 4, 49), rng.uniform(0, 6, 49)
    turning = np.where(np.arange(49) == TABLE.coordinate("pelvis_rotation"), 4.0, 0.0)
    angle = pace * times[:, None] + phase
    coordinates = middle + size * np.sin(angle) + turning * times[:, None]
    return coordinates, size * pace * np.cos(angle) + turning


def test_inertial_properties_are_those_of_the_body() -> None:
    found = inertia(MODEL, PERSON, MASS)
    body = [COMPILED.body(name).id for name in TABLE.segment_names]
    np.testing.assert_allclose(COMPILED.body_mass[body], found.masses, rtol=1e-9)
    np.testing.assert_allclose(COMPILED.body_ipos[body], found.centres, atol=1e-9)
    for b, tensor in zip(body, found.tensors, strict=True):
        turn = np.empty(9)
        mujoco.mju_quat2Mat(turn, COMPILED.body_iquat[b])
        r = turn.reshape(3, 3)
        np.testing.assert_allclose(
            r @ np.diag(COMPILED.body_inertia[b]) @ r.T, tensor, atol=1e-6 * tensor.max()
        )


def test_opensim_has_the_same_mass_and_centre_of_mass(tmp_path: Path) -> None:
    opensim = pytest.importorskip("opensim", reason="the opensim wheel is not installed")
    opensim.Logger.setLevelString("Error")
    path = tmp_path / "person.osim"
    path.write_text(to_osim(MODEL, PERSON, "person", MASS), "utf-8")
    osim = opensim.Model(str(path))
    state = osim.initSystem()
    coordinates = smooth_motion(np.array([0.3]))[0]
    for name, value in zip(TABLE.coordinate_names, coordinates[0], strict=True):
        osim.getCoordinateSet().get(name).setValue(state, float(value), False)
    osim.realizePosition(state)
    data = mujoco.MjData(COMPILED)
    data.qpos[:] = positions_from_coordinates(LAYOUT, coordinates)[0]
    mujoco.mj_kinematics(COMPILED, data)
    mujoco.mj_comPos(COMPILED, data)
    assert osim.getTotalMass(state) == pytest.approx(COMPILED.body_mass.sum(), rel=1e-9)
    np.testing.assert_allclose(osim.calcMassCenterPosition(state).to_numpy(), data.subtree_com[0], atol=1e-6)


def test_every_hinge_has_limits_and_a_motor_as_strong_as_the_person() -> None:
    lower, upper = torque_limits(MODEL, MASS, stature(MODEL, PERSON))
    assert COMPILED.nv == 49 and COMPILED.nu == 43
    for name in TABLE.coordinate_names[3:46]:
        c = TABLE.coordinate(name)
        motor = COMPILED.actuator(name)
        assert COMPILED.joint(motor.trnid[0]).name == name
        np.testing.assert_allclose(motor.forcerange, (lower[c] * CONFIG.strength, upper[c] * CONFIG.strength))
        np.testing.assert_allclose(COMPILED.joint(name).range, (TABLE.lower[c], TABLE.upper[c]))
    stiffness = COMPILED.actuator("knee_angle_r").gainprm[0]
    assert stiffness == pytest.approx(-lower[TABLE.coordinate("knee_angle_r")] / CONFIG.give)


def test_nothing_drives_the_root() -> None:
    moved = COMPILED.jnt_dofadr[COMPILED.actuator_trnid[:, 0]]
    assert moved.min() == 6
    assert not COMPILED.dof_damping[:6].any() and not COMPILED.dof_armature[:6].any()


def test_soles_of_the_simulated_person_are_where_the_contact_points_are() -> None:
    places = contact_points(MODEL)
    coordinates = np.zeros((1, 49))
    points = place(forward(MODEL, PERSON, coordinates), places.points, MODEL, PERSON)[0]
    data = mujoco.MjData(COMPILED)
    data.qpos[:] = positions_from_coordinates(LAYOUT, coordinates)[0]
    mujoco.mj_kinematics(COMPILED, data)
    ids = [COMPILED.geom(name).id for name in places.names]
    radius = COMPILED.geom_size[ids, 0]
    np.testing.assert_allclose(np.linalg.norm(data.geom_xpos[ids] - points, axis=1), radius, rtol=1e-6)
    lowest = data.geom_xpos[ids] - radius[:, None] * (0, 1, 0)
    np.testing.assert_allclose(lowest[places.soles], points[places.soles], atol=1e-9)


def settle(ground: Ground, height: float, seconds: float = 0.4) -> mujoco.MjData:
    """An average person set down on the ground."""
    compiled = simulated_person(MODEL, average_person(1.75), 70.0, CONFIG, ground).compile()
    layout = state_layout(compiled, TABLE)
    stance = np.zeros((1, 49))
    places = contact_points(MODEL)
    soles = place(forward(MODEL, average_person(1.75), stance), places.points, MODEL, average_person(1.75))
    stance[0, -2] = height - soles[0, places.soles, 1].min()
    data = mujoco.MjData(compiled)
    data.qpos[:] = positions_from_coordinates(layout, stance)[0]
    joints = compiled.actuator_trnid[:, 0]
    data.ctrl[:] = data.qpos[compiled.jnt_qposadr[joints]]
    while data.time < seconds:
        mujoco.mj_step(compiled, data)
    return data


@pytest.mark.parametrize(
    ("ground", "height"),
    [
        (Ground(), 0.0),
        (Ground(FloorPlane(-0.2, 0.0, 0.0, 0.0)), -0.2),
        (Ground(pads=(Pad(np.array([0.0, 0.3, 0.0]), 0.5),)), 0.3),
    ],
)
def test_the_ground_carries_the_persons_weight(ground: Ground, height: float) -> None:
    start, end = settle(ground, height, 0.0), settle(ground, height)
    assert end.qpos[1] == pytest.approx(start.qpos[1], abs=0.01)
    assert end.qfrc_constraint[1] == pytest.approx(70.0 * 9.81, rel=0.1)


def test_a_tilted_floor_is_a_plane_through_its_heights() -> None:
    floor = FloorPlane(0.1, 0.05, -0.03, 0.0)
    compiled = simulated_person(MODEL, PERSON, MASS, CONFIG, Ground(floor)).compile()
    geom = compiled.geom("floor")
    turn = np.empty(9)
    mujoco.mju_quat2Mat(turn, geom.quat)
    normal = turn.reshape(3, 3)[:, 2]
    for x, z in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):
        point = np.array([x, 0.0, z])
        point[1] = floor.height(point)
        assert (point - geom.pos) @ normal == pytest.approx(0.0, abs=1e-9)


def test_coordinates_survive_the_round_trip() -> None:
    coordinates, rates = smooth_motion(np.linspace(0, 3, 200))
    qpos = positions_from_coordinates(LAYOUT, coordinates)
    back = coordinates_from_positions(LAYOUT, qpos)
    turns = np.round((back - coordinates)[0] / (2 * np.pi)) * 2 * np.pi
    np.testing.assert_allclose(back - turns, coordinates, atol=1e-9)
    qvel = velocities_from_rates(LAYOUT, coordinates, rates)
    np.testing.assert_allclose(rates_from_velocities(LAYOUT, coordinates, qvel), rates, atol=1e-9)


def test_velocities_are_the_differences_of_positions() -> None:
    step = 1e-5
    middle, rates = smooth_motion(np.array([0.7]))
    ends = smooth_motion(np.array([0.7 - step, 0.7 + step]))[0]
    qpos = positions_from_coordinates(LAYOUT, ends)
    expected = np.empty(COMPILED.nv)
    mujoco.mj_differentiatePos(COMPILED, expected, 2 * step, qpos[0], qpos[1])
    np.testing.assert_allclose(velocities_from_rates(LAYOUT, middle, rates)[0], expected, atol=1e-6)


def test_bodies_of_the_simulator_are_where_our_kinematics_put_them() -> None:
    coordinates = smooth_motion(np.array([1.1]))[0]
    data = mujoco.MjData(COMPILED)
    data.qpos[:] = positions_from_coordinates(LAYOUT, coordinates)[0]
    mujoco.mj_kinematics(COMPILED, data)
    body = [COMPILED.body(name).id for name in TABLE.segment_names]
    np.testing.assert_allclose(data.xpos[body], forward(MODEL, PERSON, coordinates).joints[0], atol=1e-9)


def test_self_collision_keeps_the_legs_apart_and_is_silent_in_a_relaxed_stance() -> None:
    compiled = simulated_person(MODEL, PERSON, MASS, replace(CONFIG, self_collision=True)).compile()
    data = mujoco.MjData(compiled)
    stance = TABLE.neutral[None].copy()
    stance[0, -2] = 2.0
    data.qpos[:] = positions_from_coordinates(LAYOUT, stance)[0]
    mujoco.mj_forward(compiled, data)
    assert data.ncon == 0
    for side in "rl":
        stance[0, TABLE.coordinate(f"hip_adduction_{side}")] = np.radians(12)
    data.qpos[:] = positions_from_coordinates(LAYOUT, stance)[0]
    mujoco.mj_forward(compiled, data)
    names = {compiled.geom(g).name for g in data.contact.geom.ravel()}
    assert {name[-2:] for name in names} == {"_r", "_l"}
    np.testing.assert_allclose(compiled.body_mass, COMPILED.body_mass)


def test_contacts_that_settle_faster_than_the_clock_are_refused() -> None:
    with pytest.raises(BorelliError, match="shorter timestep"):
        simulated_person(MODEL, PERSON, MASS, replace(CONFIG, timestep=0.006))


def test_a_mass_that_is_not_positive_is_refused() -> None:
    with pytest.raises(BorelliError, match="not positive"):
        simulated_person(MODEL, PERSON, -1.0, CONFIG)
