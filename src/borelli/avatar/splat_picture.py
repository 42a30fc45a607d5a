"""A drawn picture, and what is kept to carry gradients back from it."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Ellipses:
    """The Gaussians on the screen and in the tiles, as the compiled loops left them."""

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
    ends: np.ndarray
    """(tiles, blocks of a tile) where each block was opaque, in `entries`."""


@dataclass(frozen=True)
class Graph:
    """Tensors on a graphics card, through which PyTorch carries gradients."""

    leaves: tuple[Any, ...]
    """Of the five arrays of `Gaussians`, in order."""
    outputs: tuple[Any, ...]
    """Colour (H, W, 3), alpha (H, W) and depth (H, W)."""


@dataclass(frozen=True)
class Picture:
    """What the Gaussians look like, blended over black; float32."""

    colour: np.ndarray
    """(H, W, 3): over another background add (1 - alpha) times it."""
    alpha: np.ndarray
    """(H, W) share of the background that is hidden."""
    depth: np.ndarray
    """(H, W) metres along the camera's axis, weighted by alpha: divide by it for the expected depth."""
    kept: Ellipses | Graph
    """For `splat.backward`."""
