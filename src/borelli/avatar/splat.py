"""Drawing Gaussians and carrying gradients back to them, on a CPU and with any number of threads alike."""

from dataclasses import dataclass

import numba
import numpy as np

from borelli.avatar.gaussians import FIELDS, GaussianGradients, Gaussians, View, check_gaussians, check_view
from borelli.avatar.splat_backward import SUMS, differentiate
from borelli.avatar.splat_chain import chain
from borelli.avatar.splat_forward import draw
from borelli.avatar.splat_projection import SCREEN, project
from borelli.avatar.splat_reference import tangent_limits
from borelli.avatar.splat_tiles import TILE, count_pairs, fill_tiles, front_to_back
from borelli.avatar.splat_window import window_named
from borelli.errors import BorelliError

MOST_PAIRS = 1 << 24
"""Gaussians times tiles that they may meet in one picture: 670 MB of gradients."""


@dataclass(frozen=True)
class Ellipses:
    """The Gaussians on the screen and in the tiles, kept for the way back; see `splat_projection`."""

    parameters: tuple[np.ndarray, np.ndarray, np.ndarray]
    """Means, quaternions and scales (metres) as they were projected, float64."""
    T_camera_world: np.ndarray
    """(4, 4)"""
    lens: np.ndarray
    """(8,) focal lengths, centre, and the limits of the linearised tangents."""
    floor: np.float32
    """Of the window."""
    screen: np.ndarray
    """(N, 12)"""
    boxes: np.ndarray
    """(N, 4) blocks"""
    entries: np.ndarray
    """(P, 2) Gaussian and place of every pair, tile by tile, front to back."""
    starts: np.ndarray
    """(tiles + 1,) in `entries`."""
    firsts: np.ndarray
    """(N + 1,) in places."""


@dataclass(frozen=True)
class Picture:
    """What the Gaussians look like, blended over black; float32."""

    colour: np.ndarray
    """(H, W, 3): over another background add (1 - alpha) times it."""
    alpha: np.ndarray
    """(H, W) share of the background that is hidden."""
    depth: np.ndarray
    """(H, W) metres along the camera's axis, weighted by alpha: divide by it for the expected depth."""
    ellipses: Ellipses
    stops: np.ndarray
    """(tiles,) where each tile was opaque, in `ellipses.entries`."""


def rasterise(gaussians: Gaussians, view: View, window: str = "smooth") -> Picture:
    """Draw Gaussians. The window is `smooth` or `3dgs`, see `splat_window`.

    Depth order is by centre, ties by index. Gaussians behind the camera or outside the picture are left out.
    Raises BorelliError for arrays of wrong shape, numbers that are not finite, a view without pixels, and
    Gaussians so large that the picture would need more than MOST_PAIRS of (Gaussian, tile).
    Source: Kerbl et al. 2023, 3D Gaussian Splatting for Real-Time Radiance Field Rendering.
    """
    check_gaussians(gaussians)
    check_view(view)
    ellipses = _ellipses(gaussians, view, window)
    shape = (view.height, view.width)
    colour, alpha = np.empty((*shape, 3), np.float32), np.empty(shape, np.float32)
    depth, stops = np.empty(shape, np.float32), np.empty(len(ellipses.starts) - 1, np.int64)
    e = ellipses
    draw(
        e.screen,
        e.boxes,
        e.entries,
        e.starts,
        _tiles(view)[0],
        e.floor,
        colour,
        alpha,
        depth,
        stops,
        numba.get_num_threads(),
    )
    return Picture(colour, alpha, depth, ellipses, stops)


def backward(
    picture: Picture, d_colour: np.ndarray, d_alpha: np.ndarray, d_depth: np.ndarray
) -> GaussianGradients:
    """Gradients of a loss by every parameter of the Gaussians that `picture` shows.

    Args:
        picture: as `rasterise` gave it.
        d_colour: (H, W, 3) gradient of the loss by the colour over black.
        d_alpha: (H, W) by alpha.
        d_depth: (H, W) by the alpha-weighted depth, per metre.

    float32 arguments save a copy. Raises BorelliError for shapes other than the picture's.
    """
    shape = picture.alpha.shape
    for name, array, expected in (
        ("d_colour", d_colour, (*shape, 3)),
        ("d_alpha", d_alpha, shape),
        ("d_depth", d_depth, shape),
    ):
        if np.shape(array) != expected:
            raise BorelliError(f"{name} is {np.shape(array)}; the picture needs {expected}")
    e = picture.ellipses
    gradients = tuple(np.ascontiguousarray(g, np.float32) for g in (d_colour, d_alpha, d_depth))
    pictures = (picture.colour, picture.alpha, picture.depth)
    pairs = np.empty((len(e.entries), SUMS), np.float32)
    across = (shape[1] + TILE - 1) // TILE
    differentiate(
        e.screen,
        e.boxes,
        e.entries,
        e.starts,
        picture.stops,
        across,
        e.floor,
        pictures,
        gradients,
        pairs,
        numba.get_num_threads(),
    )
    count = len(e.screen)
    result = GaussianGradients(*(np.empty((count, *rest)) for rest in ((3,), (4,), (3,), (), (3,))))
    chain(
        *e.parameters,
        e.T_camera_world,
        e.lens,
        e.screen,
        e.firsts,
        pairs,
        result.means,
        result.quaternions,
        result.log_scales,
        result.opacity_logits,
        result.colours,
    )
    return result


def _ellipses(gaussians: Gaussians, view: View, window: str) -> Ellipses:
    shape = window_named(window)
    means, quaternions, log_scales, logits, colours = (
        np.ascontiguousarray(getattr(gaussians, name), np.float64) for name in FIELDS
    )
    with np.errstate(over="ignore", invalid="ignore"):  # told in our own words below
        scales, opacities = np.exp(log_scales), 1.0 / (1.0 + np.exp(-logits))
    T, lens, count = np.ascontiguousarray(view.T_camera_world, np.float64), _lens(view), len(gaussians)
    screen, boxes = np.empty((count, SCREEN), np.float32), np.empty((count, 4), np.int32)
    depths = np.empty(count, np.float32)
    size, limits = (view.width, view.height), (shape.floor, shape.gain, shape.reach)
    wrong = project(
        means, quaternions, scales, opacities, colours, T, lens, size, limits, screen, boxes, depths
    )
    if wrong:
        raise BorelliError(
            f"{wrong} of {count} Gaussians have a number that is not finite, a quaternion of zero length or "
            "a scale beyond all bounds; lower the learning rate or leave them out"
        )
    across, down = _tiles(view)
    starts, firsts = count_pairs(boxes, across, down)
    if starts[-1] > MOST_PAIRS:
        raise BorelliError(
            f"{count} Gaussians cover {starts[-1]} tiles of 16 x 16 pixels in all, more than {MOST_PAIRS}; "
            "use smaller or fewer Gaussians, or a smaller picture"
        )
    order = front_to_back(depths.view(np.uint32), boxes)
    entries = fill_tiles(order, boxes, starts, firsts, across)
    kept = (means, quaternions, scales)
    return Ellipses(kept, T, lens, np.float32(shape.floor), screen, boxes, entries, starts, firsts)


def _lens(view: View) -> np.ndarray:
    fx, fy, cx, cy = view.K[0, 0], view.K[1, 1], view.K[0, 2], view.K[1, 2]
    limits = (*tangent_limits(fx, cx, view.width), *tangent_limits(fy, cy, view.height))
    return np.array([fx, fy, cx, cy, *limits], np.float64)


def _tiles(view: View) -> tuple[int, int]:
    return (view.width + TILE - 1) // TILE, (view.height + TILE - 1) // TILE
