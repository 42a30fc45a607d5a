"""What a body looks like from another camera: baselines that an avatar has to beat, and the surface compared.

Textures are one colour per face, (F, 3) in [0, 1], NaN where a face was not seen.
"""

import numpy as np

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person
from borelli.body.skin import normals, skin
from borelli.geometry.camera import Camera
from borelli.geometry.frames import invert_transform
from borelli.geometry.mesh import Mesh, MeshPicture, z_buffer


def other_camera(T_a_world: np.ndarray, T_a_room: np.ndarray, T_b_room: np.ndarray) -> np.ndarray:
    """T_b_world (4, 4) of a second camera in the world of an estimate made by the first.

    Args:
        T_a_world: (4, 4) the first camera in the world of the estimate.
        T_a_room, T_b_room: (4, 4) both cameras in the world of a calibration.
    """
    return T_b_room @ invert_transform(T_a_room) @ T_a_world


def seen_body(model: BodyModel, person: Person, coordinates: np.ndarray, camera: Camera) -> MeshPicture:
    """The bare body in one pose (49,) as a camera sees it."""
    vertices = skin(model, person, forward(model, person, coordinates[None]))
    return z_buffer([Mesh(vertices[0], model.faces, normals(vertices, model.faces)[0])], camera)


def texture_of(picture: MeshPicture, image: np.ndarray, mask: np.ndarray, faces: int) -> np.ndarray:
    """Texture (F, 3): the mean colour of an image (H, W, 3) under each face, inside a mask (H, W) bool."""
    used = picture.mask & mask
    index, colours = picture.face[used], image[used].astype(np.float64)
    count = np.bincount(index, minlength=faces)
    total = np.stack([np.bincount(index, colours[:, c], minlength=faces) for c in range(3)], axis=1)
    return np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], np.nan)


def completed(texture: np.ndarray) -> np.ndarray:
    """The texture with the mean of what was seen where nothing was."""
    return np.where(np.isfinite(texture), texture, mean_colour(texture))


def mean_colour(texture: np.ndarray) -> np.ndarray:
    """The texture (F, 3) that is the mean of what was seen everywhere; 0.5 when nothing was seen at all."""
    seen = texture[np.isfinite(texture[:, 0])]
    return np.tile(seen.mean(axis=0) if len(seen) else np.full(3, 0.5), (len(texture), 1))


def painted(picture: MeshPicture, texture: np.ndarray) -> np.ndarray:
    """Picture (H, W, 3) of the body with a texture (F, 3), black where there is no body."""
    return np.where(picture.mask[..., None], texture[np.maximum(picture.face, 0)], 0.0)


def seen_before(picture: MeshPicture, texture: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels that show a face with a known colour."""
    return picture.mask & np.isfinite(texture[np.maximum(picture.face, 0), 0])
