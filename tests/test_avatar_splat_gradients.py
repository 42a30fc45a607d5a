"""The rasteriser's gradients against finite differences of the dense float64 one, in a fixed depth order."""

from dataclasses import replace

import numpy as np
import pytest
from splat_scene import cloud, joined, one_gaussian, straight_view, turned_view

from borelli.avatar.gaussians import FIELDS, Gaussians, View
from borelli.avatar.splat import backward, rasterise
from borelli.avatar.splat_reference import rasterise_reference


class Loss:
    """Sum of random numbers times every number of the picture."""

    def __init__(self, view: View, seed: int, window: str) -> None:
        rng = np.random.default_rng(seed)
        shape = (view.height, view.width)
        self.weights = rng.normal(size=(*shape, 3)), rng.normal(size=shape), rng.normal(size=shape)
        self.view, self.window = view, window

    def value(self, gaussians: Gaussians, order: np.ndarray) -> float:
        picture = rasterise_reference(gaussians, self.view, self.window, order)
        return float(sum((a * b).sum() for a, b in zip(self.weights, picture, strict=True)))


def depth_order(gaussians: Gaussians, view: View) -> np.ndarray:
    return np.argsort(gaussians.means @ view.T_camera_world[2, :3], kind="stable")


def worst_error(gaussians: Gaussians, view: View, field: str, window: str, step: float) -> float:
    """Worst relative error of the derivative along four directions."""
    loss, order = Loss(view, 3, window), depth_order(gaussians, view)
    gradient = getattr(backward(rasterise(gaussians, view, window), *loss.weights), field)
    value, rng, worst = getattr(gaussians, field), np.random.default_rng(8), 0.0
    for _ in range(4):
        direction = rng.normal(size=value.shape) + gradient / np.abs(gradient).max()
        ends = [
            loss.value(replace(gaussians, **{field: value + sign * step * direction}), order)
            for sign in (1.0, -1.0)
        ]
        numeric, analytic = (ends[0] - ends[1]) / (2 * step), float((gradient * direction).sum())
        worst = max(worst, abs(numeric - analytic) / abs(numeric))
    return worst


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradients_agree_with_finite_differences(field: str, seed: int) -> None:
    assert worst_error(cloud(60, seed), turned_view(37, 29), field, "smooth", 1e-6) < 3e-4


@pytest.mark.parametrize("field", FIELDS)
def test_gradients_of_the_3dgs_window_agree_between_its_jumps(field: str) -> None:
    assert worst_error(cloud(40, 5), turned_view(37, 29), field, "3dgs", 1e-8) < 3e-4


def test_the_usual_cut_jumps_where_the_smooth_window_does_not() -> None:
    gaussians, view = cloud(60, 0), turned_view(37, 29)
    assert worst_error(gaussians, view, "means", "3dgs", 1e-4) > 10 * worst_error(
        gaussians, view, "means", "smooth", 1e-4
    )


@pytest.mark.parametrize("field", ["means", "quaternions", "log_scales"])
def test_gradients_hold_where_the_perspective_is_linearised_at_the_margin(field: str) -> None:
    """Large Gaussians far outside the picture, whose fringes are seen in it."""
    view = straight_view(30, 24)
    outside = [one_gaussian(x=x, z=1.5, deviation=0.4) for x in (-1.4, 1.3)]
    above = replace(one_gaussian(z=1.2, deviation=0.4), means=np.array([[0.1, -1.1, 1.2]]))
    gaussians = replace(joined(*outside, above), quaternions=cloud(3, 1).quaternions)
    gaussians = replace(gaussians, log_scales=gaussians.log_scales + np.array([0.2, -0.1, -0.6]))
    assert rasterise(gaussians, view).alpha.max() > 0.05
    assert worst_error(gaussians, view, field, "smooth", 1e-6) < 3e-4


def test_the_length_of_a_quaternion_changes_nothing_but_the_scale_of_its_gradient() -> None:
    gaussians, view = cloud(30, 2), turned_view(37, 29)
    longer = replace(gaussians, quaternions=3.0 * gaussians.quaternions)
    loss = Loss(view, 1, "smooth").weights
    a, b = (backward(rasterise(g, view), *loss) for g in (gaussians, longer))
    np.testing.assert_allclose(b.quaternions, a.quaternions / 3.0, rtol=1e-6, atol=1e-9)
    across = (a.quaternions * gaussians.quaternions).sum(axis=1)
    np.testing.assert_allclose(across, 0.0, atol=1e-8 * np.abs(a.quaternions).max())


def test_what_is_drawn_again_has_gradients_of_its_own() -> None:
    """Two pictures alive at once: neither may write into the other's arrays."""
    first, second, view = cloud(30, 2), cloud(30, 3), turned_view(37, 29)
    loss = Loss(view, 1, "smooth").weights
    alone = backward(rasterise(first, view), *loss).means
    picture = rasterise(first, view)
    backward(rasterise(second, view), *loss)
    assert np.array_equal(backward(picture, *loss).means, alone)
