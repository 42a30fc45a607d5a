"""Pictures of a scene, with the mask and the depth of the first person and of everything.

The truth is sampled at pixel centres; colour is averaged over SUPERSAMPLES x SUPERSAMPLES samples per pixel.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter

from borelli.body.kinematics import Pose, forward
from borelli.body.model import BodyModel, body_model
from borelli.body.skin import normals, skin
from borelli.geometry.mesh.triangles import cover, find_faces
from borelli.geometry.mesh.z_buffer import empty_buffers, projected, window_of
from borelli.training.synth.backdrop import Backdrop
from borelli.training.synth.garments import chart, dressed, fields
from borelli.training.synth.props import PROP_FACES, Prop
from borelli.training.synth.raster import SUPERSAMPLES, develop, resolve, shade
from borelli.training.synth.scene import Actor, Scene

SHADOW_BLUR = 0.04
"""Metres over which the edge of a shadow fades."""


@dataclass(frozen=True)
class Picture:
    """One frame."""

    image: np.ndarray
    """(H, W, 3) uint8 RGB."""
    mask: np.ndarray
    """(H, W) bool: pixels whose centre shows the first person."""
    depth: np.ndarray
    """(H, W) float32 metres along the optical axis of the first person's visible surface, 0 elsewhere."""
    scene_depth: np.ndarray
    """(H, W) float32 metres of whatever is nearest, people or props; inf where neither is."""


@dataclass(frozen=True)
class _Mesh:
    """A surface at one moment, with what colours it."""

    vertices: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    rest: np.ndarray
    fields: np.ndarray
    paint: np.ndarray


@dataclass(frozen=True)
class _Costume:
    """What does not change over the clip."""

    actor: Actor
    model: BodyModel
    pose: Pose
    fields: np.ndarray


def render_frames(scene: Scene) -> Iterator[Picture]:
    """The frames of a scene in order; the same scene gives the same pixels."""
    model = body_model()
    costumes = [_costume(model, actor) for actor in scene.actors]
    props = [_prop_mesh(prop) for prop in scene.props]
    for t in range(len(scene.times)):
        yield _render(scene, [_body_mesh(costume, t) for costume in costumes] + props, t)


def _costume(model: BodyModel, actor: Actor) -> _Costume:
    values = fields(actor.outfit)
    pose = forward(model, actor.person, actor.coordinates)
    return _Costume(actor, dressed(model, actor.outfit, values), pose, values)


def _body_mesh(costume: _Costume, t: int) -> _Mesh:
    now = slice(t, t + 1)
    pose = Pose(costume.pose.rotations[now], costume.pose.joints[now], costume.pose.hinge_axes[now])
    vertices = skin(costume.model, costume.actor.person, pose)
    outward = normals(vertices, costume.model.faces)
    rest = chart().position.astype(np.float32)
    paint = costume.actor.outfit.paint
    return _Mesh(vertices[0], costume.model.faces, outward[0], rest, costume.fields, paint)


def _prop_mesh(prop: Prop) -> _Mesh:
    vertices = prop.vertices.astype(np.float32)
    empty = np.zeros((len(vertices), 0), dtype=np.float32)
    return _Mesh(vertices, PROP_FACES, prop.normals.astype(np.float32), vertices, empty, prop.paint)


def _render(scene: Scene, meshes: list[_Mesh], t: int) -> Picture:
    size = scene.camera.height, scene.camera.width
    placed = [projected(scene.camera, mesh.vertices) for mesh in meshes]
    depth, owner, _ = _visible(size, meshes, placed)
    fine = [(SUPERSAMPLES * pixels + np.float32((SUPERSAMPLES - 1) / 2), z) for pixels, z in placed]
    fine_size = SUPERSAMPLES * size[0], SUPERSAMPLES * size[1]
    _, fine_owner, face = _visible(fine_size, meshes, fine)
    colour = np.empty((*fine_size, 3), dtype=np.float32)
    picture = _shadowed(scene, meshes[: len(scene.actors)])
    for number, (mesh, (points, z)) in enumerate(zip(meshes, fine, strict=True), start=1):
        window = window_of(points, z, fine_size)
        shade(
            colour, fine_owner, face, number, window, points, z, mesh.faces, mesh.normals,
            mesh.rest, mesh.fields, mesh.paint, scene.light,
        )  # fmt: skip
    resolve(picture, colour, fine_owner, (0, size[0], 0, size[1]))
    noise = np.random.default_rng([*scene.seed, t]).standard_normal((*size, 3), dtype=np.float32)
    mask = owner == 1
    image = develop(picture, noise, np.float32(scene.softness), np.float32(scene.grain))
    return Picture(image, mask, np.where(mask, depth, np.float32(0.0)), depth)


def _visible(
    size: tuple[int, int], meshes: list[_Mesh], placed: list[tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth, owner and face buffers of all meshes."""
    depth, owner, face = empty_buffers(size)
    for number, (mesh, (points, z)) in enumerate(zip(meshes, placed, strict=True), start=1):
        find_faces(depth, owner, face, points, z, mesh.faces, np.uint8(number))
    return depth, owner, face


def _shadowed(scene: Scene, people: list[_Mesh]) -> np.ndarray:
    """(H, W, 3) float32 the empty scene with the shadows of the people on the floor."""
    backdrop: Backdrop = scene.backdrop
    picture = backdrop.picture.copy()
    coarse = body_model().coarse_faces
    sun = scene.light[0].astype(np.float64)
    size = scene.camera.height, scene.camera.width
    for mesh in people:
        fall = mesh.vertices.astype(np.float64)
        fall = fall - sun * (np.maximum(fall[:, 1:2], 0.0) / sun[1])
        points, z = projected(scene.camera, fall)
        if z.min() < 0.2:
            continue
        top, bottom, left, right = window_of(points, z, size)
        blur = max(1, round(SHADOW_BLUR * float(scene.camera.K[0, 0]) / float(np.median(z))))
        top, left = max(0, top - 2 * blur), max(0, left - 2 * blur)
        bottom, right = min(size[0], bottom + 2 * blur), min(size[1], right + 2 * blur)
        if bottom <= top or right <= left:
            continue
        covered = np.zeros((bottom - top, right - left), dtype=np.float32)
        cover(covered, points - np.array([left, top], dtype=np.float32), coarse)
        dark = uniform_filter(uniform_filter(covered, 2 * blur + 1), 2 * blur + 1)
        dark *= backdrop.shadow * backdrop.floor[top:bottom, left:right]
        picture[top:bottom, left:right] *= 1.0 - dark[..., None]
    return picture
