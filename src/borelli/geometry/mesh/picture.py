"""What a mesh renderer is given and what it returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from borelli.geometry.camera import Camera


@dataclass(frozen=True)
class Mesh:
    """A closed surface in the world."""

    vertices: np.ndarray
    """(V, 3) metres."""
    faces: np.ndarray
    """(F, 3) counter-clockwise seen from outside; only their outer side is drawn."""
    normals: np.ndarray
    """(V, 3) unit, outward."""


@dataclass(frozen=True)
class MeshPicture:
    """What is nearest under the centre of every pixel."""

    depth: np.ndarray
    """(H, W) float32 metres along the optical axis, inf where empty."""
    owner: np.ndarray
    """(H, W) uint8: 1 for the first mesh, 2 for the second, ...; 0 where empty."""
    face: np.ndarray
    """(H, W) int32: index into the faces of that mesh; -1 where empty."""
    normals: np.ndarray
    """(H, W, 3) float32 unit, world; 0 where empty."""

    @property
    def mask(self) -> np.ndarray:
        """(H, W) bool: where anything is seen."""
        return self.owner > 0


class Renderer(Protocol):
    """Draws at most 255 meshes as a camera with a pose sees them, its distortion included at vertices."""

    def __call__(self, meshes: Sequence[Mesh], camera: Camera) -> MeshPicture:
        """The picture, of the camera's size."""
        ...
