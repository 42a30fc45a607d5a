"""Arrays and matrices out of the stand-ins that a file filled, with their sizes and indices checked."""

from typing import Any

import numpy as np
from scipy import sparse

from borelli.body.pickle_stubs import Array, Buffer, Ch, Coo, Csc, Csr, DType, Scalar, Select

PLAIN_KINDS = "biufcSU"
"""Letters of the types that numbers and texts have; no Python objects."""


def built(value: Any) -> Any:
    """Arrays and matrices for the stand-ins in a value, inside containers too.

    Raises ValueError, TypeError, KeyError, IndexError or AttributeError when a stand-in is not whole.
    """
    match value:
        case dict():
            return {key: built(item) for key, item in value.items() if isinstance(key, str | int)}
        case list() | tuple():
            return [built(item) for item in value]
        case Array() | Buffer() | Scalar() | Ch() | Select():
            return _array(value)
        case Csc() | Csr() | Coo():
            return _matrix(value)
        case _:
            return value


def _array(stub: Any) -> Any:
    match stub:
        case np.ndarray():
            return stub
        case Array():
            _, shape, dtype, fortran, raw = stub.state
            return _filled(dtype, raw, shape, "F" if fortran else "C")
        case Buffer():
            raw, dtype, shape, order = stub.arguments
            return _filled(dtype, raw, shape, order)
        case Scalar():
            dtype, raw = stub.arguments
            return _filled(dtype, raw, (), "C")[()]
        case Ch():
            return _array(stub.state["x"])
        case Select():
            chosen = np.ravel(_array(stub.state["a"]))[np.asarray(_array(stub.state["idxs"]), dtype=np.int64)]
            shape = stub.state.get("preferred_shape")
            return chosen if shape is None else chosen.reshape(_shape(built(shape)))
        case _:
            return np.asarray(built(stub))


def _filled(dtype: Any, raw: Any, shape: Any, order: str) -> Any:
    """An array from its bytes; a list of built objects for an array of Python objects."""
    if isinstance(raw, list):
        return built(raw)
    kind = _numpy_dtype(dtype)
    data = raw.encode("latin1") if isinstance(raw, str) else bytes(raw)
    return np.frombuffer(data, kind).reshape(_shape(shape), order="F" if order == "F" else "C")


def _shape(shape: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in np.atleast_1d(np.asarray(shape, dtype=np.int64)))


def _numpy_dtype(stub: Any) -> np.dtype:
    """A plain numeric or text type; `state` holds its byte order."""
    if not isinstance(stub, DType) or not isinstance(stub.arguments[0], str):
        raise ValueError("an array without a plain type")
    name, order = stub.arguments[0], "="
    if stub.state is not None:
        order = stub.state[1]
    if name[:1] not in PLAIN_KINDS or order not in ("<", ">", "=", "|"):
        raise ValueError(f"an array of type {name!r}")
    return np.dtype(name).newbyteorder(order)


def _matrix(stub: Any) -> sparse.csr_matrix:
    """A sparse matrix with checked indices: scipy's compiled loops trust them."""
    state = dict(stub.state)
    rows, columns = _shape(state.get("_shape", state.get("shape")))
    data = _array(state["data"])
    if isinstance(stub, Coo):
        row, column = (_array(i) for i in _coo_indices(state))
        return sparse.csr_matrix((data, (row, column)), shape=(rows, columns))
    kind = sparse.csc_matrix if isinstance(stub, Csc) else sparse.csr_matrix
    matrix = kind((data, _array(state["indices"]), _array(state["indptr"])), shape=(rows, columns))
    matrix.check_format(full_check=True)
    return sparse.csr_matrix(matrix)


def _coo_indices(state: dict[str, Any]) -> tuple[Any, Any]:
    """Rows and columns: `row`, `col` of older scipy, `coords` of newer."""
    if "coords" in state:
        row, column = state["coords"]
        return row, column
    return state["row"], state["col"]
