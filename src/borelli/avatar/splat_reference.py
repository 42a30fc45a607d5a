"""The rasteriser in plain numpy and float64, every Gaussian at every pixel: slow, and easy to believe.

The compiled one is tested against it. Memory grows as Gaussians times pixels: for small pictures.
"""

import numpy as np

from borelli.avatar.gaussians import Gaussians, View
from borelli.avatar.splat_window import ALPHA_MAX, BLUR, NEAR, OPAQUE, SMALLEST_ALPHA, window_named
from borelli.geometry.rotations import matrix_from_quaternion


def rasterise_reference(
    gaussians: Gaussians, view: View, window: str = "smooth", order: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colour (H, W, 3) over black, alpha (H, W) and alpha-weighted depth (H, W) metres.

    Args:
        gaussians: N of them.
        view: where from.
        window: `smooth` or `3dgs`, see `splat_window`.
        order: (N,) front to back; by depth when None. Finite differences need it fixed.
    """
    points = gaussians.means @ view.T_camera_world[:3, :3].T + view.T_camera_world[:3, 3]
    order = np.argsort(points[:, 2], kind="stable") if order is None else order
    order = order[points[order, 2] >= NEAR]
    alpha = _alphas(gaussians, view, window)[order]
    light = np.cumprod(1.0 - alpha, axis=0)
    before = np.concatenate([np.ones_like(light[:1]), light[:-1]]) if len(order) else light
    weights = np.where(before > OPAQUE, before * alpha, 0.0)
    colour = np.einsum("nhw,nc->hwc", weights, gaussians.colours[order])
    return colour, weights.sum(axis=0), np.einsum("nhw,n->hw", weights, points[order, 2])


def project_reference(gaussians: Gaussians, view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres (N, 2) pixels, covariances (N, 2, 2) pixels squared with the blur, and depths (N,) metres.

    Source: Zwicker et al. 2001, EWA splatting, equations 24-26 and 31: the perspective map is replaced by
    its derivative at the centre. As in Kerbl et al. 2023 that derivative is taken no further off the axis
    than a margin of 15 % of the picture beyond its edges.
    """
    R, t = view.T_camera_world[:3, :3], view.T_camera_world[:3, 3]
    x, y, z = (gaussians.means @ R.T + t).T
    z = np.where(z >= NEAR, z, 1.0)
    fx, fy, cx, cy = view.K[0, 0], view.K[1, 1], view.K[0, 2], view.K[1, 2]
    low_x, high_x = tangent_limits(fx, cx, view.width)
    low_y, high_y = tangent_limits(fy, cy, view.height)
    J = np.zeros((len(z), 2, 3))
    J[:, 0, 0], J[:, 0, 2] = fx / z, -fx * np.clip(x / z, low_x, high_x) / z
    J[:, 1, 1], J[:, 1, 2] = fy / z, -fy * np.clip(y / z, low_y, high_y) / z
    axes = matrix_from_quaternion(gaussians.quaternions) * np.exp(gaussians.log_scales)[:, None]
    spread = J @ R @ axes
    covariance = spread @ spread.transpose(0, 2, 1) + BLUR * np.eye(2)
    return np.stack([fx * x / z + cx, fy * y / z + cy], axis=-1), covariance, z


def tangent_limits(focal: float, centre: float, size: int) -> tuple[float, float]:
    """Smallest and largest x / z (or y / z) at which the perspective map is linearised."""
    margin = 0.15 * size
    return (-0.5 - margin - centre) / focal, (size - 0.5 + margin - centre) / focal


def _alphas(gaussians: Gaussians, view: View, window: str) -> np.ndarray:
    """(N, H, W) share of the light each Gaussian blocks."""
    shape = window_named(window)
    centres, covariance, _ = project_reference(gaussians, view)
    pixels = np.stack(np.meshgrid(np.arange(view.width), np.arange(view.height)), axis=-1)
    offset = pixels[None] - centres[:, None, None]
    s = 0.5 * np.einsum("nhwi,nij,nhwj->nhw", offset, np.linalg.inv(covariance), offset)
    opacity = 1.0 / (1.0 + np.exp(-gaussians.opacity_logits))
    alpha = opacity[:, None, None] * shape.gain * (np.exp(-s) - shape.floor)
    seen = alpha >= SMALLEST_ALPHA if np.isinf(shape.reach) else s < shape.reach
    return np.where(seen, np.minimum(alpha, ALPHA_MAX), 0.0)
