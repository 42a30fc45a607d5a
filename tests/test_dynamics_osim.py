"""Inverse dynamics of OpenSim models against OpenSim's own tool, and cases worked out by hand."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from borelli.dynamics.coordinate_splines import movement
from borelli.dynamics.osim_dynamics import osim_inverse_dynamics
from borelli.errors import BorelliError
from borelli.evaluation.benchmark.opensim_id import run_id
from borelli.formats.external_loads import ExternalLoads, read_loads
from borelli.formats.osim_model import OsimModel, read_osim
from borelli.formats.storage import Storage, read_storage, write_storage

BIOMECH = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "biomech"
TIMES = np.linspace(0, 1, 101)
G = 9.80665

PENDULUM_3 = """<?xml version="1.0" encoding="UTF-8"?>
<OpenSimDocument Version="30000"><Model name="old">
  <gravity> 0 -9.80665 0 </gravity>
  <BodySet name=""><objects>
    <Body name="ground"><mass>0</mass><Joint/></Body>
    <Body name="thigh"><mass>2</mass><mass_center> 0 -0.3 0 </mass_center>
      <inertia_xx>0.1</inertia_xx><inertia_yy>0.02</inertia_yy><inertia_zz>0.12</inertia_zz>
      <inertia_xy>0.01</inertia_xy><inertia_xz>0</inertia_xz><inertia_yz>-0.01</inertia_yz>
      <Joint><CustomJoint name="hip">
        <parent_body> ground </parent_body>
        <location_in_parent>0.1 1 0.2</location_in_parent>
        <orientation_in_parent>0.2 -0.1 0.3</orientation_in_parent>
        <location>0 0.05 0.01</location><orientation>0.1 0.2 -0.3</orientation>
        <CoordinateSet name=""><objects>
          <Coordinate name="flexion"><motion_type>rotational</motion_type></Coordinate>
          <Coordinate name="slide"><motion_type>translational</motion_type>
            <default_value>0.07</default_value></Coordinate>
        </objects></CoordinateSet>
        <SpatialTransform name="">
          <TransformAxis name="rotation1"><coordinates>flexion</coordinates><axis>0 0 1</axis>
            <function><LinearFunction name=""><coefficients> 1 0 </coefficients></LinearFunction></function>
          </TransformAxis>
          <TransformAxis name="rotation2"><coordinates>flexion</coordinates><axis>0 1 0</axis>
            <function><NaturalCubicSpline name=""><x>-1 0 0.5 1.2 2</x><y>0.2 0 0.1 0.3 0.1</y>
            </NaturalCubicSpline></function></TransformAxis>
          <TransformAxis name="rotation3"><coordinates></coordinates><axis>1 0 0</axis>
            <function><Constant name=""><value>0.15</value></Constant></function></TransformAxis>
          <TransformAxis name="translation1"><coordinates>flexion</coordinates><axis>1 0 0</axis>
            <function><MultiplierFunction name=""><function><PolynomialFunction name="">
              <coefficients>0.02 -0.05 0.1 0.01</coefficients></PolynomialFunction></function>
              <scale>1.3</scale></MultiplierFunction></function></TransformAxis>
          <TransformAxis name="translation2"><coordinates>slide</coordinates><axis>0 1 0</axis>
            <function><LinearFunction name=""><coefficients> 1 0 </coefficients></LinearFunction></function>
          </TransformAxis>
          <TransformAxis name="translation3"><coordinates></coordinates><axis>0 0 1</axis>
            <function><Constant name=""><value>0.02</value></Constant></function></TransformAxis>
        </SpatialTransform>
      </CustomJoint></Joint></Body>
  </objects></BodySet>
</Model></OpenSimDocument>
"""


def shared(*names: str) -> list[Path]:
    paths = [BIOMECH / name for name in names]
    if not all(path.exists() for path in paths):
        pytest.skip(f"recording {names[0]} of the shared data is not here")
    return paths


def swinging(model: OsimModel, seed: int = 0) -> Storage:
    """Every coordinate follows sines of its own."""
    rng = np.random.default_rng(seed)
    size = len(model.coordinates)
    amplitude, rate, phase = rng.uniform(0.1, 0.5, size), rng.uniform(3, 9, size), rng.uniform(0, 6, size)
    values = amplitude * np.sin(rate * TIMES[:, None] + phase)
    return Storage("Coordinates", TIMES, model.coordinate_names, values)


def shares(model: OsimModel, times: np.ndarray, ours: np.ndarray, theirs: Storage) -> dict[str, float]:
    """Root mean square difference over range, per coordinate that OpenSim's table has."""
    found = {}
    for column, name in zip(ours.T, model.coordinate_names, strict=True):
        for label in (f"{name}_moment", f"{name}_force"):
            if label in theirs.names:
                reference = theirs.values[:, theirs.names.index(label)]
                rms = np.sqrt(np.mean((np.interp(theirs.times, times, column) - reference) ** 2))
                found[name] = float(rms / np.ptp(reference))
    return found


def chain(path: Path, kinds: tuple[str, ...]) -> OsimModel:
    """One joint of each kind, in a chain, with frames turned and shifted on both sides."""
    opensim = pytest.importorskip("opensim")
    model = opensim.Model()
    below, rng = model.getGround(), np.random.default_rng(3)
    for i, kind in enumerate(kinds):
        centre = opensim.Vec3(*rng.uniform(-0.2, 0.2, 3))
        body = opensim.Body(f"b{i}", 1.0 + i, centre, opensim.Inertia(0.1, 0.12, 0.15, 0.01, -0.02, 0.015))
        offsets = [opensim.Vec3(*rng.uniform(-0.4, 0.4, 3)) for _ in range(4)]
        joint = getattr(opensim, f"{kind}Joint")(f"j{i}", below, *offsets[:2], body, *offsets[2:])
        model.addBody(body)
        model.addJoint(joint)
        below = body
    model.finalizeConnections()
    model.printToXML(str(path))
    return read_osim(path)


def against_opensim(path: Path) -> dict[str, float]:
    opensim = pytest.importorskip("opensim")
    model = read_osim(path)
    motion = swinging(model)
    write_storage(path.with_suffix(".mot"), motion)
    theirs = run_id(opensim, path, path.with_suffix(".mot"), None, path.parent)
    return shares(model, TIMES, osim_inverse_dynamics(model, movement(model, motion), None), theirs)


def test_every_kind_of_joint_agrees_with_opensim(tmp_path) -> None:
    chain(tmp_path / "a.osim", ("Universal", "Weld", "Gimbal", "Slider", "Planar", "Pin"))
    found = against_opensim(tmp_path / "a.osim")
    assert len(found) == 10 and max(found.values()) < 1e-6


def test_a_model_of_the_old_generation_agrees_with_opensim(tmp_path) -> None:
    (tmp_path / "a.osim").write_text(PENDULUM_3)
    found = against_opensim(tmp_path / "a.osim")
    assert set(found) == {"flexion", "slide"} and max(found.values()) < 1e-5


def test_a_ball_joint_does_the_work_of_a_gimbal(tmp_path) -> None:
    """Moments times angular velocity equal loads of the angles times their rates."""
    ball = chain(tmp_path / "a.osim", ("Ball", "Pin"))
    text = (tmp_path / "a.osim").read_text().replace("BallJoint", "GimbalJoint")
    (tmp_path / "b.osim").write_text(text)
    gimbal = read_osim(tmp_path / "b.osim")
    moved = movement(ball, swinging(ball))
    a, b = (osim_inverse_dynamics(model, moved, None) for model in (ball, gimbal))
    np.testing.assert_allclose(a[:, 3], b[:, 3], atol=1e-9)
    cx, sx, cy, sy = (f(moved.q[:, k]) for k in (0, 1) for f in (np.cos, np.sin))
    zero, one = np.zeros_like(cx), np.ones_like(cx)
    axes = np.array([[one, zero, zero], [zero, cx, sx], [sy, -sx * cy, cx * cy]])  # of Rx Ry Rz, in its frame
    omega = np.einsum("kit,tk->ti", axes, moved.v[:, :3])
    np.testing.assert_allclose(np.sum(a[:, :3] * omega, axis=1), np.sum(b[:, :3] * moved.v[:, :3], axis=1))
    assert np.abs(a[:, 1] - b[:, 1]).max() > 0.1


def still(path: Path) -> OsimModel:
    path.write_text(PENDULUM_3)
    return read_osim(path)


def test_a_body_at_rest_weighs_what_it_weighs(tmp_path) -> None:
    model = still(tmp_path / "a.osim")
    motion = Storage("Coordinates", TIMES, ("flexion",), np.zeros((101, 1)))
    moved = movement(model, motion)
    assert moved.assumed == ("slide",)
    np.testing.assert_allclose(moved.q[:, 1], 0.07)
    upwards = Rotation.from_euler("XYZ", [0.2, -0.1, 0.3]).as_matrix()[
        1, 1
    ]  # of the axis that it slides along
    free = osim_inverse_dynamics(model, moved, None)
    np.testing.assert_allclose(free[:, 1], 2 * G * upwards)
    push = np.zeros((2, 1, 6))
    push[:, 0, 4] = 2 * G
    held = osim_inverse_dynamics(model, moved, ExternalLoads(np.array([0.0, 1.0]), ("thigh",), push))
    np.testing.assert_allclose(held[:, 1], 0, atol=1e-9)


def test_forces_scale_with_mass_and_nothing_else(tmp_path) -> None:
    first = still(tmp_path / "a.osim")
    text = PENDULUM_3.replace("<mass>2<", "<mass>4<")
    for name, value in (("xx", "0.1"), ("yy", "0.02"), ("zz", "0.12"), ("xy", "0.01"), ("yz", "-0.01")):
        text = text.replace(f"<inertia_{name}>{value}<", f"<inertia_{name}>{2 * float(value)}<")
    (tmp_path / "b.osim").write_text(text)
    second = read_osim(tmp_path / "b.osim")
    moved = movement(first, swinging(first))
    one, two = (osim_inverse_dynamics(model, moved, None) for model in (first, second))
    np.testing.assert_allclose(two, 2 * one)


@pytest.mark.parametrize(
    ("model", "motion", "loads"),
    [
        ("subject01_simbody.osim", "subject01_walk1_ik.mot", "subject01_walk1_grf.xml"),
        ("gait10dof/subject01.osim", "gait10dof/subject01_walk_IK.mot", "subject01_walk1_grf.xml"),
    ],
)
def test_recorded_walks_agree_with_opensim(model, motion, loads, tmp_path) -> None:
    opensim = pytest.importorskip("opensim")
    files = shared(*(f"gait2354_subject01_walk/{name}" for name in (model, motion, loads)))
    body, table = read_osim(files[0]), read_storage(files[1])
    for cutoff, limit in ((None, 1e-4), (6.0, 0.03)):
        moved = movement(body, table, cutoff)
        ours = osim_inverse_dynamics(body, moved, read_loads(files[2]))
        theirs = run_id(opensim, *files, tmp_path, cutoff)
        found = shares(body, moved.times, ours, theirs)
        assert len(found) == len(body.coordinates)
        assert max(found.values()) < limit
        joints = [share for name, share in found.items() if name.startswith(("hip", "knee", "ankle"))]
        assert max(joints) < 0.01


def test_the_published_answer_of_a_walk_with_kneecaps_is_reproduced() -> None:
    """The recorded file has the patella's angle in degrees under a header that says radians."""
    names = ("subject_walk_scaled.osim", "coordinates.sto", "grf_walk.xml", "id_walk.sto")
    files = shared(*(f"opensim_core_walk3d/{name}" for name in names))
    body = read_osim(files[0])
    moved = movement(body, read_storage(files[1]), 6.0)
    found = shares(
        body, moved.times, osim_inverse_dynamics(body, moved, read_loads(files[2])), read_storage(files[3])
    )
    assert len(found) == 31
    assert max(found.values()) < 0.012
    assert max(share for name, share in found.items() if not name.startswith("pelvis")) < 0.003


def test_loads_on_a_body_that_is_not_there_are_refused(tmp_path) -> None:
    model = still(tmp_path / "a.osim")
    loads = ExternalLoads(np.array([0.0, 1.0]), ("shank",), np.zeros((2, 1, 6)))
    with pytest.raises(BorelliError, match=r"shank.*thigh"):
        osim_inverse_dynamics(model, movement(model, swinging(model)), loads)
