"""Synthetic people for perception tests: stick figures with masks and clothes, and networks that see them."""

from collections.abc import Callable

import numpy as np

from borelli.perception import warp
from borelli.perception.blazepose import MASK_SIDE, Detection, Pose

# (33, 2) standing figure in body heights, mid-hip at the origin, y down; left is +x (facing the camera)
FIGURE = np.zeros((33, 2))
FIGURE[:11] = [[0.03 * np.sin(i), -0.45 + 0.02 * np.cos(i)] for i in range(11)]
FIGURE[11:23:2] = [[0.1, -0.3], [0.13, -0.15], [0.14, 0.0], [0.15, 0.04], [0.15, 0.05], [0.13, 0.03]]
FIGURE[12:24:2] = FIGURE[11:23:2] * [-1, 1]
FIGURE[23::2] = [[0.06, 0.0], [0.07, 0.24], [0.07, 0.46], [0.06, 0.49], [0.10, 0.50]]
FIGURE[24::2] = FIGURE[23::2] * [-1, 1]


def standing(hip: np.ndarray, height: float, clothes: int, score: float = 0.99) -> Pose:
    """A clear pose of a person whose mid-hip is at `hip`, pixels; `clothes` picks one histogram bin."""
    side = 1.25 * height
    T = warp.square(hip, side, 0.0, MASK_SIDE)
    rows, columns = np.mgrid[:MASK_SIDE, :MASK_SIDE] / MASK_SIDE - 0.5
    mask = (np.abs(columns) < 0.12) & (np.abs(rows) < 0.4)
    colours = np.zeros(64)
    colours[clothes] = 1.0
    return Pose(
        score=score,
        keypoints=np.column_stack([hip + height * FIGURE, np.full(33, 0.95)]),
        covariance=np.tile(np.eye(2) * (0.008 * side) ** 2, (33, 1, 1)),
        hints=np.column_stack([1.7 * FIGURE, np.zeros(33)]),
        mask=mask,
        T_image_mask=T,
        axis=np.array([hip, hip - [0, side / 2.5]]),
        colours=colours,
    )


class Scene:
    """Stands in for the networks: the frame number is the picture's first value."""

    def __init__(self, people: Callable[[int], list[Pose]]) -> None:
        """`people(frame)` lists who is visible, front first."""
        self._people = people

    def _visible(self, image: np.ndarray) -> list[Pose]:
        return self._people(int(image[0, 0, 0]))

    def pose(self, image: np.ndarray, axis: np.ndarray) -> Pose:
        """The front-most person within half a body width of the region's centre, else nobody."""
        for person in self._visible(image):
            if np.linalg.norm(person.axis[0] - axis[0]) < 0.2 * person.side:
                return person
        return standing(axis[0], 100.0, 0, score=0.01)

    def detect(self, image: np.ndarray, corner: np.ndarray, side: float, minimum: float) -> list[Detection]:
        """Everybody, whatever the window."""
        return [
            Detection(0.9, np.concatenate([p.axis[0] - p.side / 4, p.axis[0] + p.side / 4]), p.axis)
            for p in self._visible(image)
        ]


def picture(frame: int) -> np.ndarray:
    """A picture that carries its number."""
    return np.full((4, 4, 3), frame, dtype=np.uint8)
