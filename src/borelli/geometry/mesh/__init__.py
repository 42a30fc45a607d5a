"""Meshes seen by a camera: depth, mask, normals and faces, by a compiled z-buffer or through OpenGL."""

from borelli.geometry.mesh.choose import best_renderer
from borelli.geometry.mesh.picture import Mesh, MeshPicture, Renderer
from borelli.geometry.mesh.z_buffer import z_buffer

__all__ = ["Mesh", "MeshPicture", "Renderer", "best_renderer", "z_buffer"]
