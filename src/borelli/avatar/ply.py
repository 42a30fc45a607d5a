"""`avatar.ply`: Gaussians as other viewers of 3D Gaussian splatting read them."""

from pathlib import Path

import numpy as np

from borelli.avatar.animate import standing
from borelli.avatar.display import widened
from borelli.avatar.files import SavedAvatar
from borelli.avatar.gaussians import Gaussians
from borelli.avatar.posing import pose_avatar
from borelli.body.model import BodyModel

SH_0 = 0.28209479177387814
"""Y_00 of the spherical harmonics, 1 / (2 sqrt pi): f_dc = (colour - 0.5) / SH_0."""
COLUMNS = (
    *("x", "y", "z", "nx", "ny", "nz"),
    *("f_dc_0", "f_dc_1", "f_dc_2", "opacity"),
    *("scale_0", "scale_1", "scale_2"),
    *("rot_0", "rot_1", "rot_2", "rot_3"),
)
"""Order of the file of Kerbl et al. 2023 without higher harmonics; normals there are zero."""


def write_ply(path: Path, gaussians: Gaussians) -> None:
    """Write N Gaussians as a binary little-endian .ply.

    Metres, Y up; opacity as logit, scales as natural logarithms, rotation as unit quaternion wxyz.
    """
    count = len(gaussians.means)
    rotations = gaussians.quaternions / np.linalg.norm(gaussians.quaternions, axis=1, keepdims=True)
    table = np.hstack(
        [
            gaussians.means,
            np.zeros((count, 3)),
            (gaussians.colours - 0.5) / SH_0,
            gaussians.opacity_logits[:, None],
            gaussians.log_scales,
            rotations,
        ]
    )
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {count}"]
    header = "\n".join([*lines, *(f"property float {name}" for name in COLUMNS), "end_header"]) + "\n"
    path.write_bytes(header.encode("ascii") + table.astype("<f4").tobytes())


def rest_gaussians(saved: SavedAvatar, model: BodyModel) -> Gaussians:
    """The avatar standing relaxed on the floor y = 0, facing +X, pelvis over the origin.

    As wide as in the pictures it was learnt from, whatever the resolution of the viewer.
    """
    posed = pose_avatar(saved.avatar, model, saved.person, standing(model, saved.person))
    return widened(posed.gaussians, saved.pixel_size)
