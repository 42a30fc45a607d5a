"""Which renderer draws meshes on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from borelli.geometry.mesh.gl import open_gl
from borelli.geometry.mesh.picture import Renderer
from borelli.geometry.mesh.z_buffer import z_buffer


@contextmanager
def best_renderer() -> Iterator[Renderer]:
    """OpenGL where a graphics card draws, else the z-buffer, which is as fast as OpenGL on a processor.

    >>> with best_renderer() as render:
    ...     picture = render([mesh], camera)
    """
    opened = open_gl()
    try:
        yield z_buffer if opened is None or opened.on_processor else opened
    finally:
        if opened is not None:
            opened.close()
