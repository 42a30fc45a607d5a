"""First colours of an avatar: pictures of the person, looked up where the surface is seen."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import distance_transform_edt, map_coordinates

from borelli.avatar.avatar import Avatar
from borelli.avatar.binding import Binding, bind
from borelli.avatar.gaussians import View
from borelli.avatar.posing import pose_avatar
from borelli.avatar.surface_graph import spread_colours, surface_graph
from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person
from borelli.body.skin import normals, skin
from borelli.geometry.camera import Camera
from borelli.geometry.mesh import Mesh, z_buffer
from borelli.geometry.rotations import matrix_from_quaternion

BEHIND = 0.02
"""Metres behind the nearest surface up to which a point counts as seen."""
OUTLINE = 4.0
"""Pixels from the outline of the body over which trust grows."""


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
    normal count most, and views near the outline least. What is never seen takes its colour from around it.
    """
    binding = bind(avatar.faces, model)
    looks = [_look(avatar, binding, person, sighting) for sighting in sightings]
    weights = np.array([weight for _, weight in looks])
    if not weights.any():
        return avatar
    colours = _weighted_median(np.stack([colour for colour, _ in looks]), weights)
    graph = surface_graph(avatar, model)
    return replace(avatar, colours=spread_colours(colours, weights.sum(axis=0), graph))


def settled(avatar: Avatar, binding: Binding, person: Person, sightings: Iterable[Sighting]) -> Avatar:
    """The avatar with learnt colours where the pictures show it well, running over into the rest.

    What a picture shows at a grazing angle or beside the outline takes colours of the background, and what
    no picture shows keeps whatever shone through.
    """
    shown = np.zeros(len(avatar.faces))
    for sighting in sightings:
        # squared, as what the background adds at a grazing angle is the same in many pictures
        shown += _look(avatar, binding, person, sighting)[1] ** 2
    return replace(
        avatar, colours=spread_colours(avatar.colours, shown, surface_graph(avatar, binding.model))
    )


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
