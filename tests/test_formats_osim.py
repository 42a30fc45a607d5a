"""OpenSim models: functions, joints of both file generations, and files that cannot be used."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_dynamics_osim import PENDULUM_3

from borelli.body.model import average_person, body_model
from borelli.body.osim import to_osim
from borelli.body.tree import rigid_tree
from borelli.errors import BorelliError
from borelli.formats.osim_functions import Polynomial, Scaled, read_function, simm_spline
from borelli.formats.osim_model import read_osim


@pytest.mark.parametrize("count", [2, 3, 4, 5, 9])
def test_splines_are_those_of_opensim_inside_and_beyond_their_points(count: int) -> None:
    opensim = pytest.importorskip("opensim")
    rng = np.random.default_rng(count)
    x, y = np.cumsum(rng.uniform(0.1, 1, count)), rng.normal(size=count)
    theirs = opensim.SimmSpline()
    for a, b in zip(x, y, strict=True):
        theirs.addPoint(a, b)
    place = opensim.Vector(1, 0.0)

    def value(at: float) -> float:
        place.set(0, at)
        return theirs.calcValue(place)

    at, step = np.linspace(x[0] - 1, x[-1] + 1, 40), 1e-4
    below, here, above = (np.array([value(t + shift) for t in at]) for shift in (-step, 0.0, step))
    ours = simm_spline(x, y).derivatives(at)
    np.testing.assert_allclose(ours[0], here, atol=1e-11)
    np.testing.assert_allclose(ours[1], (above - below) / (2 * step), atol=1e-5)
    np.testing.assert_allclose(ours[2], (above - 2 * here + below) / step**2, atol=1e-3)


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=5), st.floats(-2, 2))
def test_derivatives_of_polynomials_match_differences(coefficients: list[float], scale: float) -> None:
    function = Scaled(Polynomial(np.array(coefficients)), scale)
    x, step = np.linspace(-1, 1, 7), 1e-4
    below, here, above = (function.derivatives(x + shift) for shift in (-step, 0, step))
    np.testing.assert_allclose(here[1:], (above - below)[:2] / (2 * step), atol=1e-4)


def test_a_function_of_another_kind_is_refused_with_those_known() -> None:
    with pytest.raises(BorelliError, match=r"'Sine'.*valid.*SimmSpline"):
        read_function(ET.fromstring("<Sine/>"))
    with pytest.raises(BorelliError, match="increasing x"):
        simm_spline(np.array([0.0, 0.0]), np.array([1.0, 2.0]))


def test_our_own_model_is_read_back(tmp_path: Path) -> None:
    model, person = body_model(), average_person(1.8)
    (tmp_path / "model.osim").write_text(to_osim(model, person, "somebody", 80.0), "utf-8")
    found, tree = read_osim(tmp_path / "model.osim"), rigid_tree(model, person, 80.0)
    assert found.body_names == tree.skeleton.segment_names
    assert set(found.coordinate_names) == set(tree.skeleton.coordinate_names)
    np.testing.assert_allclose(found.masses, tree.inertia.masses)
    np.testing.assert_allclose(found.tensors, tree.inertia.tensors, atol=1e-9)
    metres = {c.name for c in found.coordinates if not c.rotational}
    assert metres == {"pelvis_tx", "pelvis_ty", "pelvis_tz"}


def test_the_old_generation_says_the_same_in_other_words(tmp_path: Path) -> None:
    (tmp_path / "a.osim").write_text(PENDULUM_3)
    model = read_osim(tmp_path / "a.osim")
    assert model.body_names == ("thigh",) and model.coordinate_names == ("flexion", "slide")
    assert [c.default for c in model.coordinates] == [0.0, 0.07]
    assert model.joints[0].parent.body == "ground"
    np.testing.assert_allclose(model.joints[0].parent.T_body_frame[:3, 3], [0.1, 1, 0.2])
    np.testing.assert_allclose(model.tensors[0], [[0.1, 0.01, 0], [0.01, 0.02, -0.01], [0, -0.01, 0.12]])


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("<parent_body> ground", "<parent_body> shank", "shank is no body"),
        ("<parent_body> ground", "<parent_body> thigh", "do not hang on the ground"),
        ("CustomJoint", "ScapulothoracicJoint", r"ScapulothoracicJoint.*valid.*CustomJoint"),
        ("<coordinates>slide<", "<coordinates>slide flexion<", "slide and flexion together"),
        ("NaturalCubicSpline", "StepFunction", "'StepFunction' is unknown"),
        ("<axis>0 0 1<", "<axis>0 0 0<", "without a direction"),
        ("<mass_center> 0 -0.3 0", "<mass_center> 0 -0.3", "mass_center needs 3 numbers"),
        ("<Model", "<Motor", "not readable XML"),
        ("<mass>2<", "<mass>heavy<", "heavy"),
    ],
)
def test_models_that_cannot_be_used_say_what_is_wrong(tmp_path: Path, before, after, message) -> None:
    assert before in PENDULUM_3
    (tmp_path / "a.osim").write_text(PENDULUM_3.replace(before, after))
    with pytest.raises(BorelliError, match=message) as caught:
        read_osim(tmp_path / "a.osim")
    assert "a.osim" in str(caught.value)


def test_files_that_are_no_models_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.osim").write_text("<OpenSimDocument/>")
    with pytest.raises(BorelliError, match="no <Model>"):
        read_osim(tmp_path / "a.osim")
    with pytest.raises(BorelliError, match="cannot be read"):
        read_osim(tmp_path / "none.osim")


def test_bodies_without_a_joint_or_with_two_are_refused(tmp_path: Path) -> None:
    body = PENDULUM_3[PENDULUM_3.index('<Body name="thigh">') : PENDULUM_3.index("</objects></BodySet>")]
    loose = body[: body.index("<Joint>")].replace("thigh", "hat") + "<Joint/></Body>"
    for extra, message in ((loose, "hat has no joint"), (body, "thigh hangs on two joints")):
        (tmp_path / "a.osim").write_text(
            PENDULUM_3.replace("</objects></BodySet>", extra + "</objects></BodySet>")
        )
        with pytest.raises(BorelliError, match=message):
            read_osim(tmp_path / "a.osim")
