"""Gaussians and views for tests of the rasteriser."""

import numpy as np

from borelli.avatar.gaussians import Gaussians, View
from borelli.geometry.rotations import matrix_from_rotvec


def one_gaussian(x: float = 0.0, z: float = 2.0, deviation: float = 0.1, opacity: float = 0.5) -> Gaussians:
    """A ball at (x, 0, z) with the colour (1, 0.5, 0.25)."""
    return Gaussians(
        np.array([[x, 0.0, z]]),
        np.array([[1.0, 0.0, 0.0, 0.0]]),
        np.full((1, 3), np.log(deviation)),
        np.array([np.log(opacity / (1 - opacity))]),
        np.array([[1.0, 0.5, 0.25]]),
    )


def straight_view(width: int = 21, height: int = 15, focal: float = 40.0) -> View:
    """From the origin along +z, the optical axis through the middle pixel."""
    K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
    return View(K, np.eye(4), width, height)


def cloud(count: int, seed: int) -> Gaussians:
    """Ellipsoids of 3 to 15 cm, some flat, in a cube of about 1.4 m around the origin."""
    rng = np.random.default_rng(seed)
    return Gaussians(
        rng.normal(0, 0.35, (count, 3)),
        rng.normal(size=(count, 4)),
        np.log(rng.uniform(0.03, 0.15, (count, 3)) * [1, 1, 0.3]),
        rng.normal(0.5, 1.5, count),
        rng.uniform(0, 1, (count, 3)),
    )


def turned_view(width: int, height: int) -> View:
    """Of the origin from 2.5 m, turned about three axes, with an unequal and off-centre K."""
    T = np.eye(4)
    T[:3, :3] = matrix_from_rotvec(np.array([0.3, 2.5, -0.2]))
    T[:3, 3] = 0.05, -0.1, 2.5
    K = np.array([[1.1 * height, 0, 0.45 * width], [0, 1.3 * height, 0.55 * height], [0, 0, 1.0]])
    return View(K, T, width, height)


def joined(*parts: Gaussians) -> Gaussians:
    """All Gaussians of several, one after the other."""
    return Gaussians(
        np.concatenate([part.means for part in parts]),
        np.concatenate([part.quaternions for part in parts]),
        np.concatenate([part.log_scales for part in parts]),
        np.concatenate([part.opacity_logits for part in parts]),
        np.concatenate([part.colours for part in parts]),
    )
