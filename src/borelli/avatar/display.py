"""An avatar shown at another resolution than it was learnt at, over a background."""

from dataclasses import replace

import numpy as np

from borelli.avatar.gaussians import Gaussians, View
from borelli.avatar.splat import rasterise
from borelli.avatar.splat_window import BLUR
from borelli.avatar.start import pixel_size

MOST_SAMPLES = 4
"""Per pixel and direction, for pictures coarser than those the avatar was learnt from."""


def widened(gaussians: Gaussians, learnt_pixel: float, shown_pixel: float = 0.0) -> Gaussians:
    """Gaussians that look as wide in finer pictures as in those they were learnt from.

    A rasteriser widens every Gaussian by a share of a pixel. Finer pixels widen less, so that the person
    would get thinner and holes would open; the difference is added to the Gaussians themselves, as in the
    smoothing filter of Mip-Splatting (Yu et al. 2023).

    Args:
        gaussians: world.
        learnt_pixel, shown_pixel: metres that one pixel shows at the person; 0 for viewers at any distance.
    """
    extra = BLUR * max(learnt_pixel**2 - shown_pixel**2, 0.0)
    return replace(gaussians, log_scales=0.5 * np.log(np.exp(2.0 * gaussians.log_scales) + extra))


def show(gaussians: Gaussians, view: View, learnt_pixel: float) -> np.ndarray:
    """Picture (H, W, 4) float32: colour times coverage, and coverage.

    Pictures coarser than those the avatar was learnt from are averaged from finer ones.
    """
    pixel = pixel_size(view, np.median(gaussians.means, axis=0))
    samples = int(np.clip(np.ceil(pixel / learnt_pixel - 1e-6), 1, MOST_SAMPLES))
    fine = rasterise(widened(gaussians, learnt_pixel, pixel / samples), _finer(view, samples))
    picture = np.concatenate([fine.colour, fine.alpha[..., None]], axis=2)
    return picture.reshape(view.height, samples, view.width, samples, 4).mean(axis=(1, 3))


def over(picture: np.ndarray, background: tuple[int, int, int] | None) -> np.ndarray:
    """8-bit RGB (H, W, 3) over a colour in 0..255, or RGBA (H, W, 4) with true colours over nothing."""
    colour, alpha = picture[..., :3], picture[..., 3:]
    if background is not None:
        return _bytes(colour + (1.0 - alpha) * np.array(background) / 255.0)
    return _bytes(np.concatenate([colour / np.maximum(alpha, 1e-6), alpha], axis=2))


def _finer(view: View, samples: int) -> View:
    K = np.diag([samples, samples, 1.0]) @ view.K
    K[:2, 2] += 0.5 * samples - 0.5
    return View(K, view.T_camera_world, samples * view.width, samples * view.height)


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.round(255.0 * np.clip(values, 0.0, 1.0)).astype(np.uint8)
