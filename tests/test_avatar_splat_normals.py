"""Pictures of normals: a disc that is seen straight on, one that is tilted, and gradients."""

from dataclasses import replace

import numpy as np
import pytest
from splat_scene import cloud, one_gaussian, straight_view, turned_view

from borelli.avatar.gaussians import Gaussians
from borelli.avatar.splat_normals import backward_normals, rasterise_normals
from borelli.errors import BorelliError


@pytest.mark.parametrize("flip", [1.0, -1.0])
def test_a_disc_seen_straight_on_faces_the_camera_whichever_side_it_shows(flip: float) -> None:
    turned = np.array([[1.0, 0, 0, 0]]) if flip > 0 else np.array([[0.0, 1, 0, 0]])
    picture = rasterise_normals(replace(one_gaussian(), quaternions=turned), straight_view())
    assert picture.colour[7, 10] / picture.alpha[7, 10] == pytest.approx([0, 0, -1], abs=1e-6)


def test_a_tilted_disc_leans_as_its_quaternion_says() -> None:
    """A quarter of a right angle about x: the facing side -z turns towards +y."""
    angle = np.pi / 8
    tilted = np.array([[np.cos(angle / 2), np.sin(angle / 2), 0, 0]])
    picture = rasterise_normals(replace(one_gaussian(), quaternions=tilted), straight_view())
    expected = [0, np.sin(angle), -np.cos(angle)]
    assert picture.colour[7, 10] / picture.alpha[7, 10] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("field", ["means", "quaternions", "log_scales", "opacity_logits"])
def test_gradients_agree_with_finite_differences(field: str) -> None:
    """In float32: of a loss with a few hundredths of a per cent of round-off."""
    gaussians, view = cloud(8, 11), turned_view(24, 20)
    rng = np.random.default_rng(2)
    d_normal, d_alpha = rng.normal(size=(20, 24, 3)), rng.normal(size=(20, 24))

    def loss(at: Gaussians) -> float:
        picture = rasterise_normals(at, view)
        return float((picture.colour * d_normal).sum() + (picture.alpha * d_alpha).sum())

    picture = rasterise_normals(gaussians, view)
    gradients = backward_normals(gaussians, view, picture, d_normal, d_alpha)
    gradient, value, step = getattr(gradients, field), getattr(gaussians, field), 1e-3
    direction = gradient / np.abs(gradient).max()
    ends = [loss(replace(gaussians, **{field: value + sign * step * direction})) for sign in (1.0, -1.0)]
    assert (ends[0] - ends[1]) / (2 * step) == pytest.approx((gradient * direction).sum(), rel=5e-3)
    assert not gradients.colours.any()


def test_a_quaternion_of_zero_length_is_refused_in_our_own_words() -> None:
    with pytest.raises(BorelliError, match="quaternion of zero length"):
        rasterise_normals(replace(one_gaussian(), quaternions=np.zeros((1, 4))), straight_view())
