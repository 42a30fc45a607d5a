"""Forces and torques in OpenSim's files, and what OpenSim makes of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from borelli.body.model import average_person, body_model
from borelli.dynamics.actor import Actor
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.explain import explain
from borelli.dynamics.performance import Performance
from borelli.dynamics.schedule import Schedule
from borelli.evaluation.benchmark.opensim_id import run_id
from borelli.export.forces import pushed, write_external_loads, write_forces
from borelli.formats.external_loads import read_loads
from borelli.formats.storage import Storage, read_storage
from borelli.pipeline.inverse_dynamics import inverse_dynamics
from borelli.pipeline.predict_forces import write_opensim_files

MASS, WEIGHT = 70.0, 70.0 * 9.81
SWAY = {"hip_flexion_r": 5, "knee_angle_r": 4, "arm_flex_l": 20, "lumbar_bending": 6, "pelvis_tilt": 4}
MOVES = SWAY | {"ankle_angle_l": 3, "pelvis_list": 3, "mtp_angle_r": 5}
"""Degrees."""


@pytest.fixture(scope="module")
def swaying() -> Performance:
    """Two seconds on both feet with moving trunk and arms; a palm rests on something for half a second."""
    model = body_model()
    actor, table = Actor.of(model, average_person(1.75), MASS), model.skeleton
    times = np.arange(121) / 60
    q = np.tile(table.neutral, (len(times), 1))
    q[:, table.coordinate("pelvis_rotation")] = 0.4
    for k, (name, degrees) in enumerate(MOVES.items()):
        q[:, table.coordinate(name)] += np.radians(degrees) * np.sin(2.4 * np.pi * times + k)
    q[:, -3] += 0.01 * np.sin(5 * times)
    q[:, -2] += 0.02 * np.sin(9 * times)
    q[:, -2] -= actor.places(q[:1])[0][0, actor.touch.soles, 1].mean()
    points = actor.places(q)[0]
    active = np.zeros(points.shape[:2], dtype=bool)
    active[:, actor.touch.soles] = True
    active[40:80, actor.touch.names.index("palm_r")] = True
    plan = Schedule(active, points, active * 1.0, active * 1.0, np.zeros(active.shape))
    return explain(actor, times, q, plan, PhysicsConfig())


def test_one_point_pushes_at_itself(swaying: Performance) -> None:
    forces = np.zeros_like(swaying.forces)
    forces[:, 3] = [10.0, 300.0, -20.0]
    place = replace(swaying, forces=forces, support=swaying.points[..., 1])
    found = pushed(place, np.arange(forces.shape[1]) < 12)
    np.testing.assert_allclose(found.force, forces[:, 3])
    np.testing.assert_allclose(found.centre, swaying.points[:, 3], atol=1e-12)
    np.testing.assert_allclose(found.torque, 0, atol=1e-9)


@given(arrays(np.float64, (12, 3), elements=st.floats(-50, 50)), st.floats(0, 0.3))
def test_force_centre_and_free_moment_are_the_same_wrench(swaying, forces, level) -> None:
    forces[:, 1] = np.abs(forces[:, 1])
    every = np.zeros_like(swaying.forces)
    every[:, :12] = forces
    found = pushed(
        replace(swaying, forces=every, support=np.full_like(swaying.support, level)),
        np.arange(every.shape[1]) < 12,
    )
    moment = np.cross(swaying.points[:, :12], forces).sum(axis=1)
    np.testing.assert_allclose(np.cross(found.centre, found.force) + found.torque, moment, atol=1e-6)
    if forces[:, 1].sum() > 1:
        np.testing.assert_allclose(found.torque[:, [0, 2]], 0, atol=1e-6)
        np.testing.assert_allclose(found.centre[:, 1], level)


def test_without_force_the_centre_stays_under_the_foot(swaying: Performance, tmp_path) -> None:
    lifted = replace(swaying, forces=np.zeros_like(swaying.forces))
    write_forces(tmp_path / "forces.mot", lifted)
    table = read_storage(tmp_path / "forces.mot")
    columns = [table.names.index(f"ground_force_r_p{axis}") for axis in "xz"]
    distance = table.values[:, columns] - swaying.points[:, :6][..., [0, 2]].mean(axis=1)
    assert np.abs(distance).max() < 0.15
    assert np.isfinite(table.values).all()


def test_a_foot_as_a_whole_is_the_sum_of_its_segments(swaying: Performance, tmp_path) -> None:
    write_forces(tmp_path / "forces.mot", swaying)
    table = read_storage(tmp_path / "forces.mot")

    def force(stem: str) -> np.ndarray:
        return table.values[:, [table.names.index(f"{stem}v{axis}") for axis in "xyz"]]

    whole = force("ground_force_l_")
    np.testing.assert_allclose(force("calcn_l_force_") + force("toes_l_force_"), whole, atol=1e-6)
    assert force("hand_r_force_")[:, 1].max() > 1 and "hand_l_force_vx" not in table.names


def test_our_own_reader_finds_every_newton_once(swaying: Performance, tmp_path) -> None:
    write_forces(tmp_path / "forces.mot", swaying)
    write_external_loads(tmp_path / "external_loads.xml", swaying)
    loads = read_loads(tmp_path / "external_loads.xml")
    points, forces = swaying.points.astype(np.float64), swaying.forces.astype(np.float64)
    np.testing.assert_allclose(loads.wrenches[..., 3:].sum(axis=1), forces.sum(axis=1), atol=1e-6)
    moment = np.cross(points, forces).sum(axis=1)
    np.testing.assert_allclose(loads.wrenches[..., :3].sum(axis=1), moment, atol=1e-5)


def test_two_ways_of_inverse_dynamics_agree(swaying: Performance, tmp_path) -> None:
    """Spatial algebra over our tree, and Newton-Euler over the OpenSim files."""
    ours, files = _written(swaying, tmp_path)
    found = inverse_dynamics(*files, None).storage()
    inner = slice(1, -1)
    for name in ours.names:
        column = ours.values[inner, ours.names.index(name)]
        other = found.values[inner, found.names.index(name)]
        np.testing.assert_allclose(other, column, atol=1e-3)  # of ten digits in files


def test_opensim_finds_the_same_residual_and_torques(swaying: Performance, tmp_path) -> None:
    opensim = pytest.importorskip("opensim")
    ours, files = _written(swaying, tmp_path)
    theirs = run_id(opensim, *files, tmp_path)
    assert set(theirs.names) == set(ours.names)
    inner = slice(1, -1)  # the outer frames take over what their neighbours have
    moments = theirs.values[inner][:, [theirs.names.index(name) for name in ours.names]]
    np.testing.assert_allclose(moments, ours.values[inner], atol=0.01)
    force = [theirs.names.index(f"pelvis_t{axis}_force") for axis in "xyz"]
    np.testing.assert_allclose(theirs.values[inner][:, force], swaying.residual[inner, :3], atol=0.01)
    assert np.ptp(swaying.residual[inner, :3]) > 0.01 * WEIGHT


def _written(performance: Performance, folder: Path) -> tuple[Storage, tuple[Path, Path, Path]]:
    """Torques as written; model, motion and loads for others."""
    write_opensim_files(folder, performance)
    files = (folder / "model.osim", folder / "motion.mot", folder / "external_loads.xml")
    return read_storage(folder / "torques.sto"), files
