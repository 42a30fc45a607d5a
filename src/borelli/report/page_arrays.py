"""Arrays of the report page: packed into one stream of bytes, described by references in its header.

Numbers over time are stored as 16-bit integers times a step where their range allows it, which halves the
page and compresses well; -32768 stands for a number that is not known.
"""

import base64
import zlib
from typing import Any

import numpy as np

MISSING = -32768
LARGEST = 32767
ALIGNMENT = 8
"""Bytes; typed arrays of a browser may only begin at multiples of their item's size."""
LEVEL = 6
"""Of zlib: higher ones take three times as long and save two percent."""

Ref = dict[str, Any]
"""Where an array is: `at` byte, `dtype`, `shape`; with `scale` and `offset`, value = raw * scale + offset."""


class ArrayStream:
    """Collects arrays; equal ones are stored once."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._known: dict[tuple[str, bytes], int] = {}

    def plain(self, values: np.ndarray, dtype: str) -> Ref:
        """An array as it is, converted to a type such as "f4"; integers must fit."""
        data = np.ascontiguousarray(values).astype(f"<{dtype}").tobytes()
        known = self._known.setdefault((dtype, data), self._size)
        if known == self._size:
            padded = data + bytes(-len(data) % ALIGNMENT)
            self._parts.append(padded)
            self._size += len(padded)
        return {"at": known, "dtype": dtype, "shape": list(np.shape(values))}

    def stepped(self, values: np.ndarray, step: float) -> Ref:
        """Numbers that need no finer step than `step`; NaN where not known."""
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
        middle = 0.5 * (low + high)
        if high - low > 2 * LARGEST * step:
            return self.plain(values, "f4")
        raw = np.where(np.isfinite(values), np.round((values - middle) / step), MISSING)
        return self.plain(raw, "i2") | {"scale": step, "offset": middle}

    def packed(self) -> bytes:
        """All bytes as one zlib stream."""
        return zlib.compress(b"".join(self._parts), LEVEL)


def data_url(mime: str, content: bytes) -> str:
    """A file inside a page."""
    return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"
