"""An avatar in the report page: Gaussians in the bind pose of the skin, each carried by four bones."""

from pathlib import Path
from typing import Any

import numpy as np

from borelli.avatar.binding import bind
from borelli.avatar.display import widened
from borelli.avatar.files import SavedAvatar, load_avatar
from borelli.avatar.gaussians import Gaussians
from borelli.avatar.posing_kernels import carry
from borelli.body.model import BodyModel, Person
from borelli.body.skin import bind_pose, skin
from borelli.motion.motion import Motion
from borelli.report.page_arrays import ArrayStream
from borelli.report.page_figure import whole_weights

MOST = 20000
"""Gaussians of one person in the page."""
BONES = 4


def splat_entry(stream: ArrayStream, model: BodyModel, motion: Motion, path: Path) -> dict[str, Any] | None:
    """The avatar in the file `path` on the body of a motion; None when there is no such file.

    Raises BorelliError when the file is damaged or of another body model.
    """
    if not path.is_file():
        return None
    saved = load_avatar(path, model)
    gaussians = bound_gaussians(saved, model, Person(motion.shape, motion.log_lengths, motion.scale))
    opacity = 1.0 / (1.0 + np.exp(-gaussians.opacity_logits))
    kept = np.sort(np.argsort(-opacity, kind="stable")[:MOST])
    bones, weights = carriers(saved, model)
    quaternions = gaussians.quaternions / np.linalg.norm(gaussians.quaternions, axis=1, keepdims=True)
    return {
        "position": stream.stepped(gaussians.means[kept], 1e-4),
        "quaternion": stream.stepped(quaternions[kept], 1.0 / 32000),
        "scale": stream.plain(np.exp(gaussians.log_scales[kept]), "f4"),
        "opacity": stream.plain(np.round(255 * opacity[kept]), "u1"),
        "color": stream.plain(np.round(255 * np.clip(gaussians.colours[kept], 0.0, 1.0)), "u1"),
        "bone_index": stream.plain(bones[kept], "u1"),
        "bone_weight": stream.plain(weights[kept], "u1"),
    }


def bound_gaussians(saved: SavedAvatar, model: BodyModel, person: Person) -> Gaussians:
    """The avatar on a person's skin in the bind pose, as wide as in the pictures it was learnt from."""
    avatar = saved.avatar
    binding = bind(avatar.faces, model)
    used = np.unique(model.faces[avatar.faces])
    surface = skin(model, person, bind_pose(model, person), used)[0].astype(np.float64)
    means, quaternions, _, _ = carry(
        surface, binding.corners, avatar.barycentric, avatar.normal_offsets, avatar.quaternions
    )
    placed = Gaussians(means, quaternions, avatar.log_scales, avatar.opacity_logits, avatar.colours)
    return widened(placed, saved.pixel_size)


def carriers(saved: SavedAvatar, model: BodyModel) -> tuple[np.ndarray, np.ndarray]:
    """Bones (N, 4) and weights (N, 4) that sum to 255: the corners', mixed as the places are."""
    avatar = saved.avatar
    corners = model.faces[avatar.faces]
    rows = np.repeat(np.arange(len(corners)), 3 * BONES)
    mixed = avatar.barycentric[:, :, None] * model.skin_weights[corners]
    table = np.zeros((len(corners), len(model.skeleton.parents)))
    np.add.at(table, (rows, model.skin_segments[corners].ravel()), mixed.ravel())
    bones = np.argsort(-table, axis=1, kind="stable")[:, :BONES]
    weights = whole_weights(np.take_along_axis(table, bones, axis=1))
    return np.where(weights > 0, bones, 0), weights
