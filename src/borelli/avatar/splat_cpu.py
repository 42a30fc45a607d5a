"""Drawing in the compiled loops: Gaussians onto the screen and into tiles, blended, and all the way back."""

import numba
import numpy as np

from borelli.avatar.gaussians import FIELDS, GaussianGradients, Gaussians, View
from borelli.avatar.splat_backward import SUMS, differentiate
from borelli.avatar.splat_chain import chain
from borelli.avatar.splat_forward import BLOCKS, draw
from borelli.avatar.splat_picture import Ellipses, Picture
from borelli.avatar.splat_projection import SCREEN, project
from borelli.avatar.splat_reference import tangent_limits
from borelli.avatar.splat_tiles import TILE, count_pairs, fill_tiles, front_to_back
from borelli.avatar.splat_window import window_named
from borelli.errors import BorelliError

MOST_PAIRS = 1 << 24
"""Gaussians times tiles that they may meet in one picture: 670 MB of gradients."""


def rasterise_cpu(gaussians: Gaussians, view: View, window: str) -> Picture:
    """Draw with all of numba's threads; see `splat.rasterise`."""
    e = _ellipses(gaussians, view, window)
    shape, pixels = (view.height, view.width), view.height * view.width
    # one piece of memory: new pages cost more than drawing on them, and the system keeps large pieces at hand
    whole = np.empty(5 * pixels, np.float32)
    colour = whole[: 3 * pixels].reshape(*shape, 3)
    alpha, depth = whole[3 * pixels :].reshape(2, *shape)
    pictures, across = (colour, alpha, depth), _tiles(view.width)
    draw(e.screen, e.boxes, e.entries, e.starts, across, e.floor, *pictures, e.ends, numba.get_num_threads())
    return Picture(colour, alpha, depth, e)


def backward_cpu(
    picture: Picture, e: Ellipses, gradients: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> GaussianGradients:
    """Gradients by the Gaussians' parameters, given those by colour, alpha and depth (float32)."""
    pictures, across = (picture.colour, picture.alpha, picture.depth), _tiles(picture.alpha.shape[1])
    pairs, threads = np.empty((len(e.entries), SUMS), np.float32), numba.get_num_threads()
    lists = (e.entries, e.starts, e.ends)
    differentiate(e.screen, e.boxes, *lists, across, e.floor, pictures, gradients, pairs, threads)
    arrays = tuple(np.empty((len(e.screen), *shape)) for shape in FIELDS.values())
    chain(*e.parameters, e.T_camera_world, e.lens, e.screen, e.firsts, pairs, *arrays)
    return GaussianGradients(*arrays)


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
    across, down = _tiles(view.width), _tiles(view.height)
    starts, firsts = count_pairs(boxes, across, down)
    if starts[-1] > MOST_PAIRS:
        raise BorelliError(
            f"{count} Gaussians cover {starts[-1]} tiles of 16 x 16 pixels in all, more than {MOST_PAIRS}; "
            "use smaller or fewer Gaussians, or a smaller picture"
        )
    order = front_to_back(depths.view(np.uint32), boxes)
    entries = fill_tiles(order, boxes, starts, firsts, across)
    kept, ends = (means, quaternions, scales), np.empty((len(starts) - 1, BLOCKS), np.int64)
    return Ellipses(kept, T, lens, np.float32(shape.floor), screen, boxes, entries, starts, firsts, ends)


def _lens(view: View) -> np.ndarray:
    fx, fy, cx, cy = view.K[0, 0], view.K[1, 1], view.K[0, 2], view.K[1, 2]
    limits = (*tangent_limits(fx, cx, view.width), *tangent_limits(fy, cy, view.height))
    return np.array([fx, fy, cx, cy, *limits], np.float64)


def _tiles(pixels: int) -> int:
    return (pixels + TILE - 1) // TILE
