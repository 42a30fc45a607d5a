"""One rendered frame against its picture: the loss, and its gradients by looks, pose and body."""

from dataclasses import dataclass, fields, replace

import numpy as np

from borelli.avatar.avatar import Avatar, AvatarGradients
from borelli.avatar.binding import Binding
from borelli.avatar.gaussians import Gaussians, View
from borelli.avatar.key_frames import Shot
from borelli.avatar.losses import LossWeights, PictureLoss, picture_loss
from borelli.avatar.posing import Posed, PosedGradients, pose_avatar
from borelli.avatar.splat import Picture, backward, rasterise
from borelli.body.model import Person
from borelli.geometry.rotations import matrix_from_quaternion

LEARNT = tuple(field.name for field in fields(AvatarGradients))
"""What of an avatar is learnt."""


@dataclass(frozen=True)
class Rendered:
    """An avatar seen in one frame, with what the gradients need."""

    view: View
    posed: Posed
    picture: Picture
    loss: PictureLoss

    def gradients(self) -> PosedGradients:
        """Derivatives of the loss.

        The far side shines through a little: what is only seen so keeps its colour, and does not open
        to show the background.
        """
        by = backward(self.picture, self.loss.d_colour, self.loss.d_alpha, self.loss.d_depth)
        seen = facing(self.posed.gaussians, self.view)
        by = replace(
            by,
            colours=by.colours * seen[:, None],
            log_scales=by.log_scales * seen[:, None],
            opacity_logits=by.opacity_logits * seen,
        )
        return self.posed.backward(by)


def facing(gaussians: Gaussians, view: View) -> np.ndarray:
    """(N,) bool: Gaussians whose outer side is turned to the camera."""
    outward = matrix_from_quaternion(gaussians.quaternions)[..., 2]
    R, t = view.T_camera_world[:3, :3], view.T_camera_world[:3, 3]
    return np.einsum("ni,ni->n", outward, -R.T @ t - gaussians.means) > 0


def render_shot(
    avatar: Avatar,
    binding: Binding,
    person: Person,
    coordinates: np.ndarray,
    shot: Shot,
    background: np.ndarray,
    weights: LossWeights,
) -> Rendered:
    """Draw the avatar in a pose (49,) and compare it with a frame over a background colour (3,)."""
    posed = pose_avatar(avatar, binding.model, person, coordinates, binding)
    picture = rasterise(posed.gaussians, shot.view)
    loss = picture_loss(picture.colour, picture.alpha, picture.depth, shot.target, background, weights)
    return Rendered(shot.view, posed, picture, loss)


def learnt(avatar: Avatar) -> dict[str, np.ndarray]:
    """The arrays of an avatar that change while it learns."""
    return {name: getattr(avatar, name) for name in LEARNT}


def with_learnt(avatar: Avatar, values: dict[str, np.ndarray]) -> Avatar:
    """The avatar with new looks; colours stay colours."""
    return replace(avatar, **(values | {"colours": np.clip(values["colours"], 0.0, 1.0)}))


def random_background(rng: np.random.Generator) -> np.ndarray:
    """(3,) a colour that no transparency can imitate in the long run."""
    return rng.uniform(0.0, 1.0, 3).astype(np.float32)
