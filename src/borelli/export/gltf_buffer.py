"""The binary container of glTF 2.0 (.glb): arrays packed into one buffer, described by JSON.

Source: Khronos Group, glTF 2.0 specification, sections 3.6 (buffers, accessors) and 4 (GLB).
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MAGIC, VERSION, JSON_CHUNK, BIN_CHUNK = b"glTF", 2, b"JSON", b"BIN\0"
VERTICES, INDICES = 34962, 34963
"""What a buffer view is for: attributes of vertices, and their indices."""
_COMPONENTS = {"u1": 5121, "u2": 5123, "u4": 5125, "f4": 5126}
_KINDS = {(): "SCALAR", (2,): "VEC2", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}


@dataclass(frozen=True)
class Column:
    """One array of the file."""

    values: np.ndarray
    """(N,), (N, 2), (N, 3), (N, 4) or (N, 4, 4), of the type to be stored; matrices as they are in Python."""
    target: int | None = None
    """VERTICES, INDICES, or None for animation and matrices."""
    bounded: bool = False
    """State smallest and largest values, as the format demands of positions and times."""


def pack(columns: Sequence[Column]) -> tuple[bytes, dict[str, Any]]:
    """The buffer, and `buffers`, `bufferViews`, `accessors`; accessor i is column i."""
    binary, views, accessors = bytearray(), [], []
    for index, column in enumerate(columns):
        values = np.ascontiguousarray(column.values)
        little = values.astype(values.dtype.newbyteorder("<"))
        # glTF stores matrices column after column
        data = (np.swapaxes(little, 1, 2) if values.ndim == 3 else little).tobytes()
        view = {"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)}
        views.append(view if column.target is None else view | {"target": column.target})
        binary += data + bytes(-len(data) % 4)
        accessor: dict[str, Any] = {
            "bufferView": index,
            "componentType": _COMPONENTS[values.dtype.str[1:]],
            "count": len(values),
            "type": _KINDS[values.shape[1:]],
        }
        if column.bounded:
            low, high = np.atleast_1d(values.min(axis=0)), np.atleast_1d(values.max(axis=0))
            accessor |= {"min": low.tolist(), "max": high.tolist()}
        accessors.append(accessor)
    buffers = [{"byteLength": len(binary)}]
    return bytes(binary), {"buffers": buffers, "bufferViews": views, "accessors": accessors}


def glb(content: dict[str, Any], binary: bytes) -> bytes:
    """The file: header, JSON padded with spaces, buffer padded with zeros."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False).encode("utf-8")
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), JSON_CHUNK) + text
    chunks += struct.pack("<I4s", len(binary), BIN_CHUNK) + binary
    return struct.pack("<4sII", MAGIC, VERSION, 12 + len(chunks)) + chunks
