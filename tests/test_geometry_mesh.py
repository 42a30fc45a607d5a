"""Which triangle is seen where: by hand, by casting rays, and by OpenGL."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from borelli.body.kinematics import forward
from borelli.body.model import average_person, body_model
from borelli.body.skin import normals, skin
from borelli.geometry.camera import Camera
from borelli.geometry.frames import make_transform, transform_points
from borelli.geometry.mesh import Mesh, MeshPicture, best_renderer, z_buffer
from borelli.geometry.mesh.gl import GlRenderer, open_gl
from borelli.geometry.mesh.triangles import cover, find_faces, interpolate
from borelli.geometry.mesh.z_buffer import empty_buffers, window_of

# a right triangle over the lower left of 6 x 6 samples, counter-clockwise as seen with rows downwards
CORNERS = np.array([[0.5, 0.5], [0.5, 4.5], [4.5, 4.5]], dtype=np.float32)
FACE = np.array([[0, 1, 2]])
INSIDE = np.array([[1 <= c <= r <= 4 for c in range(6)] for r in range(6)])
K = np.array([[200.0, 0, 79.5], [0, 200.0, 89.5], [0, 0, 1]])
CAMERA = Camera(K, np.zeros(0), 160, 180, make_transform(np.diag([1.0, -1, -1]), np.array([0, 0.1, 2.4])))
"""Looks along -Z from 2.4 m."""


def z_at(*metres: float) -> np.ndarray:
    return np.array(metres, dtype=np.float32)


def body_mesh(shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Mesh:
    model, person = body_model(), average_person()
    pose = forward(model, person, model.skeleton.neutral[None])
    vertices = skin(model, person, pose)
    middle = vertices[0].mean(axis=0)
    outward = normals(vertices, model.faces)[0]
    return Mesh(vertices[0] - middle + np.array(shift, dtype=np.float32), model.faces, outward)


def test_a_triangle_covers_the_samples_inside_it_at_its_depth() -> None:
    depth, owner, face = empty_buffers((6, 6))
    find_faces(depth, owner, face, CORNERS, z_at(2, 2, 2), FACE, 1)
    np.testing.assert_array_equal(owner == 1, INSIDE)
    np.testing.assert_array_equal(face, np.where(INSIDE, 0, -1))
    np.testing.assert_allclose(depth[INSIDE], 2.0, rtol=1e-6)
    assert np.isinf(depth[~INSIDE]).all()


def test_depth_and_values_between_corners_are_in_perspective() -> None:
    depth, owner, face = empty_buffers((6, 6))
    corners = np.array([[0.0, 0.0], [0.0, 4.0], [4.0, 4.0]], dtype=np.float32)
    z = z_at(1, 1, 3)  # row 4, column 2 is half way in the picture: 2 / (1 + 1/3) = 1.5
    find_faces(depth, owner, face, corners, z, FACE, 1)
    np.testing.assert_allclose(depth[4, 2], 1.5, rtol=1e-6)
    values = np.zeros((6, 6, 2), dtype=np.float32)
    given = np.array([[0, 5], [0, 5], [1, 5]], dtype=np.float32)
    interpolate(values, owner, face, 1, (0, 6, 0, 6), corners, z, FACE, given)
    np.testing.assert_allclose(values[4, 2], [0.25, 5.0], rtol=1e-5)  # 1.5 m is a quarter of 1 to 3 m


@pytest.mark.parametrize(("corners", "z"), [(CORNERS[::-1].copy(), 2.0), (CORNERS, -2.0), (CORNERS, np.nan)])
def test_faces_turned_away_behind_the_camera_or_undefined_are_not_seen(corners: np.ndarray, z: float) -> None:
    depth, owner, face = empty_buffers((6, 6))
    find_faces(depth, owner, face, corners, z_at(z, z, z), FACE, 1)
    assert not owner.any()


def test_a_face_without_places_is_not_seen() -> None:
    depth, owner, face = empty_buffers((6, 6))
    find_faces(depth, owner, face, np.full_like(CORNERS, np.nan), z_at(2, 2, 2), FACE, 1)
    assert not owner.any()


def test_the_nearer_mesh_hides_the_other_whatever_the_order() -> None:
    for order in ((1, 2), (2, 1)):
        depth, owner, face = empty_buffers((6, 6))
        for number in order:
            find_faces(depth, owner, face, CORNERS, np.full(3, float(number), np.float32), FACE, number)
        assert set(np.unique(owner)) == {0, 1}


def test_a_silhouette_has_faces_of_either_side() -> None:
    for corners in (CORNERS, CORNERS[::-1].copy()):
        target = np.zeros((6, 6), dtype=np.float32)
        cover(target, corners, FACE)
        np.testing.assert_array_equal(target == 1, INSIDE)


def test_the_window_holds_the_mesh_and_is_everything_when_it_is_near() -> None:
    assert window_of(CORNERS, z_at(2, 2, 2), (40, 50)) == (0, 6, 0, 6)
    assert window_of(CORNERS + 10, z_at(2, 2, 2), (40, 50)) == (10, 16, 10, 16)
    assert window_of(CORNERS - 100, z_at(2, 2, 2), (40, 50)) == (0, 0, 0, 0)
    for z in (z_at(2, 2, 0.1), z_at(2, np.nan, 2)):
        assert window_of(CORNERS, z, (40, 50)) == (0, 40, 0, 50)


def cast(mesh: Mesh, camera: Camera, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth and face seen at pixels (N, 2) by intersecting rays with all triangles (Moeller and Trumbore)."""
    assert camera.T_camera_world is not None
    a, b, c = np.moveaxis(
        transform_points(camera.T_camera_world, mesh.vertices.astype(float))[mesh.faces], 1, 0
    )
    depth, face = np.full(len(pixels), np.inf), np.full(len(pixels), -1)
    for n, xy in enumerate(camera.normalise(pixels)):
        ray = np.append(xy, 1.0)
        across = np.cross(ray, c - a)
        determinant = np.sum((b - a) * across, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            u = np.sum(-a * across, axis=1) / determinant
            along = np.cross(-a, b - a)
            v, t = along @ ray / determinant, np.sum((c - a) * along, axis=1) / determinant
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)
        if hit.any():
            face[n] = np.flatnonzero(hit)[t[hit].argmin()]
            depth[n] = t[hit].min()
    return depth, face


def test_the_z_buffer_sees_what_rays_hit() -> None:
    mesh = body_mesh()
    picture = z_buffer([mesh], CAMERA)
    assert 0.05 < picture.mask.mean() < 0.5
    rng = np.random.default_rng(0)
    rows, columns = (rng.choice(index, 60) for index in np.nonzero(picture.mask))
    rows, columns = np.r_[rows, rng.integers(0, 180, 60)], np.r_[columns, rng.integers(0, 160, 60)]
    depth, face = cast(mesh, CAMERA, np.column_stack([columns, rows]).astype(float))
    np.testing.assert_allclose(picture.depth[rows, columns], depth, rtol=1e-5)
    assert np.mean(picture.face[rows, columns] == face) > 0.97


def test_normals_point_to_the_camera_and_are_those_of_the_faces() -> None:
    mesh = body_mesh()
    picture = z_buffer([mesh], CAMERA)
    seen = picture.normals[picture.mask]
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1.0, atol=1e-5)
    assert not picture.normals[~picture.mask].any()
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces[picture.face[picture.mask]]], 1, 0)
    flat = np.cross(b - a, c - a)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    assert np.mean(np.sum(seen * flat, axis=1) > 0.9) > 0.97


def test_two_bodies_hide_each_other_and_say_who_is_seen() -> None:
    back, front = body_mesh((0.1, 0, -0.6)), body_mesh((-0.1, 0, 0.4))
    picture = z_buffer([back, front], CAMERA)
    alone = [z_buffer([mesh], CAMERA) for mesh in (back, front)]
    np.testing.assert_array_equal(picture.owner == 2, alone[1].mask)
    np.testing.assert_array_equal(picture.owner == 1, alone[0].mask & ~alone[1].mask)
    np.testing.assert_array_equal(picture.mask, alone[0].mask | alone[1].mask)


@pytest.fixture(scope="module")
def gl() -> Iterator[GlRenderer]:
    pytest.importorskip("moderngl", reason="moderngl is not installed")
    renderer = open_gl()
    if renderer is None:
        pytest.skip("no OpenGL context can be made through EGL on this machine")
    yield renderer
    renderer.close()


def agree(a: MeshPicture, b: MeshPicture) -> None:
    """At most 1 % of the covered pixels differ in anything."""
    covered = np.sum(a.mask | b.mask)
    assert covered > 0
    assert np.sum(a.owner != b.owner) <= 0.01 * covered
    both = a.mask & b.mask
    assert np.sum(a.face[both] != b.face[both]) <= 0.01 * covered
    assert np.sum(np.abs(a.depth[both] - b.depth[both]) > 1e-3) <= 0.01 * covered
    assert np.sum(np.abs(a.normals[both] - b.normals[both]).max(axis=1) > 0.01) <= 0.01 * covered


@pytest.mark.parametrize("distance", [0.7, 2.4, 9.0])
def test_opengl_and_the_z_buffer_agree(gl: GlRenderer, distance: float) -> None:
    turned = make_transform(np.diag([1.0, -1, -1]), np.array([0.05, 0.1, distance]))
    camera = replace(CAMERA, T_camera_world=turned)
    meshes = [body_mesh(), body_mesh((0.3, 0.1, -0.3))]
    agree(gl(meshes, camera), z_buffer(meshes, camera))


def test_opengl_and_the_z_buffer_agree_through_a_distorting_lens(gl: GlRenderer) -> None:
    camera = replace(CAMERA, distortion=np.array([-0.2, 0.05, 0.001, -0.002]))
    agree(gl([body_mesh()], camera), z_buffer([body_mesh()], camera))


def test_opengl_leaves_out_the_same_faces_next_to_the_camera(gl: GlRenderer) -> None:
    near = replace(CAMERA, T_camera_world=make_transform(np.diag([1.0, -1, -1]), np.array([0, 0.6, 0.15])))
    agree(gl([body_mesh()], near), z_buffer([body_mesh()], near))


@pytest.mark.parametrize("bodies_behind", [0, 1])
def test_nothing_in_front_of_the_camera_gives_an_empty_picture(gl: GlRenderer, bodies_behind: int) -> None:
    meshes = [body_mesh((0.0, 0.0, 50.0))] * bodies_behind
    for picture in (gl(meshes, CAMERA), z_buffer(meshes, CAMERA)):
        assert not picture.mask.any() and np.isinf(picture.depth).all() and (picture.face == -1).all()


def test_the_best_renderer_draws_with_and_without_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    with best_renderer() as render:
        agree(render([body_mesh()], CAMERA), z_buffer([body_mesh()], CAMERA))
    monkeypatch.setattr("borelli.geometry.mesh.choose.open_gl", lambda: None)
    with best_renderer() as render:
        assert render is z_buffer
