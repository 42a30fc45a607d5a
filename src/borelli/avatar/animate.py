"""An avatar made to follow a motion, its own or somebody else's."""

from collections.abc import Iterator

import numpy as np

from borelli.avatar.binding import bind
from borelli.avatar.display import over, show
from borelli.avatar.files import SavedAvatar
from borelli.avatar.posing import pose_avatar
from borelli.avatar.viewpoints import Viewpoint, views
from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person
from borelli.body.skin import skin
from borelli.errors import BorelliError
from borelli.motion.motion import Motion

STILL_FRAMES, STILL_RATE = 72, 24.0
"""Length and rate of the film of a single pose."""


def shown_frames(motion: Motion) -> np.ndarray:
    """Frames (F,) of a motion whose pose is known; a single one is repeated, so that a camera can turn.

    Raises:
        BorelliError: there is none.
    """
    known = np.isfinite(motion.coordinates).all(axis=1) & np.isfinite(motion.joints).all(axis=(1, 2))
    frames = np.flatnonzero(known)
    if len(frames) == 0:
        raise BorelliError("the motion has no frame with a known pose: nothing to draw")
    return np.repeat(frames, STILL_FRAMES) if len(frames) == 1 else frames


def animate(
    saved: SavedAvatar,
    model: BodyModel,
    motion: Motion,
    viewpoint: Viewpoint,
    size: int,
    background: tuple[int, int, int] | None,
) -> Iterator[tuple[float, np.ndarray]]:
    """Time in seconds and 8-bit picture of every frame of `shown_frames`.

    Args:
        saved: the avatar; it keeps its own body.
        model: the body it is bound to.
        motion: the movement; that of another person is scaled by the ratio of leg lengths.
        viewpoint, size: see `views`.
        background: RGB in 0..255, or None for RGBA pictures (H, W, 4).
    """
    frames = shown_frames(motion)
    times = motion.time[frames] if len(np.unique(frames)) > 1 else np.arange(len(frames)) / STILL_RATE
    coordinates = followed(motion, model, saved.person)
    binding = bind(saved.avatar.faces, model)
    for time, frame, view in zip(times, frames, views(motion, frames, viewpoint, size), strict=True):
        posed = pose_avatar(saved.avatar, model, saved.person, coordinates[frame], binding)
        yield float(time), over(show(posed.gaussians, view, saved.pixel_size), background)


def followed(motion: Motion, model: BodyModel, person: Person) -> np.ndarray:
    """Coordinates (T, 49) with which a person moves as in a motion of somebody else.

    Angles stay; the way of the pelvis is scaled by the height at which the pelvis stands, so that the feet
    stay on the floor y = 0 and steps keep their proportion.

    Raises:
        BorelliError: the motion has other coordinates than the body.
    """
    if motion.coordinate_names != model.skeleton.coordinate_names:
        raise BorelliError("the motion is of another skeleton; give a motion.npz written by `borelli run`")
    other = Person(motion.shape, motion.log_lengths, motion.scale)
    height = model.skeleton.coordinate("pelvis_ty")
    ratio = standing(model, person)[height] / standing(model, other)[height]
    result = motion.coordinates.copy()
    result[:, -3:] *= ratio
    return result


def standing(model: BodyModel, person: Person) -> np.ndarray:
    """Coordinates (49,) of a relaxed stance on the floor y = 0, facing +X."""
    result = model.skeleton.neutral.copy()
    surface = skin(model, person, forward(model, person, result[None]))[0]
    result[model.skeleton.coordinate("pelvis_ty")] -= surface[:, 1].min()
    return result
