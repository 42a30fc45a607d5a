"""Stand-ins for the classes that body-model files mention: they keep what a file says and do nothing."""

from typing import Any


class Stub:
    """An object of the file: its arguments and its state, without any behaviour."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments: tuple[Any, ...] = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class DType(Stub):
    """numpy.dtype."""


class Array(Stub):
    """numpy.ndarray."""


class Scalar(Stub):
    """numpy.core.multiarray.scalar."""


class Buffer(Stub):
    """numpy.core.numeric._frombuffer, by which protocol 5 stores an array."""


class Csc(Stub):
    """scipy.sparse.csc_matrix."""


class Csr(Stub):
    """scipy.sparse.csr_matrix."""


class Coo(Stub):
    """scipy.sparse.coo_matrix."""


class Ch(Stub):
    """chumpy.Ch: an array in its attribute x, whatever else it remembers."""


class Select(Stub):
    """chumpy.reordering.Select: elements idxs of another Ch, in the shape preferred_shape."""
