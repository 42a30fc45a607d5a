"""The rasteriser's pictures: by hand, against the dense float64 one, and at the edges."""

import sys
from dataclasses import replace
from types import ModuleType

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from splat_scene import cloud, joined, one_gaussian, straight_view, turned_view

from borelli.avatar import splat_cpu
from borelli.avatar.gaussians import FIELDS, Gaussians, View
from borelli.avatar.splat import Picture, backward, rasterise
from borelli.avatar.splat_forward import exp_minus
from borelli.avatar.splat_reference import project_reference, rasterise_reference
from borelli.errors import BorelliError
from borelli.geometry.rotations import matrix_from_quaternion


def close(picture: Picture, gaussians: Gaussians, view: View, window: str, tolerance: float = 2e-5) -> None:
    colour, alpha, depth = rasterise_reference(gaussians, view, window)
    np.testing.assert_allclose(picture.colour, colour, atol=tolerance)
    np.testing.assert_allclose(picture.alpha, alpha, atol=tolerance)
    np.testing.assert_allclose(picture.depth, depth, atol=4 * tolerance)


@numba.njit
def exponentials(s: np.ndarray) -> np.ndarray:
    result = np.empty_like(s)
    for i in range(len(s)):
        result[i] = exp_minus(s[i])
    return result


def test_the_exponential_is_good_to_five_millionths() -> None:
    s = np.linspace(0, 6, 5001).astype(np.float32)
    np.testing.assert_allclose(exponentials(s), np.exp(-s.astype(float)), rtol=5e-6)


def test_one_gaussian_fades_as_computed_by_hand() -> None:
    picture = rasterise(one_gaussian(), straight_view(), "3dgs")
    variance = (40.0 * 0.1 / 2.0) ** 2 + 0.3
    for dx, dy in ((0, 0), (3, 0), (-2, 4)):
        alpha = 0.5 * np.exp(-(dx**2 + dy**2) / (2 * variance))
        assert picture.alpha[7 + dy, 10 + dx] == pytest.approx(alpha, rel=1e-5)
        assert picture.colour[7 + dy, 10 + dx] == pytest.approx(alpha * np.array([1, 0.5, 0.25]), rel=1e-5)
        assert picture.depth[7 + dy, 10 + dx] == pytest.approx(2 * alpha, rel=1e-5)
    smooth = rasterise(one_gaussian(), straight_view())
    edge = np.exp(-4.5)
    expected = 0.5 * (np.exp(-9 / (2 * variance)) - edge) / (1 - edge)
    assert smooth.alpha[7, 13] == pytest.approx(expected, rel=1e-5)
    assert smooth.alpha[7, 10] == pytest.approx(0.5, rel=1e-6)
    assert smooth.alpha[7, 17] == 0.0  # 7 pixels are more than three deviations of 2.07


def test_the_nearer_gaussian_hides_the_farther_one_whatever_their_order() -> None:
    near, far = (
        one_gaussian(z=2.0, opacity=0.75),
        replace(one_gaussian(z=4.0), colours=np.array([[0, 0, 1.0]])),
    )
    for both in (joined(near, far), joined(far, near)):
        picture = rasterise(both, straight_view())
        assert picture.colour[7, 10] == pytest.approx([0.75, 0.375, 0.75 * 0.25 + 0.25 * 0.5], rel=1e-5)
        assert picture.alpha[7, 10] == pytest.approx(0.875, rel=1e-5)
        assert picture.depth[7, 10] == pytest.approx(0.75 * 2 + 0.25 * 0.5 * 4, rel=1e-5)


def test_gaussians_at_one_depth_are_drawn_in_their_order() -> None:
    red = replace(one_gaussian(), colours=np.array([[1.0, 0, 0]]))
    green = replace(one_gaussian(), colours=np.array([[0, 1.0, 0]]))
    assert rasterise(joined(red, green), straight_view()).colour[7, 10] == pytest.approx([0.5, 0.25, 0])
    assert rasterise(joined(green, red), straight_view()).colour[7, 10] == pytest.approx([0.25, 0.5, 0])


def test_the_projection_is_the_derivative_of_the_pinhole() -> None:
    gaussians, view = cloud(20, 4), turned_view(64, 48)
    centres, covariance, depths = project_reference(gaussians, view)

    def pixels(points: np.ndarray) -> np.ndarray:
        camera = points @ view.T_camera_world[:3, :3].T + view.T_camera_world[:3, 3]
        return (camera @ view.K.T)[:, :2] / camera[:, 2:]

    np.testing.assert_allclose(centres, pixels(gaussians.means))
    axes = matrix_from_quaternion(gaussians.quaternions) * np.exp(gaussians.log_scales)[:, None]
    step = 1e-6
    columns = [
        (pixels(gaussians.means + step * axes[..., k]) - pixels(gaussians.means - step * axes[..., k]))
        / (2 * step)
        for k in range(3)
    ]
    spread = np.stack(columns, axis=-1)
    expected = spread @ spread.transpose(0, 2, 1) + 0.3 * np.eye(2)
    inside = np.abs(centres - [31.5, 23.5]).max(axis=1) < 24
    assert inside.sum() >= 10 and (depths > 1).all()
    np.testing.assert_allclose(covariance[inside], expected[inside], rtol=1e-6, atol=1e-6)


@given(
    count=st.integers(0, 60),
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    seed=st.integers(0, 1000),
    window=st.sampled_from(["smooth", "3dgs"]),
)
@settings(max_examples=40)
def test_pictures_agree_with_the_dense_ones(
    count: int, width: int, height: int, seed: int, window: str
) -> None:
    gaussians, view = cloud(count, seed), turned_view(width, height)
    picture = rasterise(gaussians, view, window)
    # at the jump of 3dgs a pixel may fall on either side: one in some thousands, by 1/255 at most
    close(picture, gaussians, view, window, 2e-5 if window == "smooth" else 5e-3)
    assert picture.alpha.min() >= -1e-6 and picture.alpha.max() <= 1 + 1e-6
    assert (picture.colour <= picture.alpha[..., None] + 1e-5).all()


def test_hidden_gaussians_neither_show_nor_take_gradients() -> None:
    wall = [
        replace(one_gaussian(z=1 + 0.1 * k, deviation=1.0), opacity_logits=np.array([4.0])) for k in range(30)
    ]
    gaussians, view = joined(*wall), straight_view(40, 40)
    picture = rasterise(gaussians, view)
    close(picture, gaussians, view, "smooth")
    ones = np.ones_like(picture.alpha)
    gradients = backward(picture, np.ones_like(picture.colour), ones, ones)
    assert np.abs(gradients.means[0]).max() > 0
    assert not np.any(gradients.means[10:]) and not np.any(gradients.colours[10:])


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    gaussians, view = cloud(500, 7), turned_view(150, 130)
    rng = np.random.default_rng(0)
    loss = rng.normal(size=(130, 150, 3)), rng.normal(size=(130, 150)), rng.normal(size=(130, 150))
    results, most = [], numba.get_num_threads()
    for workers in (1, 2, 3):
        monkeypatch.setattr(splat_cpu.numba, "get_num_threads", lambda workers=workers: workers)
        numba.set_num_threads(min(workers, most))
        picture = rasterise(gaussians, view)
        gradients = backward(picture, *loss)
        results.append(
            [picture.colour, picture.alpha, picture.depth, *(getattr(gradients, f) for f in FIELDS)]
        )
    numba.set_num_threads(most)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            assert np.array_equal(a, b)


def test_a_view_without_gaussians_is_black_and_gives_zero_gradients() -> None:
    view = straight_view()
    behind, aside, none = one_gaussian(z=-2.0), one_gaussian(x=50.0), cloud(0, 0)
    at_the_lens = one_gaussian(z=0.01)
    for gaussians in (behind, aside, none, at_the_lens):
        picture = rasterise(gaussians, view)
        assert not picture.colour.any() and not picture.alpha.any() and not picture.depth.any()
        gradients = backward(picture, np.ones_like(picture.colour), *2 * [np.ones_like(picture.alpha)])
        for name, shape in FIELDS.items():
            assert getattr(gradients, name).shape == (len(gaussians), *shape)
            assert not getattr(gradients, name).any()


@pytest.mark.parametrize("deviation", [1e-9, 1e-4, 3.0, 1e4])
def test_tiny_and_huge_gaussians_agree_with_the_dense_picture(deviation: float) -> None:
    needle = one_gaussian(x=0.1, z=3.0, deviation=deviation)
    needle = replace(
        needle,
        log_scales=needle.log_scales + np.array([0.0, -5.0, -2.0]),
        quaternions=cloud(1, 3).quaternions,
    )
    gaussians, view = joined(one_gaussian(z=2.0, deviation=deviation), needle), straight_view(37, 33)
    picture = rasterise(gaussians, view)
    close(picture, gaussians, view, "smooth", 5e-4)
    gradients = backward(picture, picture.colour, picture.alpha, picture.depth)
    assert all(np.isfinite(getattr(gradients, name)).all() for name in FIELDS)


def test_a_picture_of_one_pixel_agrees_with_the_dense_one() -> None:
    view = straight_view(1, 1)
    close(rasterise(one_gaussian(), view), one_gaussian(), view, "smooth")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("means", np.nan),
        ("colours", np.inf),
        ("log_scales", 1e4),
        ("quaternions", 0.0),
        ("opacity_logits", np.nan),
    ],
)
def test_numbers_that_are_not_finite_are_refused(field: str, value: float) -> None:
    gaussians = one_gaussian()
    spoilt = replace(gaussians, **{field: np.full_like(getattr(gaussians, field), value)})
    with pytest.raises(BorelliError, match="1 of 1 Gaussians"):
        rasterise(spoilt, straight_view())


def test_wrong_shapes_views_and_windows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    gaussians, view = one_gaussian(), straight_view()
    with pytest.raises(BorelliError, match=r"colours is \(2, 3\); give \(1, 3\)"):
        rasterise(replace(gaussians, colours=np.zeros((2, 3))), view)
    with pytest.raises(BorelliError, match="no pixel"):
        rasterise(gaussians, replace(view, width=0))
    with pytest.raises(BorelliError, match="skew"):
        rasterise(gaussians, replace(view, K=np.array([[40, 1, 10], [0, 40, 7], [0, 0, 1.0]])))
    with pytest.raises(BorelliError, match="finite"):
        rasterise(gaussians, replace(view, T_camera_world=np.full((4, 4), np.nan)))
    with pytest.raises(BorelliError, match="3dgs, smooth"):
        rasterise(gaussians, view, "box")
    picture = rasterise(gaussians, view)
    with pytest.raises(BorelliError, match="d_alpha"):
        backward(picture, picture.colour, picture.colour, picture.depth)
    monkeypatch.setattr(splat_cpu, "MOST_PAIRS", 3)
    with pytest.raises(BorelliError, match="smaller or fewer Gaussians"):
        rasterise(one_gaussian(deviation=10.0), straight_view(64, 64))


def test_a_graphics_card_that_is_not_there_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "gsplat", None)
    with pytest.raises(BorelliError, match=r"borelli\[cuda\]"):
        rasterise(one_gaussian(), straight_view(), "3dgs", "cuda")
    with pytest.raises(BorelliError, match="use the window '3dgs'"):
        rasterise(one_gaussian(), straight_view(), device="cuda")
    with pytest.raises(BorelliError, match="cpu, cuda"):
        rasterise(one_gaussian(), straight_view(), device="tpu")


def test_without_a_cuda_device_the_card_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason="needs torch")
    monkeypatch.setitem(sys.modules, "gsplat", ModuleType("gsplat"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BorelliError, match="no CUDA device"):
        rasterise(one_gaussian(), straight_view(), "3dgs", "cuda")
