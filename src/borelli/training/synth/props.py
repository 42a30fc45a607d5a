"""Boxes and poles between the camera and the person."""

from dataclasses import dataclass

import numpy as np

from borelli.geometry.camera import Camera
from borelli.geometry.frames import camera_centre
from borelli.training.synth.outfit import random_garment

_SIGNS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64)
_QUADS = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


@dataclass(frozen=True)
class Prop:
    """A box with faces of its own corners, so that its edges stay sharp."""

    vertices: np.ndarray
    """(24, 3) world."""
    normals: np.ndarray
    """(24, 3) outward."""
    paint: np.ndarray
    """(1, 12) float32, see `raster.shade`."""


PROP_FACES = np.array([[4 * q + a for a in corner] for q in range(6) for corner in ((0, 1, 2), (0, 2, 3))])
"""(12, 3) of every prop, counter-clockwise seen from outside."""


def box(centre: np.ndarray, half: np.ndarray, turn: float, paint: np.ndarray) -> Prop:
    """A box about `centre` (3,) with half sizes (3,), turned by radians about the vertical."""
    c, s = np.cos(turn), np.sin(turn)
    R = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    corners = centre + (_SIGNS * half) @ R.T
    vertices = np.concatenate([corners[list(quad)] for quad in _QUADS])
    middles = vertices.reshape(6, 4, 3).mean(axis=1) - centre
    normals = np.repeat(middles / np.linalg.norm(middles, axis=1, keepdims=True), 4, axis=0)
    return Prop(vertices, normals, paint[None].astype(np.float32))


def random_props(camera: Camera, target: np.ndarray, rng: np.random.Generator) -> tuple[Prop, ...]:
    """One to three boxes on the floor or tall poles, near the line of sight to `target` (3,)."""
    assert camera.T_camera_world is not None
    eye = camera_centre(camera.T_camera_world)
    result = []
    for _ in range(rng.integers(1, 4)):
        between = eye + rng.uniform(0.5, 0.8) * (target - eye)
        aside = np.cross(target - eye, [0.0, 1.0, 0.0])
        between += aside / np.linalg.norm(aside) * rng.normal(0.0, 0.5)
        if rng.random() < 0.5:
            half = np.array([rng.uniform(0.02, 0.08), 1.5, rng.uniform(0.02, 0.08)])
        else:
            half = rng.uniform([0.12, 0.15, 0.12], [0.4, 0.4, 0.4])
        between[1] = half[1]
        result.append(box(between, half, rng.uniform(0.0, np.pi), random_garment(rng, patterned=0.3)))
    return tuple(result)
