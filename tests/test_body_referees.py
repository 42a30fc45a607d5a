"""The same person in numpy, MuJoCo and OpenSim: joint centres, landmarks and inertias must agree."""

from pathlib import Path
from types import ModuleType

import mujoco
import numpy as np
import pytest

from borelli.body.inertia import inertia
from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.mjcf import to_mjcf
from borelli.body.model import Person, body_model
from borelli.body.osim import to_osim
from borelli.body.tree import rigid_tree

MODEL = body_model()
TABLE = MODEL.skeleton
POSES = 1000
RNG = np.random.default_rng(7)
PERSON = Person(RNG.normal(size=MODEL.shape_size), RNG.normal(0, 0.05, 10), 1.05)
COORDINATES = RNG.uniform(
    np.where(np.isfinite(TABLE.lower), TABLE.lower, -2.0),
    np.where(np.isfinite(TABLE.upper), TABLE.upper, 2.0),
    (POSES, 49),
)
FROM_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def mujoco_joints(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Body positions (T, J, 3) and site positions (T, L, 3)."""
    compiled = mujoco.MjModel.from_xml_string(text)
    data = mujoco.MjData(compiled)
    address = [compiled.joint(name).qposadr[0] for name in TABLE.coordinate_names]
    body = [compiled.body(name).id for name in TABLE.segment_names]
    site = [compiled.site(name).id for name in MODEL.landmark_names]
    joints, sites = np.empty((POSES, len(body), 3)), np.empty((POSES, len(site), 3))
    for t, q in enumerate(COORDINATES):
        data.qpos[address] = q
        mujoco.mj_kinematics(compiled, data)
        joints[t], sites[t] = data.xpos[body], data.site_xpos[site]
    return joints, sites


@pytest.mark.parametrize("z_up", [False, True])
def test_mujoco_joint_centres_and_sites_agree(z_up: bool) -> None:
    pose = forward(MODEL, PERSON, COORDINATES)
    joints, sites = mujoco_joints(to_mjcf(MODEL, PERSON, z_up=z_up))
    turn = FROM_Z_UP.T if z_up else np.eye(3)
    np.testing.assert_allclose(joints @ turn, pose.joints, atol=1e-6)
    marks = place(pose, landmark_points(MODEL), MODEL, PERSON)
    np.testing.assert_allclose(sites @ turn, marks, atol=1e-6)


def test_mujoco_inertias_limits_and_gravity_agree() -> None:
    compiled = mujoco.MjModel.from_xml_string(to_mjcf(MODEL, PERSON, mass=71.0))
    found = inertia(MODEL, PERSON, mass=71.0)
    body = [compiled.body(name).id for name in TABLE.segment_names]
    np.testing.assert_allclose(compiled.body_mass[body], found.masses, rtol=1e-9)
    np.testing.assert_allclose(compiled.body_ipos[body], found.centres, atol=1e-9)
    for b, tensor in zip(body, found.tensors, strict=True):
        turn = np.empty(9)
        mujoco.mju_quat2Mat(turn, compiled.body_iquat[b])
        r = turn.reshape(3, 3)
        np.testing.assert_allclose(
            r @ np.diag(compiled.body_inertia[b]) @ r.T, tensor, atol=1e-6 * tensor.max()
        )
    limited = np.isfinite(TABLE.lower)
    ranges = np.array([compiled.joint(name).range for name in TABLE.coordinate_names])
    np.testing.assert_allclose(ranges[limited], np.stack([TABLE.lower, TABLE.upper], axis=1)[limited])
    np.testing.assert_allclose(compiled.opt.gravity, (0, -9.81, 0))


def test_free_root_falls_straight_down() -> None:
    compiled = mujoco.MjModel.from_xml_string(to_mjcf(MODEL, PERSON, free_root=True, z_up=True))
    data = mujoco.MjData(compiled)
    for _ in range(100):
        mujoco.mj_step(compiled, data)
    mujoco.mj_comPos(compiled, data)
    assert compiled.nv == 49
    start = mujoco.MjData(compiled)
    mujoco.mj_kinematics(compiled, start)
    mujoco.mj_comPos(compiled, start)
    drop = data.subtree_com[0] - start.subtree_com[0]
    np.testing.assert_allclose(drop, (0, 0, -0.5 * 9.81 * data.time**2), atol=0.02)


@pytest.fixture(scope="module")
def opensim() -> ModuleType:
    module = pytest.importorskip("opensim", reason="the opensim wheel is not installed")
    module.Logger.setLevelString("Error")
    return module


def test_opensim_joint_centres_markers_and_masses_agree(opensim: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "person.osim"
    path.write_text(to_osim(MODEL, PERSON, "a person", mass=71.0), "utf-8")
    model = opensim.Model(str(path))
    state = model.initSystem()
    coordinates = [model.getCoordinateSet().get(name) for name in TABLE.coordinate_names]
    assert model.getCoordinateSet().getSize() == 49
    bodies = [model.getBodySet().get(name) for name in TABLE.segment_names]
    found = np.empty((POSES, len(bodies), 3))
    for t, q in enumerate(COORDINATES):
        for coordinate, value in zip(coordinates, q, strict=True):
            coordinate.setValue(state, float(value), False)
        model.realizePosition(state)
        found[t] = [body.getPositionInGround(state).to_numpy() for body in bodies]
    pose = forward(MODEL, PERSON, COORDINATES)
    np.testing.assert_allclose(found, pose.joints, atol=1e-6)
    marks = place(pose, landmark_points(MODEL), MODEL, PERSON)[-1]
    for name, mark in zip(MODEL.landmark_names, marks, strict=True):
        marker = model.getMarkerSet().get(name).getLocationInGround(state).to_numpy()
        np.testing.assert_allclose(marker, mark, atol=1e-6)
    _compare_inertias(bodies)


def _compare_inertias(bodies: list) -> None:
    expected = rigid_tree(MODEL, PERSON, mass=71.0).inertia
    for j, body in enumerate(bodies):
        assert body.getMass() == pytest.approx(expected.masses[j])
        np.testing.assert_allclose(body.getMassCenter().to_numpy(), expected.centres[j], atol=1e-9)
        tensor = body.getInertia()
        moments, products = tensor.getMoments().to_numpy(), tensor.getProducts().to_numpy()
        np.testing.assert_allclose(moments, np.diag(expected.tensors[j]), rtol=1e-6)
        np.testing.assert_allclose(products, expected.tensors[j][[0, 0, 1], [1, 2, 2]], atol=1e-9)


def test_opensim_coordinates_have_our_ranges_and_defaults(opensim: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "person.osim"
    path.write_text(to_osim(MODEL, PERSON, "person"), "utf-8")
    model = opensim.Model(str(path))
    model.initSystem()
    for c, name in enumerate(TABLE.coordinate_names):
        coordinate = model.getCoordinateSet().get(name)
        assert coordinate.getDefaultValue() == pytest.approx(TABLE.neutral[c])
        if np.isfinite(TABLE.lower[c]):
            assert coordinate.getRangeMin() == pytest.approx(TABLE.lower[c])
            assert coordinate.getRangeMax() == pytest.approx(TABLE.upper[c])
