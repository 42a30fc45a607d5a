"""Which way the skin of an avatar faces in every pixel: the Gaussians' flat axes, blended like colours."""

from dataclasses import replace

import numpy as np

from borelli.avatar.gaussians import GaussianGradients, Gaussians, View, check_gaussians
from borelli.avatar.splat import backward, rasterise
from borelli.avatar.splat_picture import Picture


def rasterise_normals(gaussians: Gaussians, view: View, window: str = "smooth") -> Picture:
    """A picture whose `colour` (H, W, 3) is the normal in camera axes, weighted by alpha.

    The normal is the third axis of a Gaussian, turned so that it faces the camera: divide by the length of
    the sum for a unit vector. Alpha, depth and errors are those of `splat.rasterise`.
    """
    check_gaussians(gaussians)
    axes, signs = _facing(gaussians, view)
    in_camera = (signs[:, None] * axes) @ view.T_camera_world[:3, :3].T
    return rasterise(replace(gaussians, colours=in_camera), view, window)


def backward_normals(
    gaussians: Gaussians, view: View, picture: Picture, d_normal: np.ndarray, d_alpha: np.ndarray
) -> GaussianGradients:
    """Gradients of a loss on such a picture, by what places the Gaussians and by their quaternions.

    Args:
        gaussians, view: as given to `rasterise_normals`.
        picture: what it returned.
        d_normal: (H, W, 3) gradient of the loss by the alpha-weighted normal.
        d_alpha: (H, W) by alpha.

    Gradients by colours are zero: they are not seen. Raises BorelliError for shapes that do not fit.
    """
    gradients = backward(picture, d_normal, d_alpha, np.zeros_like(picture.depth))
    _, signs = _facing(gaussians, view)
    by_axis = signs[:, None] * (gradients.colours @ view.T_camera_world[:3, :3])
    unit, length = _unit(gaussians.quaternions)
    w, x, y, z = unit.T
    # derivative of the third column (2 (xz + wy), 2 (yz - wx), 1 - 2 (xx + yy)) by w, x, y, z
    a, b, c = by_axis.T
    by_unit = 2.0 * np.stack(
        [y * a - x * b, z * a - w * b - 2 * x * c, w * a + z * b - 2 * y * c, x * a + y * b], 1
    )
    by_unit -= unit * (unit * by_unit).sum(axis=1, keepdims=True)
    return replace(
        gradients,
        quaternions=gradients.quaternions + by_unit / length,
        colours=np.zeros_like(gradients.colours),
    )


def _facing(gaussians: Gaussians, view: View) -> tuple[np.ndarray, np.ndarray]:
    """Third axes (N, 3) in the world, and signs (N,) that turn them to the camera."""
    w, x, y, z = _unit(gaussians.quaternions)[0].T
    axes = np.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], axis=1)
    R, t = view.T_camera_world[:3, :3], view.T_camera_world[:3, 3]
    towards = -(gaussians.means + t @ R)  # from each centre to the camera, in the world
    return axes, np.where((axes * towards).sum(axis=1) < 0.0, -1.0, 1.0)


def _unit(quaternions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit quaternions (N, 4), NaN where of zero length, which `rasterise` then refuses; lengths (N, 1)."""
    length = np.linalg.norm(quaternions, axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return quaternions / length, length
