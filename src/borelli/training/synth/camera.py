"""Static cameras around a moving person: any side, height, tilt, roll and focal length, as far as needed."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.geometry.camera import Camera
from borelli.geometry.frames import make_transform, transform_points

NEAREST, FARTHEST = 1.5, 14.0
"""Metres between camera and the middle of the motion."""
HEIGHTS = (0.4, 2.2)
"""Metres over the floor."""
FOCAL = (0.75, 1.8)
"""Focal length over the longer side of the picture: angles of view of 67 to 31 degrees."""
AIM_SD, ROLL_SD = np.radians(1.5), np.radians(2.0)
FILLS, FILLS_CROPPED = (0.55, 0.97), (1.15, 1.6)
"""Share of the picture that the person's whole path takes, in the direction in which it takes more."""
BISECTIONS = 20


@dataclass(frozen=True)
class Framing:
    """Ranges from which a camera is drawn."""

    heights: tuple[float, float] = HEIGHTS
    focal: tuple[float, float] = FOCAL
    fills: tuple[float, float] = FILLS
    fills_cropped: tuple[float, float] = FILLS_CROPPED


def random_camera(
    points_world: np.ndarray,
    size: tuple[int, int],
    cropped: bool,
    rng: np.random.Generator,
    framing: Framing | None = None,
) -> Camera:
    """A camera that sees points (..., 3) of a person as large as the framing says.

    Args:
        points_world: (..., 3) of the whole clip, metres, floor y = 0.
        size: width and height in pixels.
        cropped: let some of the points fall outside.
        rng: draws.
        framing: ranges; those of synthetic sets by default.
    """
    framing = framing or Framing()
    points = points_world.reshape(-1, 3)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    azimuth, height = rng.uniform(0.0, 2 * np.pi), rng.uniform(*framing.heights)
    focal = np.exp(rng.uniform(*np.log(framing.focal))) * max(size)
    turn = Rotation.from_rotvec(rng.normal(0.0, 1.0, 3) * [AIM_SD, AIM_SD, ROLL_SD]).as_matrix()
    fills = rng.uniform(*(framing.fills_cropped if cropped else framing.fills))
    K = np.array([[focal, 0, (size[0] - 1) / 2], [0, focal, (size[1] - 1) / 2], [0, 0, 1.0]])

    def at(distance: float) -> Camera:
        position = middle + distance * np.array([np.sin(azimuth), 0.0, np.cos(azimuth)])
        position[1] = height
        R = turn @ looking(middle - position)
        return Camera(K, np.zeros(0), *size, make_transform(R, -R @ position), source="synthetic")

    near, far = NEAREST, FARTHEST
    for _ in range(BISECTIONS):
        distance = (near + far) / 2
        if _filled(at(distance), points) > fills:
            near = distance
        else:
            far = distance
    return at(far)


def looking(direction: np.ndarray) -> np.ndarray:
    """R_camera_world (3, 3) of a level camera that looks along a world direction (3,), not straight up."""
    z = direction / np.linalg.norm(direction)
    x = np.cross(z, [0.0, 1.0, 0.0])
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])


def _filled(camera: Camera, points_world: np.ndarray) -> float:
    """Twice the largest distance from the picture's centre over its size; infinite behind the camera."""
    assert camera.T_camera_world is not None
    points = transform_points(camera.T_camera_world, points_world)
    if points[:, 2].min() < 0.3:
        return float("inf")
    offset = np.abs(camera.project(points) - camera.K[:2, 2])
    return float((2 * offset.max(axis=0) / [camera.width, camera.height]).max())
