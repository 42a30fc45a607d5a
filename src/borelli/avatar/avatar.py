"""The avatar: flat Gaussians bound to the triangles of the skin, the same in every pose."""

from dataclasses import dataclass

import numpy as np

from borelli.errors import BorelliError


@dataclass(frozen=True)
class Avatar:
    """How one person looks. N Gaussians, each carried by one triangle of the body's surface.

    The frame of a triangle (a, b, c) has its first axis along b - a and its third along the outward normal.
    """

    faces: np.ndarray
    """(N,) index of the carrying triangle in the body model's faces."""
    barycentric: np.ndarray
    """(N, 3) place in the triangle, sum 1."""
    normal_offsets: np.ndarray
    """(N,) metres along the outward normal; negative is inside the body."""
    quaternions: np.ndarray
    """(N, 4) wxyz, R_triangle_gaussian; of any length but zero."""
    log_scales: np.ndarray
    """(N, 3) natural logarithm of the standard deviations in metres; the third axis is the flat one."""
    opacity_logits: np.ndarray
    """(N,)."""
    colours: np.ndarray
    """(N, 3) in 0..1, as in the picture."""

    def __post_init__(self) -> None:
        count = len(self.faces)
        widths = {"faces": (), "barycentric": (3,), "normal_offsets": (), "quaternions": (4,)}
        widths |= {"log_scales": (3,), "opacity_logits": (), "colours": (3,)}
        for name, width in widths.items():
            found = np.shape(getattr(self, name))
            if found != (count, *width):
                raise BorelliError(f"avatar: {name} has shape {found}; expected {(count, *width)}")


@dataclass(frozen=True)
class AvatarGradients:
    """Derivatives of a loss by what an avatar may learn; shapes as in `Avatar`."""

    normal_offsets: np.ndarray
    quaternions: np.ndarray
    log_scales: np.ndarray
    opacity_logits: np.ndarray
    colours: np.ndarray

    def plus(self, other: "AvatarGradients") -> "AvatarGradients":
        """Derivatives of the sum of two losses."""
        return AvatarGradients(
            self.normal_offsets + other.normal_offsets,
            self.quaternions + other.quaternions,
            self.log_scales + other.log_scales,
            self.opacity_logits + other.opacity_logits,
            self.colours + other.colours,
        )
