"""Gaussians in the world and the view they are drawn from: what the rasteriser takes and gives back."""

from dataclasses import dataclass

import numpy as np

from borelli.errors import BorelliError

FIELDS = {"means": (3,), "quaternions": (4,), "log_scales": (3,), "opacity_logits": (), "colours": (3,)}
"""Shape of one Gaussian's share of every array."""


@dataclass(frozen=True)
class Gaussians:
    """N Gaussians of the world; float64 saves a copy. `len()` of one is N."""

    means: np.ndarray
    """(N, 3) world, metres."""
    quaternions: np.ndarray
    """(N, 4) wxyz of R_world_gaussian, of any length but zero: normalised on use."""
    log_scales: np.ndarray
    """(N, 3) natural logarithm of standard deviations in metres; the third axis is the flat one (normal)."""
    opacity_logits: np.ndarray
    """(N,) logarithm of the odds of the opacity at the centre."""
    colours: np.ndarray
    """(N, 3) in [0, 1], blended as they are: linear in the picture's own values, no spherical harmonics."""

    def __len__(self) -> int:
        return len(self.means)


@dataclass(frozen=True)
class GaussianGradients:
    """Derivatives of a loss by every array of `Gaussians`, in the same shapes, float64."""

    means: np.ndarray
    """(N, 3) per metre."""
    quaternions: np.ndarray
    """(N, 4); at right angles to the quaternion, whose length does not matter."""
    log_scales: np.ndarray
    """(N, 3)"""
    opacity_logits: np.ndarray
    """(N,)"""
    colours: np.ndarray
    """(N, 3)"""


@dataclass(frozen=True)
class View:
    """A pinhole camera without distortion: OpenCV axes (x right, y down, z forward)."""

    K: np.ndarray
    """(3, 3) pixels, no skew; pixel (0, 0) is the centre of the top-left pixel."""
    T_camera_world: np.ndarray
    """(4, 4) maps world points to camera points; its rotation may not scale."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""


def check_gaussians(gaussians: Gaussians) -> None:
    """Raise BorelliError where an array does not have N rows of the shape it should."""
    count = len(gaussians.means)
    for name, shape in FIELDS.items():
        found = np.shape(getattr(gaussians, name))
        if found != (count, *shape):
            raise BorelliError(f"Gaussians: {name} is {found}; give {(count, *shape)} for {count} means")


def check_view(view: View) -> None:
    """Raise BorelliError for a view that no picture can be drawn from."""
    if view.width < 1 or view.height < 1:
        raise BorelliError(f"a view of {view.width} x {view.height} pixels has no pixel; give at least 1 x 1")
    if np.shape(view.K) != (3, 3) or np.shape(view.T_camera_world) != (4, 4):
        raise BorelliError("a view needs K of (3, 3) and T_camera_world of (4, 4)")
    if not (np.isfinite(view.K).all() and np.isfinite(view.T_camera_world).all()):
        raise BorelliError("a view's K and T_camera_world must be finite numbers; check the camera")
    if view.K[0, 1] != 0.0 or not (view.K[0, 0] > 0.0 and view.K[1, 1] > 0.0):
        raise BorelliError("a view's K needs positive focal lengths and no skew; give fx, fy, cx, cy only")
