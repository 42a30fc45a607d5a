"""Boxes that the user describes: tables, steps, chairs, beams."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from borelli.errors import BorelliError

FORM = "x,y,z,width,height,depth[,heading_deg]"
HUGE = 100.0
"""Metres, and metres of distance, above which a number is in another unit."""


@dataclass(frozen=True)
class Box:
    """An upright box; width along x and depth along z before it is turned about the vertical."""

    x: float
    """Middle of the underside, metres, world."""
    y: float
    """Height of the underside; 0 when the box stands on the floor."""
    z: float
    width: float
    height: float
    depth: float
    heading: float = 0.0
    """Radians about +Y, counter-clockwise seen from above."""

    @property
    def top(self) -> float:
        """Metres."""
        return self.y + self.height

    def covers(self, positions: np.ndarray) -> np.ndarray:
        """Which positions (..., 3) are over, in or under it."""
        dx, dz = positions[..., 0] - self.x, positions[..., 2] - self.z
        c, s = math.cos(self.heading), math.sin(self.heading)
        return (np.abs(c * dx - s * dz) <= self.width / 2) & (np.abs(s * dx + c * dz) <= self.depth / 2)


def parse_box(text: str) -> Box:
    """A box from "x,y,z,width,height,depth[,heading_deg]": middle of the underside and sizes, metres.

    Raises BorelliError for text of another form, sizes that are not positive, and numbers that cannot be
    metres.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (6, 7) or not all(math.isfinite(number) for number in numbers):
        raise BorelliError(f"--box {text} is not {FORM}: six or seven numbers in metres, without spaces")
    if min(numbers[3:6]) <= 0:
        raise BorelliError(
            f"--box {text} has a size that is not positive; width, height, depth are in metres"
        )
    if max(abs(number) for number in numbers[:6]) > HUGE:
        raise BorelliError(f"--box {text} is more than {HUGE:g} m large or away; numbers are in metres")
    return Box(*numbers[:6], heading=math.radians(numbers[6]) if len(numbers) == 7 else 0.0)


def check_boxes(boxes: Sequence[Box], positions: np.ndarray, contacts: np.ndarray, deep: float = 0.1) -> None:
    """Refuse a box in which somebody stands up to the ankles or more.

    Args:
        boxes: all that were given.
        positions: (T, P, 3) of the soles, metres.
        contacts: (T, P) bool, which of them carry weight.
        deep: metres below the top, and over the underside, from which a foot is inside.

    Raises:
        BorelliError: naming the first such box and where the feet are.
    """
    for box in boxes:
        height = positions[..., 1]
        inside = box.covers(positions) & (height < box.top - deep) & (height > box.y - deep)
        stuck = inside & contacts
        if contacts.any() and stuck.sum() > 0.1 * contacts.sum():
            x, y, z = np.median(positions[stuck], axis=0)
            raise BorelliError(
                f"the box with its top at {box.top:.2f} m would swallow feet that stand at "
                f"{x:.2f}, {y:.2f}, {z:.2f}; give its place in the result's world or leave it out"
            )
