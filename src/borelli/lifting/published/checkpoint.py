"""Tensors out of the user's own PyTorch checkpoint, without running anything that is in it.

A checkpoint is a pickle, and a pickle may call any function. Training frameworks put their configuration
objects beside the weights, so that PyTorch's own safe mode refuses many honest files; here such objects
become empty stand-ins: nothing is imported or called for them, and only what tensors are made of is rebuilt.
"""

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch._utils import _rebuild_parameter, _rebuild_tensor_v2

from borelli.errors import BorelliError

REBUILT = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor_v2,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch", "Size"): torch.Size,
}
"""All that a file may name and get; PyTorch itself adds the plain storage types by their names."""


class StandIn:
    """Any other object of the file: takes whatever pickle hands it and remembers nothing."""

    def __new__(cls, *_: Any, **__: Any) -> "StandIn":
        """Accept any arguments."""
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        """Accept any arguments."""

    def __call__(self, *_: Any, **__: Any) -> "StandIn":
        """Stand in for functions too."""
        return self

    def __setstate__(self, state: Any) -> None:
        """Forget the state."""

    def __setitem__(self, key: Any, value: Any) -> None:
        """Forget the entry."""

    def append(self, value: Any) -> None:
        """Forget the item."""

    def extend(self, values: Any) -> None:
        """Forget the items."""

    def __hash__(self) -> int:
        """Be usable as a key."""
        return 0

    def __eq__(self, other: object) -> bool:
        """Equal only to itself."""
        return self is other


class _Reader(pickle.Unpickler):
    """Python's unpickler with the vocabulary above; every other name is a stand-in."""

    def find_class(self, module: str, name: str) -> Any:
        return REBUILT.get((module, name), StandIn)


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Weights of a checkpoint by name, on the CPU, in the precision of the file.

    Lightning's files keep them under `state_dict`, SKEL-CF's under `ema_model` (preferred) and `model`; a
    file may also be the weights alone.

    Raises BorelliError when the file is missing, is no checkpoint, or holds no weights.
    """
    if path.is_dir():
        raise BorelliError(f"{path} is a folder; give the checkpoint file inside, .ckpt or .pth")
    if not path.is_file():
        raise BorelliError(f"{path} does not exist; give the checkpoint that you downloaded, .ckpt or .pth")
    content = _read(path)
    for key in ("state_dict", "ema_model", "model"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
            break
    tensors = {
        key.removeprefix("module."): value.detach()
        for key, value in (content.items() if isinstance(content, dict) else ())
        if isinstance(key, str) and isinstance(value, torch.Tensor)
    }
    if not tensors:
        raise BorelliError(f"{path} holds no weights; give the checkpoint itself, not its configuration")
    return tensors


def _read(path: Path) -> Any:
    """The pickle of a file, in PyTorch's safe mode or else with stand-ins; files are mapped, not read."""
    mapped = zipfile.is_zipfile(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except Exception:  # PyTorch raises many types; the second reader says what is wrong with the file
        pass
    reader: Any = SimpleNamespace(Unpickler=_Reader, load=_load, __name__="restricted")
    try:
        return torch.load(path, map_location="cpu", weights_only=False, pickle_module=reader, mmap=mapped)
    except Exception as error:  # likewise, for damaged files
        raise BorelliError(
            f"{path} is not a PyTorch checkpoint that can be read ({type(error).__name__}); "
            "unpack archives first, or download the file again"
        ) from error


def _load(stream: Any, **options: Any) -> Any:
    """`pickle.load` for PyTorch's older file format."""
    return _Reader(stream, **options).load()
