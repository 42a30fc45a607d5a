"""Body-model files are pickles, and a pickle may run any program: this reader only ever builds arrays.

Nothing is imported and no class of numpy, scipy or chumpy is called while a file is read. Each name that
official files need has a stand-in, which stores what the file says about it; arrays and matrices are made
from that afterwards, with their sizes checked. Every other name is refused before anything happens.
"""

import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from borelli.body.pickle_arrays import built
from borelli.body.pickle_stubs import Array, Buffer, Ch, Coo, Csc, Csr, DType, Scalar, Select, Stub
from borelli.errors import BorelliError


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
    if not (isinstance(kind, type) and issubclass(kind, Stub)):
        raise pickle.UnpicklingError("an object of a class that cannot be built")
    return kind()


def _latin1(text: str, *_: Any) -> bytes:
    """_codecs.encode, by which Python 3 stores bytes in old protocols."""
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """bytes(), as Python 3 stores empty bytes in old protocols; other arguments could ask for memory."""
    return b""


_INSTANCE = _Function(_instance)
_SPARSE = {"csc": Csc, "csr": Csr, "coo": Coo}
_CORES = ("numpy.core", "numpy._core")
_PYTHON = ("builtins", "__builtin__")
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): DType,
    ("numpy", "ndarray"): Array,
    **{(f"{core}.multiarray", "_reconstruct"): _INSTANCE for core in _CORES},
    **{(f"{core}.multiarray", "scalar"): Scalar for core in _CORES},
    **{(f"{core}.numeric", "_frombuffer"): Buffer for core in _CORES},
    **{
        (module, f"{name}_{suffix}"): kind
        for name, kind in _SPARSE.items()
        for module in ("scipy.sparse", f"scipy.sparse.{name}", f"scipy.sparse._{name}")
        for suffix in ("matrix", "array")
    },
    ("chumpy", "Ch"): Ch,
    ("chumpy.ch", "Ch"): Ch,
    ("chumpy.reordering", "Select"): Select,
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
        return built(_Reader(stream, encoding="latin1").load())
    except BorelliError:
        raise
    except (pickle.UnpicklingError, struct.error, EOFError, ValueError, TypeError) as error:
        raise BorelliError(f"is damaged or not a body-model file: {error}") from error
    except (KeyError, IndexError, AttributeError, RecursionError, MemoryError, OverflowError) as error:
        raise BorelliError(f"is damaged or not a body-model file ({type(error).__name__})") from error


def read_pickle_bytes(content: bytes) -> Any:
    """The same for bytes."""
    return read_pickle(BytesIO(content))
