"""The avatar that learning starts from: even, flat, almost opaque Gaussians a little under the skin."""

from dataclasses import dataclass

import numpy as np

from borelli.avatar.avatar import Avatar
from borelli.avatar.scatter import scatter
from borelli.body.model import BodyModel, Person
from borelli.body.skin import bind_pose, skin
from borelli.errors import BorelliError

GREY = 0.5


@dataclass(frozen=True)
class StartConfig:
    """Size and place of the first Gaussians, as shares of the local spacing of their centres."""

    count: int = 10_000
    seed: int = 0
    inset: float = 0.6
    """Depth under the skin. Gaussians on the skin make the silhouette too large, and a pose that is fitted
    through them moves away from the camera."""
    width: float = 0.5
    """Standard deviation along the skin."""
    flatness: float = 0.1
    """Standard deviation along the normal."""
    most_of_thickness: float = 0.35
    """The inset is at most this share of the way to the other side, which matters in fingers."""
    opacity: float = 0.99


def start_avatar(model: BodyModel, person: Person, config: StartConfig | None = None) -> Avatar:
    """A grey avatar of a person; `paint` gives it colours.

    Raises:
        BorelliError: fewer than 100 Gaussians, which do not cover a body.
    """
    config = config or StartConfig()
    if config.count < 100:
        raise BorelliError(f"an avatar of {config.count} Gaussians does not cover a body; give at least 100")
    surface = skin(model, person, bind_pose(model, person))[0]
    spread = scatter(model, surface, config.count, config.seed)
    inset = np.minimum(config.inset * spread.spacing, config.most_of_thickness * spread.thickness)
    widths = np.log(config.width * spread.spacing)
    count = len(spread.faces)
    return Avatar(
        faces=spread.faces,
        barycentric=spread.barycentric,
        normal_offsets=-inset,
        quaternions=np.tile([1.0, 0.0, 0.0, 0.0], (count, 1)),
        log_scales=np.stack([widths, widths, widths + np.log(config.flatness / config.width)], axis=1),
        opacity_logits=np.full(count, np.log(config.opacity / (1.0 - config.opacity))),
        colours=np.full((count, 3), GREY),
    )
