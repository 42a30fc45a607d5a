"""Body-model files are pickles, and a pickle may run any program: this reader only ever builds arrays.

Nothing is imported and no class of numpy, scipy or chumpy is called while a file is read. Each name that
official files need has a stand-in below, which stores what the file says about it; arrays and matrices are
made from that afterwards, with their sizes checked. Every other name is refused before anything happens.
"""

import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from scipy import sparse

from borelli.errors import BorelliError

_PLAIN_KINDS = "biufcSU"


class _Stub:
    """An object of the file: its arguments and its state, without any behaviour."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments: tuple[Any, ...] = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _DType(_Stub):
    """numpy.dtype."""


class _Array(_Stub):
    """numpy.ndarray."""


class _Scalar(_Stub):
    """numpy.core.multiarray.scalar."""


class _Buffer(_Stub):
    """numpy.core.numeric._frombuffer, by which protocol 5 stores an array."""


class _Csc(_Stub):
    """scipy.sparse.csc_matrix."""


class _Csr(_Stub):
    """scipy.sparse.csr_matrix."""


class _Coo(_Stub):
    """scipy.sparse.coo_matrix."""


class _Ch(_Stub):
    """chumpy.Ch: an array in its attribute x, whatever else it remembers."""


class _Select(_Stub):
    """chumpy.reordering.Select: elements idxs of another Ch, in the shape preferred_shape."""


@dataclass(frozen=True, slots=True)
class _Function:
    """A function of the file's vocabulary; it takes no state, so that a file cannot rewrite it."""

    call: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        return self.call(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("state for a function")


def _instance(kind: Any, *_: Any) -> Any:
    """copyreg._reconstructor and numpy's _reconstruct: an empty object of a class, its state follows."""
    if not (isinstance(kind, type) and issubclass(kind, _Stub)):
        raise pickle.UnpicklingError("an object of a class that cannot be built")
    return kind()


def _latin1(text: str, *_: Any) -> bytes:
    """_codecs.encode, by which Python 3 stores bytes in old protocols."""
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """bytes(), as Python 3 stores empty bytes in old protocols; other arguments could ask for memory."""
    return b""


_INSTANCE = _Function(_instance)
_SPARSE = {"csc": _Csc, "csr": _Csr, "coo": _Coo}
_CORES = ("numpy.core", "numpy._core")
_PYTHON = ("builtins", "__builtin__")
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): _DType,
    ("numpy", "ndarray"): _Array,
    **{(f"{core}.multiarray", "_reconstruct"): _INSTANCE for core in _CORES},
    **{(f"{core}.multiarray", "scalar"): _Scalar for core in _CORES},
    **{(f"{core}.numeric", "_frombuffer"): _Buffer for core in _CORES},
    **{
        (module, f"{name}_{suffix}"): kind
        for name, kind in _SPARSE.items()
        for module in ("scipy.sparse", f"scipy.sparse.{name}", f"scipy.sparse._{name}")
        for suffix in ("matrix", "array")
    },
    ("chumpy", "Ch"): _Ch,
    ("chumpy.ch", "Ch"): _Ch,
    ("chumpy.reordering", "Select"): _Select,
    **{(module, "_reconstructor"): _INSTANCE for module in ("copyreg", "copy_reg")},
    ("_codecs", "encode"): _Function(_latin1),
    ("collections", "OrderedDict"): _Function(OrderedDict),
    **{(module, "set"): _Function(set) for module in _PYTHON},
    **{(module, "bytes"): _Function(_no_bytes) for module in _PYTHON},
    **{(module, "object"): None for module in _PYTHON},
}


class _Reader(pickle.Unpickler):
    """Python's unpickler with the vocabulary above and no other."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise BorelliError(
                f"asks for {module}.{name}, which a body-model file does not need: it was not run; "
                "use the file as its authors published it"
            )
        return _ALLOWED[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise BorelliError("refers to objects outside of itself; use the file as its authors published it")


def read_pickle(stream: BinaryIO) -> Any:
    """Content of a pickle of numbers, texts, containers, numpy arrays, scipy.sparse and chumpy objects.

    Sparse matrices become scipy's csr_matrix, chumpy objects become arrays, text of Python 2 is latin-1.
    Raises BorelliError naming the first forbidden global, or when the file is damaged. Runs nothing.
    """
    try:
        return _built(_Reader(stream, encoding="latin1").load())
    except BorelliError:
        raise
    except (pickle.UnpicklingError, struct.error, EOFError, ValueError, TypeError) as error:
        raise BorelliError(f"is damaged or not a body-model file: {error}") from error
    except (KeyError, IndexError, AttributeError, RecursionError, MemoryError, OverflowError) as error:
        raise BorelliError(f"is damaged or not a body-model file ({type(error).__name__})") from error


def read_pickle_bytes(content: bytes) -> Any:
    """The same for bytes."""
    return read_pickle(BytesIO(content))


def _built(value: Any) -> Any:
    """Arrays and matrices out of what a file says about them, inside containers too."""
    match value:
        case dict():
            return {key: _built(item) for key, item in value.items() if isinstance(key, str | int)}
        case list() | tuple():
            return [_built(item) for item in value]
        case _Array() | _Buffer() | _Scalar() | _Ch() | _Select():
            return _array(value)
        case _Csc() | _Csr() | _Coo():
            return _matrix(value)
        case _:
            return value


def _array(stub: Any) -> Any:
    match stub:
        case np.ndarray():
            return stub
        case _Array():
            _, shape, dtype, fortran, raw = stub.state
            return _filled(dtype, raw, shape, "F" if fortran else "C")
        case _Buffer():
            raw, dtype, shape, order = stub.arguments
            return _filled(dtype, raw, shape, order)
        case _Scalar():
            dtype, raw = stub.arguments
            return _filled(dtype, raw, (), "C")[()]
        case _Ch():
            return _array(stub.state["x"])
        case _Select():
            chosen = np.ravel(_array(stub.state["a"]))[np.asarray(_array(stub.state["idxs"]), dtype=np.int64)]
            shape = stub.state.get("preferred_shape")
            return chosen if shape is None else chosen.reshape(_shape(_built(shape)))
        case _:
            return np.asarray(_built(stub))


def _filled(dtype: Any, raw: Any, shape: Any, order: str) -> Any:
    """An array from its bytes; a list of built objects for an array of Python objects."""
    if isinstance(raw, list):
        return _built(raw)
    kind = _numpy_dtype(dtype)
    data = raw.encode("latin1") if isinstance(raw, str) else bytes(raw)
    return np.frombuffer(data, kind).reshape(_shape(shape), order="F" if order == "F" else "C")


def _shape(shape: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in np.atleast_1d(np.asarray(shape, dtype=np.int64)))


def _numpy_dtype(stub: Any) -> np.dtype:
    """A plain numeric or text type; `state` holds its byte order."""
    if not isinstance(stub, _DType) or not isinstance(stub.arguments[0], str):
        raise ValueError("an array without a plain type")
    name, order = stub.arguments[0], "="
    if stub.state is not None:
        order = stub.state[1]
    if name[:1] not in _PLAIN_KINDS or order not in ("<", ">", "=", "|"):
        raise ValueError(f"an array of type {name!r}")
    return np.dtype(name).newbyteorder(order)


def _matrix(stub: Any) -> sparse.csr_matrix:
    """A sparse matrix with checked indices: scipy's compiled loops trust them."""
    state = dict(stub.state)
    rows, columns = _shape(state.get("_shape", state.get("shape")))
    data = _array(state["data"])
    if isinstance(stub, _Coo):
        row, column = (_array(i) for i in _coo_indices(state))
        return sparse.csr_matrix((data, (row, column)), shape=(rows, columns))
    kind = sparse.csc_matrix if isinstance(stub, _Csc) else sparse.csr_matrix
    matrix = kind((data, _array(state["indices"]), _array(state["indptr"])), shape=(rows, columns))
    matrix.check_format(full_check=True)
    return sparse.csr_matrix(matrix)


def _coo_indices(state: dict[str, Any]) -> tuple[Any, Any]:
    """Rows and columns: `row`, `col` of older scipy, `coords` of newer."""
    if "coords" in state:
        row, column = state["coords"]
        return row, column
    return state["row"], state["col"]
