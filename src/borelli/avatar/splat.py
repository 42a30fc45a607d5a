"""Drawing Gaussians, and carrying gradients from the picture back to them."""

import numpy as np

from borelli.avatar.gaussians import GaussianGradients, Gaussians, View, check_gaussians, check_view
from borelli.avatar.splat_cpu import backward_cpu, rasterise_cpu
from borelli.avatar.splat_cuda import backward_cuda, rasterise_cuda
from borelli.avatar.splat_picture import Graph, Picture
from borelli.errors import BorelliError, choices


def rasterise(gaussians: Gaussians, view: View, window: str = "smooth", device: str = "cpu") -> Picture:
    """Draw Gaussians.

    Depth order is by centre, ties by index. Gaussians behind the camera or outside the picture are left out.
    On the CPU the same bits come out with any number of threads.

    Args:
        gaussians: N of them; none is fine.
        view: where from.
        window: `smooth` or `3dgs`, see `splat_window`.
        device: `cpu`, or `cuda` for gsplat on a graphics card (window `3dgs`; not tested here).

    Raises BorelliError for arrays of wrong shape, numbers that are not finite, a view without pixels, an
    unknown window or device, Gaussians so large that the picture would need more than
    `splat_cpu.MOST_PAIRS` pairs of tile and Gaussian, and a graphics card or package that is not there.
    Source: Kerbl et al. 2023, 3D Gaussian Splatting for Real-Time Radiance Field Rendering.
    """
    check_gaussians(gaussians)
    check_view(view)
    if device == "cpu":
        return rasterise_cpu(gaussians, view, window)
    if device != "cuda":
        raise choices("device", device, ["cpu", "cuda"])
    if window != "3dgs":
        raise BorelliError(f"the window {window!r} is drawn on the CPU alone; on cuda use the window '3dgs'")
    return rasterise_cuda(gaussians, view)


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
    colour, alpha, depth = (np.ascontiguousarray(g, np.float32) for g in (d_colour, d_alpha, d_depth))
    if isinstance(picture.kept, Graph):
        return backward_cuda(picture.kept, (colour, alpha, depth))
    return backward_cpu(picture, picture.kept, (colour, alpha, depth))
