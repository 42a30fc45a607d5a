"""The avatar that learning starts from: even, flat, almost opaque Gaussians a little under the skin."""

from dataclasses import dataclass

import numpy as np

from borelli.avatar.avatar import Avatar
from borelli.avatar.gaussians import View
from borelli.avatar.scatter import scatter
from borelli.body.model import BodyModel, Person
from borelli.body.skin import bind_pose, skin
from borelli.errors import BorelliError

GREY = 0.5


@dataclass(frozen=True)
class StartConfig:
    """Number, size and depth of the first Gaussians."""

    count: int = 10_000
    """About 5,000 for bodies of 200 pixels, 20,000 for 400: two to three pixels between neighbours."""
    seed: int = 0
    pixel_size: float = 0.008
    """Metres on the body that one pixel of the pictures shows, see `pixel_size`."""
    width: float = 0.5
    """Standard deviation along the skin, as a share of the spacing of the centres."""
    flatness: float = 0.1
    """Standard deviation along the normal, as a share of the spacing."""
    most_of_thickness: float = 0.35
    """The inset is at most this share of the way to the other side, which matters in fingers."""
    opacity: float = 0.99


def inset(spacing: np.ndarray, pixel_size: float) -> np.ndarray:
    """Depth (N,) in metres under the skin at which Gaussians cover what the body covers, in area.

    On the skin they make the silhouette too large, since a rasteriser widens them by about half a pixel and
    the flat discs stand out where the skin curves; a pose fitted through such a silhouette moves away from
    the camera. Fitted to the insets that make the areas equal, within 0.8 mm at a width of 0.5, for 5,000 to
    20,000 Gaussians and pixels of 2.7 to 11 mm.
    """
    return 0.85 * pixel_size + 32.0 * pixel_size**2 + 4.5 * spacing**2


def pixel_size(view: View, place: np.ndarray) -> float:
    """Metres that one pixel of a view shows at a place (3,) of the world, at least 0.1 mm.

    For the pictures of a clip: the median over them, at the pelvis (coordinates[-3:]).
    """
    depth = view.T_camera_world[2, :3] @ place + view.T_camera_world[2, 3]
    return max(float(depth / view.K[0, 0]), 1e-4)


def start_avatar(model: BodyModel, person: Person, config: StartConfig | None = None) -> Avatar:
    """A grey avatar of a person; `paint` gives it colours.

    Raises:
        BorelliError: fewer than 100 Gaussians, or pixels without size.
    """
    config = config or StartConfig()
    if config.count < 100:
        raise BorelliError(f"an avatar of {config.count} Gaussians does not cover a body; give at least 100")
    if not config.pixel_size > 0.0:
        raise BorelliError(f"pixel_size is {config.pixel_size} m; give the size of a pixel on the body")
    surface = skin(model, person, bind_pose(model, person))[0]
    spread = scatter(model, surface, config.count, config.seed)
    depth = np.minimum(inset(spread.spacing, config.pixel_size), config.most_of_thickness * spread.thickness)
    widths = np.log(config.width * spread.spacing)
    count = len(spread.faces)
    return Avatar(
        faces=spread.faces,
        barycentric=spread.barycentric,
        normal_offsets=-depth,
        quaternions=np.tile([1.0, 0.0, 0.0, 0.0], (count, 1)),
        log_scales=np.stack([widths, widths, widths + np.log(config.flatness / config.width)], axis=1),
        opacity_logits=np.full(count, np.log(config.opacity / (1.0 - config.opacity))),
        colours=np.full((count, 3), GREY),
    )
