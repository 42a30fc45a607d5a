"""What is behind the people: a floor in perspective and a wall with clutter, or the user's picture."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from borelli.errors import BorelliError
from borelli.geometry.camera import Camera
from borelli.geometry.frames import camera_centre
from borelli.video.photo import PHOTO_SUFFIXES, open_photo

FLOOR_REACH = (6.0, 25.0)
"""Metres from the camera to the wall, where the floor ends."""


@dataclass(frozen=True)
class Backdrop:
    """The empty scene."""

    picture: np.ndarray
    """(H, W, 3) float32 in 0..1, display-referred."""
    floor: np.ndarray
    """(H, W) bool: where the floor is seen and shadows can fall."""
    shadow: float
    """Share of the light that a shadow takes."""


def random_backdrop(
    camera: Camera, light: np.ndarray, folder: Path | None, rng: np.random.Generator
) -> Backdrop:
    """Surroundings for a posed camera; `light` as in `raster.shade`.

    Raises BorelliError when the folder holds no pictures.
    """
    points, ahead = _floor_points(camera)
    reach = rng.uniform(*FLOOR_REACH)
    assert camera.T_camera_world is not None
    forward = camera.T_camera_world[2, [0, 2]]
    floor = ahead & (points @ forward / np.linalg.norm(forward) < reach)
    sun, sky = float(light[1].mean()) * float(light[0, 1]), float(light[2].mean())
    shadow = float(np.clip(0.75 * sun / (sun + sky), 0.1, 0.7))
    size = camera.width, camera.height
    if folder is not None:
        return Backdrop(_photo(folder, size, rng), floor, shadow)
    picture = _wall(size, rng)
    centre = points[floor].mean(axis=0) if floor.any() else np.zeros(2)
    picture[floor] = _floor(points[floor] - centre, rng)
    return Backdrop(np.clip(picture, 0.0, 1.0).astype(np.float32), floor, shadow)


def _floor_points(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Floor position (H, W, 2) relative to the camera under every pixel; (H, W) bool where there is one."""
    assert camera.T_camera_world is not None
    columns, rows = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    image = camera.normalise(np.stack([columns, rows], axis=-1).astype(np.float64))
    rays = np.concatenate([image, np.ones((*image.shape[:2], 1))], axis=-1) @ camera.T_camera_world[:3, :3]
    ahead = rays[..., 1] < -1e-3
    height = camera_centre(camera.T_camera_world)[1]
    scale = np.where(ahead, -height / np.where(ahead, rays[..., 1], 1.0), 0.0)
    return rays[..., [0, 2]] * scale[..., None], ahead


def _wall(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(H, W, 3): a gradient, cloudy texture, and up to a dozen rectangles and discs."""
    width, height = size
    top, bottom = _colour(rng), _colour(rng)
    down = np.linspace(0.0, 1.0, height)[:, None, None]
    picture = np.broadcast_to(top + (bottom - top) * down, (height, width, 3)).copy()
    picture += rng.uniform(0.0, 0.35) * clouds(size, rng)[..., None]
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    for _ in range(rng.integers(0, 13)):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        a, b = np.exp(rng.uniform(np.log(0.02), np.log(0.3), 2)) * max(size)
        inside = (abs(columns - x) < a) & (abs(rows - y) < b)
        if rng.random() < 0.3:
            inside = ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 < 1
        opacity = rng.uniform(0.3, 1.0)
        picture[inside] += opacity * (_colour(rng) - picture[inside])
    return picture + rng.uniform(0.0, 0.08) * clouds(size, rng, coarse=0.5)[..., None]


def _floor(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N, 3) colours of floor points (N, 2) metres: plain, tiles or boards, with stains."""
    turn = rng.uniform(0.0, np.pi)
    x, z = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) @ points.T
    a, b, kind, tile = _colour(rng), _colour(rng), rng.integers(3), rng.uniform(0.15, 1.0)
    if kind == 0:
        mix = np.zeros(len(x))
    elif kind == 1:
        mix = (np.floor(x / tile) + np.floor(z / tile)) % 2
    else:
        mix = np.modf(np.abs(np.sin(np.floor(x / tile) * 12.9898) * 43758.5))[0]
    # distant tiles are finer than pixels; their contrast fades instead of flickering
    mix = 0.5 + (mix - 0.5) * np.exp(-np.hypot(x, z) / (30.0 * tile))
    stains = np.sin(1.7 * x + 3.0 * np.sin(0.9 * z)) * np.sin(2.3 * z + 2.0 * np.sin(1.1 * x))
    colour = a + rng.uniform(0.1, 0.6) * mix[:, None] * (b - a)
    return colour * (1.0 + rng.uniform(0.0, 0.12) * stains[:, None])


def clouds(size: tuple[int, int], rng: np.random.Generator, coarse: float = 1.0) -> np.ndarray:
    """(H, W) smooth noise in about -1..1: five octaves of random grids; `coarse` below 1 makes it finer."""
    total, weight = np.zeros((size[1], size[0])), 1.0
    for octave in range(5):
        cells = max(2, round(2 ** (octave + 1) / coarse))
        grid = rng.uniform(-1.0, 1.0, (cells, cells)).astype(np.float32)
        picture = Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC)
        total += weight * np.asarray(picture, dtype=np.float64)
        weight *= 0.6
    return total / 2.3


def _colour(rng: np.random.Generator) -> np.ndarray:
    """Display-referred, mostly muted."""
    grey, tint = rng.uniform(0.12, 0.92), rng.uniform(0.0, 0.35) ** 1.5
    return np.clip(grey + tint * rng.uniform(-1.5, 1.5, 3), 0.02, 0.98)


def _photo(folder: Path, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(H, W, 3) float32 random picture of the folder, cropped to fill the frame, perhaps mirrored."""
    paths = _pictures(folder)
    image = Image.fromarray(open_photo(paths[rng.integers(len(paths))])[0])
    image = ImageOps.mirror(image) if rng.random() < 0.5 else image
    fitted = ImageOps.fit(image, size, Image.Resampling.BILINEAR)
    return np.asarray(fitted, dtype=np.float32) / 255.0


@cache
def _pictures(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES)
    if not found:
        raise BorelliError(f"{folder} holds no pictures ({', '.join(sorted(PHOTO_SUFFIXES))})")
    return found
