"""Meshes drawn through OpenGL without a screen (EGL): by the graphics card, or by Mesa on the processor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from borelli.geometry.camera import Camera
from borelli.geometry.mesh.picture import Mesh, MeshPicture
from borelli.geometry.mesh.triangles import NEAR
from borelli.geometry.mesh.z_buffer import projected

ON_PROCESSOR = ("llvmpipe", "softpipe", "SWR", "Google SwiftShader")
VERTEX = """
#version 330
uniform vec2 size;
uniform vec2 range;
in vec3 place;
in vec3 normal;
out vec3 outward;
void main() {
    vec2 plane = 2.0 * (place.xy + 0.5) / size - 1.0;
    float far = range.y, near = range.x;
    float depth = ((far + near) * place.z - 2.0 * far * near) / (far - near);
    gl_Position = vec4(plane * place.z, depth, place.z);
    outward = normal;
}
"""
FRAGMENT = """
#version 330
uniform int number;
in vec3 outward;
layout(location = 0) out vec4 surface;
layout(location = 1) out ivec2 identity;
void main() {
    surface = vec4(normalize(outward), 1.0 / gl_FragCoord.w);
    identity = ivec2(number, gl_PrimitiveID);
}
"""
"""Row 0 of the framebuffer is the top row of the picture; gl_FragCoord.w is the inverse depth."""


@dataclass(frozen=True)
class GlRenderer:
    """A `Renderer` that owns a graphics context; use it in the thread that opened it, and close it."""

    context: Any
    """moderngl.Context."""
    program: Any
    """moderngl.Program."""

    @property
    def device(self) -> str:
        """What draws, as the driver calls it."""
        return str(self.context.info["GL_RENDERER"])

    @property
    def on_processor(self) -> bool:
        """Whether no graphics card draws, but a program that stands in for one."""
        return self.device.startswith(ON_PROCESSOR)

    def __call__(self, meshes: Sequence[Mesh], camera: Camera) -> MeshPicture:
        """The picture, of the camera's size."""
        context, size = self.context, (camera.width, camera.height)
        surface = context.texture(size, 4, dtype="f4")
        identity = context.texture(size, 2, dtype="i4")
        depth = context.depth_renderbuffer(size)
        target = context.framebuffer([surface, identity], depth)
        try:
            target.use()
            target.clear()
            for number, mesh in enumerate(meshes, start=1):
                self._draw(mesh, number, camera)
            seen = np.frombuffer(surface.read(), np.float32).reshape(*size[::-1], 4)
            known = np.frombuffer(identity.read(), np.int32).reshape(*size[::-1], 2)
        finally:
            for part in (target, depth, identity, surface):
                part.release()
        owner = known[..., 0].astype(np.uint8)
        covered = owner > 0
        return MeshPicture(
            depth=np.where(covered, seen[..., 3], np.float32(np.inf)),
            owner=owner,
            face=np.where(covered, known[..., 1], np.int32(-1)),
            normals=np.where(owner[..., None] > 0, seen[..., :3], np.float32(0.0)),
        )

    def _draw(self, mesh: Mesh, number: int, camera: Camera) -> None:
        pixels, z = projected(camera, mesh.vertices)
        in_front = z[mesh.faces].min(axis=1, keepdims=True) >= NEAR
        drawn = np.where(in_front, mesh.faces, 0).astype(np.int32)
        vertices = np.column_stack([pixels, z, mesh.normals]).astype(np.float32)
        self.program["size"].value = camera.width, camera.height
        self.program["range"].value = NEAR / 2, max(2 * NEAR, 1.01 * float(z.max()))
        self.program["number"].value = number
        corners, index = self.context.buffer(vertices.tobytes()), self.context.buffer(drawn.tobytes())
        content = [(corners, "3f 3f", "place", "normal")]
        array = self.context.vertex_array(self.program, content, index, index_element_size=4)
        try:
            array.render()
        finally:
            for part in (array, index, corners):
                part.release()

    def close(self) -> None:
        """Give the graphics context back."""
        self.program.release()
        self.context.release()


def open_gl() -> GlRenderer | None:
    """A renderer, or None where moderngl is not installed or no context can be made."""
    try:
        import moderngl

        without_screen: dict[str, Any] = {"standalone": True, "backend": "egl"}
        context = moderngl.create_context(require=330, **without_screen)
    except Exception:  # the loaders of GL raise whatever their platform does
        return None
    context.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
    # rows grow downwards in the framebuffer too, so that outsides turn clockwise
    context.front_face = "cw"
    return GlRenderer(context, context.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT))
