"""Meshes drawn by compiled loops: needs nothing but a processor."""

from collections.abc import Sequence

import numpy as np

from borelli.geometry.camera import Camera
from borelli.geometry.frames import transform_points
from borelli.geometry.mesh.picture import Mesh, MeshPicture
from borelli.geometry.mesh.triangles import find_faces, interpolate


def z_buffer(meshes: Sequence[Mesh], camera: Camera) -> MeshPicture:
    """The `Renderer` of every machine."""
    size = camera.height, camera.width
    placed = [projected(camera, mesh.vertices) for mesh in meshes]
    depth, owner, face = empty_buffers(size)
    for number, (mesh, (points, z)) in enumerate(zip(meshes, placed, strict=True), start=1):
        find_faces(depth, owner, face, points, z, mesh.faces, np.uint8(number))
    normals = np.zeros((*size, 3), dtype=np.float32)
    for number, (mesh, (points, z)) in enumerate(zip(meshes, placed, strict=True), start=1):
        window, corners = window_of(points, z, size), mesh.normals.astype(np.float32)
        interpolate(normals, owner, face, np.uint8(number), window, points, z, mesh.faces, corners)
    seen = owner > 0
    normals[seen] = unit(normals[seen])
    return MeshPicture(depth, owner, face, normals)


def projected(camera: Camera, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (V, 2) and depth (V,) of world points (V, 3), float32; pixels mean nothing behind the camera."""
    assert camera.T_camera_world is not None
    points = transform_points(camera.T_camera_world, vertices.astype(np.float64))
    ahead = np.where(points[:, 2:] > 1e-3, points, [0.0, 0.0, 1.0])
    return camera.project(ahead).astype(np.float32), points[:, 2].astype(np.float32)


def empty_buffers(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth, owner and face buffers (H, W) for `find_faces`."""
    return (
        np.full(size, np.inf, dtype=np.float32),
        np.zeros(size, dtype=np.uint8),
        np.full(size, -1, dtype=np.int32),
    )


def window_of(points: np.ndarray, z: np.ndarray, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Rows and columns (top, bottom, left, right; half open) of a buffer (H, W) that a mesh can touch.

    Everything when it is very near, where points may be projected anywhere, or undefined.
    """
    if not z.min() >= 0.2:
        return 0, size[0], 0, size[1]
    low = np.clip(np.floor(points.min(axis=0)), 0, size[::-1]).astype(int)
    high = np.clip(np.ceil(points.max(axis=0)) + 1, 0, size[::-1]).astype(int)
    return int(low[1]), int(high[1]), int(low[0]), int(high[0])


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) of length 1; zero stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32(1e-12))
