"""Posing an avatar: against skinning done elsewhere, and every gradient against finite differences."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from borelli.avatar.avatar import Avatar
from borelli.avatar.binding import bind
from borelli.avatar.gaussians import GaussianGradients
from borelli.avatar.posing import pose_avatar
from borelli.avatar.posing_kernels import carry, carry_backward
from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person, body_model
from borelli.body.skin import skin
from borelli.errors import BorelliError
from borelli.geometry.rotations import matrix_from_quaternion

STEP = 1e-6


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return body_model()


@pytest.fixture(scope="module")
def person(model: BodyModel) -> Person:
    rng = np.random.default_rng(3)
    return Person(rng.normal(0, 0.7, model.shape_size), rng.normal(0, 0.05, 10), 1.04)


@pytest.fixture(scope="module")
def coordinates(model: BodyModel) -> np.ndarray:
    rng = np.random.default_rng(4)
    return model.skeleton.neutral + rng.normal(0, 0.4, 49)


@pytest.fixture(scope="module")
def avatar(model: BodyModel) -> Avatar:
    rng = np.random.default_rng(5)
    count = 300
    return Avatar(
        faces=rng.choice(len(model.faces), count, replace=False),
        barycentric=rng.dirichlet(np.ones(3), count),
        normal_offsets=rng.normal(0, 0.01, count),
        quaternions=rng.normal(size=(count, 4)),
        log_scales=rng.normal(-5, 0.3, (count, 3)),
        opacity_logits=rng.normal(size=count),
        colours=rng.random((count, 3)),
    )


@pytest.fixture(scope="module")
def weights() -> GaussianGradients:
    rng = np.random.default_rng(6)
    return GaussianGradients(
        means=rng.normal(size=(300, 3)),
        quaternions=rng.normal(size=(300, 4)),
        log_scales=rng.normal(size=(300, 3)),
        opacity_logits=rng.normal(size=300),
        colours=rng.normal(size=(300, 3)),
    )


def test_gaussians_lie_on_the_skin_that_the_body_draws(model, person, coordinates, avatar) -> None:
    flat = replace(avatar, normal_offsets=np.zeros(300))
    found = pose_avatar(flat, model, person, coordinates).gaussians.means
    surface = skin(model, person, forward(model, person, coordinates[None]))[0].astype(np.float64)
    expected = np.einsum("nk,nka->na", avatar.barycentric, surface[model.faces[avatar.faces]])
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_offsets_go_outwards_along_the_normal_which_is_the_third_axis(
    model, person, coordinates, avatar
) -> None:
    upright = replace(avatar, quaternions=np.tile([1.0, 0, 0, 0], (300, 1)))
    out = pose_avatar(replace(upright, normal_offsets=np.full(300, 0.01)), model, person, coordinates)
    flat = pose_avatar(replace(upright, normal_offsets=np.zeros(300)), model, person, coordinates)
    normals = (out.gaussians.means - flat.gaussians.means) / 0.01
    corners = flat.vertices[flat.binding.corners]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    np.testing.assert_allclose(normals, area / np.linalg.norm(area, axis=1, keepdims=True), atol=1e-9)
    turned = matrix_from_quaternion(out.gaussians.quaternions)
    np.testing.assert_allclose(turned[:, :, 2], normals, atol=1e-9)
    along = corners[:, 1] - corners[:, 0]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    np.testing.assert_allclose(turned[:, :, 0], along, atol=1e-9)


def test_moving_the_root_moves_all_gaussians_alike(model, person, coordinates, avatar) -> None:
    moved = coordinates + np.r_[np.zeros(46), 0.3, -0.2, 0.7]
    here = pose_avatar(avatar, model, person, coordinates).gaussians
    there = pose_avatar(avatar, model, person, moved).gaussians
    np.testing.assert_allclose(there.means - here.means, np.tile([0.3, -0.2, 0.7], (300, 1)), atol=1e-9)
    np.testing.assert_allclose(there.quaternions, here.quaternions, atol=1e-9)


@given(st.floats(-3, 3), st.floats(-1.5, 1.5), st.floats(-3, 3))
@settings(max_examples=15)
def test_turning_the_pelvis_turns_all_gaussians_rigidly(model, person, coordinates, avatar, a, b, c) -> None:
    turned = coordinates.copy()
    table = model.skeleton
    turned[[table.coordinate(f"pelvis_{name}") for name in ("rotation", "list", "tilt")]] = a, b, c
    here = pose_avatar(avatar, model, person, coordinates)
    there = pose_avatar(avatar, model, person, turned)
    R = there.pose.rotations[0, 0] @ here.pose.rotations[0, 0].T
    centre = coordinates[-3:]
    expected = (here.gaussians.means - centre) @ R.T + centre
    np.testing.assert_allclose(there.gaussians.means, expected, atol=1e-9)
    frames = [matrix_from_quaternion(posed.gaussians.quaternions) for posed in (here, there)]
    np.testing.assert_allclose(frames[1], R @ frames[0], atol=1e-7)


def test_gradients_by_coordinates_agree_with_finite_differences(
    model, person, coordinates, avatar, weights
) -> None:
    found = pose_avatar(avatar, model, person, coordinates).backward(weights).coordinates
    binding = bind(avatar.faces, model)

    def loss(q: np.ndarray) -> float:
        return _loss(weights, pose_avatar(avatar, model, person, q, binding).gaussians)

    expected = _differences(loss, coordinates)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


def test_gradients_by_size_and_shape_agree_with_finite_differences(
    model, person, coordinates, avatar, weights
) -> None:
    found = pose_avatar(avatar, model, person, coordinates).backward(weights)

    def loss(x: np.ndarray) -> float:
        other = Person(x[11:], x[1:11], float(np.exp(x[0])))
        return _loss(weights, pose_avatar(avatar, model, other, coordinates).gaussians)

    x = np.r_[np.log(person.scale), person.log_lengths, person.shape]
    expected = _differences(loss, x)
    np.testing.assert_allclose(found.body, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())
    np.testing.assert_array_equal(found.shape, found.body[11:])


def test_gradients_by_looks_agree_with_finite_differences(
    model, person, coordinates, avatar, weights
) -> None:
    found = pose_avatar(avatar, model, person, coordinates).backward(weights).avatar
    binding = bind(avatar.faces, model)
    rng = np.random.default_rng(0)
    for field in fields(found):
        value = getattr(avatar, field.name)
        along = rng.normal(size=value.shape)

        def loss(x: np.ndarray, name: str = field.name, value=value, along=along) -> float:
            other = replace(avatar, **{name: value + x[0] * along})
            return _loss(weights, pose_avatar(other, model, person, coordinates, binding).gaussians)

        expected = _differences(loss, np.zeros(1))[0]
        assert np.sum(getattr(found, field.name) * along) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_triangle_without_area_gives_finite_numbers() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    corners = np.array([[0, 1, 2]], dtype=np.int32)
    thirds, one = np.full((1, 3), 1 / 3), np.array([[1.0, 0, 0, 0]])
    posed = carry(vertices, corners, thirds, np.array([0.5]), one)
    np.testing.assert_allclose(posed[0], [[1.0, 0, 0.5]])
    back = carry_backward(vertices, corners, thirds, np.array([0.5]), posed, np.ones((1, 3)), np.ones((1, 4)))
    assert all(np.isfinite(part).all() for part in back)


def test_an_avatar_whose_arrays_disagree_is_refused(avatar) -> None:
    with pytest.raises(BorelliError, match=r"colours has shape \(7, 3\); expected \(300, 3\)"):
        replace(avatar, colours=avatar.colours[:7])


def _loss(weights: GaussianGradients, gaussians) -> float:
    """Linear in everything, so that the weights are its gradient."""
    return sum(float(np.sum(getattr(weights, f.name) * getattr(gaussians, f.name))) for f in fields(weights))


def _differences(loss, x: np.ndarray) -> np.ndarray:
    result = np.empty(len(x))
    for i in range(len(x)):
        step = STEP * np.eye(len(x))[i]
        result[i] = (loss(x + step) - loss(x - step)) / (2 * STEP)
    return result
