"""Left-right exchange across the sagittal plane z = 0 of names, coordinates and points."""

from collections.abc import Sequence

import numpy as np

from borelli.body.skeleton import Skeleton

MIRROR = np.array([1.0, 1.0, -1.0])
"""Factor on world points."""


def mirrored_name(name: str) -> str:
    """`knee_angle_r` <-> `knee_angle_l`; names without a side stay."""
    sides = {"_r": "_l", "_l": "_r"}
    return name[:-2] + sides.get(name[-2:], name[-2:])


def mirror_index(names: Sequence[str]) -> np.ndarray:
    """(N,) place of every name's mirror image in the list."""
    place = {name: i for i, name in enumerate(names)}
    return np.array([place[mirrored_name(name)] for name in names])


def mirror_coordinates(table: Skeleton, coordinates: np.ndarray) -> np.ndarray:
    """Coordinates (..., 49) of the mirrored motion: sides exchanged, central bending and rotation negated.

    A rotation about axis (x, y, z) becomes the same angle about (-x, -y, z).
    """
    partner = mirror_index(table.coordinate_names)
    hinges = len(table.axes)
    images = table.axes * (-1.0, -1.0, 1.0)
    signs = np.sign(np.sum(images[partner[:hinges]] * table.axes, axis=1))
    return coordinates[..., partner] * np.r_[signs, MIRROR]
