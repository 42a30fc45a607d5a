"""First colours of an avatar: pictures of the person, looked up where the surface is seen."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import distance_transform_edt, map_coordinates
from scipy.spatial import KDTree

from borelli.avatar.avatar import Avatar
from borelli.avatar.binding import Binding, bind
from borelli.avatar.gaussians import View
from borelli.avatar.posing import pose_avatar
from borelli.body.kinematics import forward
from borelli.body.mirror import MIRROR
from borelli.body.model import BodyModel, Person
from borelli.body.skin import normals, skin
from borelli.geometry.camera import Camera
from borelli.geometry.mesh import Mesh, z_buffer
from borelli.geometry.rotations import matrix_from_quaternion

BEHIND = 0.02
"""Metres behind the nearest surface up to which a point counts as seen."""
OUTLINE = 4.0
"""Pixels from the outline of the body over which trust grows."""
ENOUGH = 0.05
"""Sum of the weights from which on a Gaussian counts as seen."""
NEAR_MIRROR = 0.03
"""Metres within which a Gaussian of the other side counts as the mirror image."""


@dataclass(frozen=True)
class Sighting:
    """One picture of a person in a known pose."""

    coordinates: np.ndarray
    """(49,) radians, metres."""
    view: View
    image: np.ndarray
    """(H, W, 3) in 0..1, undistorted."""
    mask: np.ndarray
    """(H, W) in 0..1: how surely a pixel shows this person."""


def paint_avatar(avatar: Avatar, model: BodyModel, person: Person, sightings: Iterable[Sighting]) -> Avatar:
    """The avatar with the median colour that each Gaussian's place on the skin has in the pictures.

    The median, because poses are not exact and some pictures show the background there. Views along the
    normal count most, and views near the outline least. What is never seen takes the colour of its mirror
    image on the other side of the body, else the mean of its body part, else the mean of all that is seen.
    """
    binding = bind(avatar.faces, model)
    looks = [_look(avatar, binding, person, sighting) for sighting in sightings]
    if not looks:
        return avatar
    weights = np.stack([weight for _, weight in looks])
    seen = weights.sum(axis=0) > ENOUGH
    if not seen.any():
        return avatar
    colours = _weighted_median(np.stack([colour for colour, _ in looks]), weights)
    return replace(avatar, colours=_completed(colours, seen, avatar, model))


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(N, 3) by channel, of values (S, N, 3) with weights (S, N)."""
    order = np.argsort(values, axis=0)
    summed = np.cumsum(np.take_along_axis(np.repeat(weights[..., None], 3, axis=2), order, axis=0), axis=0)
    middle = np.argmax(summed >= 0.5 * summed[-1], axis=0)[None]
    return np.take_along_axis(np.take_along_axis(values, order, axis=0), middle, axis=0)[0]


def _look(
    avatar: Avatar, binding: Binding, person: Person, sighting: Sighting
) -> tuple[np.ndarray, np.ndarray]:
    """Colour (N, 3) under every Gaussian's place on the skin, and its weight (N,): 0 where hidden."""
    model, view = binding.model, sighting.view
    on_skin = replace(
        avatar,
        normal_offsets=np.zeros(len(avatar.faces)),
        quaternions=np.tile([1.0, 0.0, 0.0, 0.0], (len(avatar.faces), 1)),
    )
    gaussians = pose_avatar(on_skin, model, person, sighting.coordinates, binding).gaussians
    R, t = view.T_camera_world[:3, :3], view.T_camera_world[:3, 3]
    points = gaussians.means @ R.T + t
    outward = matrix_from_quaternion(gaussians.quaternions)[:, :, 2] @ R.T
    facing = -np.sum(outward * points, axis=1) / np.linalg.norm(points, axis=1)
    ahead = points[:, 2] > 0.1
    pixels = np.where(ahead[:, None], points / np.where(ahead, points[:, 2], 1.0)[:, None], -1.0)
    where = (pixels @ view.K.T)[:, 1::-1].T
    # nearest and not linear: beside the silhouette the depth is infinite
    surface = _depth(model, person, sighting)
    depth = map_coordinates(surface, where, order=0, cval=0.0)
    inwards = map_coordinates(distance_transform_edt(np.isfinite(surface)), where, order=1, cval=0.0)
    seen = ahead & (facing > 0.0) & (points[:, 2] < depth + BEHIND) & np.isfinite(depth)
    mask = map_coordinates(sighting.mask.astype(np.float64), where, order=1, cval=0.0)
    image = sighting.image
    colours = [map_coordinates(image[..., c].astype(np.float64), where, order=1) for c in range(3)]
    sureness = np.clip(mask, 0.0, 1.0) * facing**2 * np.clip(inwards / OUTLINE, 0.0, 1.0)
    return np.stack(colours, axis=1), np.where(seen, sureness, 0.0)


def _depth(model: BodyModel, person: Person, sighting: Sighting) -> np.ndarray:
    """(H, W) metres to the body's surface, inf beside it."""
    view = sighting.view
    surface = skin(model, person, forward(model, person, sighting.coordinates[None]))
    mesh = Mesh(surface[0], model.faces, normals(surface, model.faces)[0])
    camera = Camera(view.K, np.zeros(0), view.width, view.height, view.T_camera_world)
    return z_buffer([mesh], camera).depth


def _completed(colours: np.ndarray, seen: np.ndarray, avatar: Avatar, model: BodyModel) -> np.ndarray:
    """Colours (N, 3) for all Gaussians from those that are seen."""
    corners = model.faces[avatar.faces]
    places = np.einsum("nk,nka->na", avatar.barycentric, model.vertices[corners])
    distance, nearest = KDTree(places[seen]).query(places * MIRROR)
    mirrored = ~seen & (distance < NEAR_MIRROR)
    result = colours.copy()
    result[mirrored] = colours[seen][np.asarray(nearest)[mirrored]]
    segments = model.skin_segments[corners[:, 0], 0]
    for segment in np.unique(segments[~seen & ~mirrored]):
        known = seen & (segments == segment)
        missing = ~seen & ~mirrored & (segments == segment)
        result[missing] = colours[known if known.any() else seen].mean(axis=0)
    return result
