"""The body's surface with fewer triangles, from `page_mesh.npz`, which `tools/bake_page_mesh.py` writes."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from borelli.body.model import body_model


@dataclass(frozen=True)
class PageMesh:
    """A surface over some of the body's vertices."""

    vertices: np.ndarray
    """(N,) indices into the vertices of the body model."""
    faces: np.ndarray
    """(F, 3) indices into the N."""


@cache
def page_mesh() -> PageMesh:
    """The surface of report pages; the whole body's where the file is of another version of it."""
    model = body_model()
    path = files("borelli.report").joinpath("page_mesh.npz")
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
        faces = data["faces"] if str(data["body_version"]) == model.version else model.faces
    vertices, corners = np.unique(faces, return_inverse=True)
    return PageMesh(vertices, corners.reshape(-1, 3))
