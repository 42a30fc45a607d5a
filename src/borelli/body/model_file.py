"""Reading the body-model files that users bring: .pkl and .npz, checked before anything is computed."""

import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from borelli.body.restricted_pickle import read_pickle
from borelli.errors import BorelliError

GENDERS = ("male", "female", "neutral")


def read_model_file(path: Path, what: str, wanted: Collection[str]) -> dict[str, Any]:
    """Content of a .pkl or .npz file by key.

    Args:
        path: file.
        what: the model that is expected, for messages, such as "SMPL".
        wanted: keys to read of an .npz; its other arrays are not touched. A .pkl is read whole.

    Raises BorelliError when the file is missing, damaged, or asks for more than arrays.
    """
    if path.is_dir():
        raise BorelliError(f"{path} is a folder; give the {what} model file inside, .pkl or .npz")
    if not path.is_file():
        raise BorelliError(f"{path} does not exist; give the {what} model file, .pkl or .npz")
    readers = {".pkl": _read_pkl, ".npz": _read_npz}
    if path.suffix.lower() not in readers:
        raise BorelliError(f"{path} is no {what} model file: give the unpacked .pkl or .npz")
    try:
        return readers[path.suffix.lower()](path, wanted)
    except BorelliError as error:
        raise BorelliError(f"{path} {error}") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BorelliError(f"{path} cannot be read: {error}") from error


def _read_pkl(path: Path, _: Collection[str]) -> dict[str, Any]:
    with path.open("rb") as stream:
        content = read_pickle(stream)
    if not isinstance(content, dict):
        raise BorelliError(
            f"holds a {type(content).__name__}, not a model: is it another file of the download?"
        )
    return content


def _read_npz(path: Path, wanted: Collection[str]) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        names = {Path(name).stem: name for name in archive.namelist() if name.endswith(".npy")}
        found = {key: _read_member(archive, name) for key, name in names.items() if key in wanted}
        return found | {key: None for key in names if key not in found}


def _read_member(archive: zipfile.ZipFile, name: str) -> Any:
    """One array; an array of Python objects is a pickle behind its header."""
    with archive.open(name) as stream:
        version = np.lib.format.read_magic(stream)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        if version in read_header and read_header[version](stream)[2].hasobject:
            content = read_pickle(stream)  # type: ignore[arg-type]
            return content[0] if isinstance(content, list) and len(content) == 1 else content
    with archive.open(name) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def require(path: Path, what: str, content: Mapping[str, Any], keys: Sequence[str], hint: str) -> None:
    """Raise BorelliError naming the keys that a file lacks, and `hint`, what to do about it."""
    missing = [key for key in keys if content.get(key) is None]
    if missing:
        raise BorelliError(f"{path} is no {what} model: it lacks {', '.join(missing)}; {hint}")


def array(path: Path, content: Mapping[str, Any], key: str, shape: tuple[int | None, ...]) -> np.ndarray:
    """A numeric array of a file, dense, float64, of the given shape; None stands for any size.

    Raises BorelliError naming key, shape found and shape expected, or when a number is not finite.
    """
    value = content[key]
    full = value.toarray() if isinstance(value, sparse.csr_matrix) else value
    try:
        dense = np.asarray(full, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BorelliError(f"{path}: {key} is not an array of numbers") from error
    fits = dense.ndim == len(shape) and all(
        n is None or n == m for n, m in zip(shape, dense.shape, strict=True)
    )
    if not fits:
        wanted = " x ".join("any" if n is None else str(n) for n in shape)
        found = " x ".join(map(str, dense.shape))
        raise BorelliError(
            f"{path}: {key} is {found}, expected {wanted}; is the file of this model and version?"
        )
    if not np.isfinite(dense).all():
        raise BorelliError(f"{path}: {key} holds numbers that are not finite; download the file again")
    return dense


def gender_of(path: Path, given: str | None, valid: Sequence[str]) -> str:
    """Gender of a model, which files state only in their names: "unknown" when this one does not.

    Raises BorelliError when `given` is not one of `valid` or contradicts the name.
    """
    if given is not None and given not in valid:
        raise BorelliError(f"gender {given!r} is unknown for this model; valid: {', '.join(valid)}")
    name = f"{path.parent.name}/{path.stem}".lower()
    stem = path.stem.lower()
    named = next((g for g in ("female", "neutral", "male") if g in stem), None)
    named = named or next((g for g, mark in _MARKS if mark in stem), None)
    named = named or next((g for g in ("female", "neutral", "male") if name.startswith(f"{g}/")), None)
    if given is not None and named is not None and given != named:
        raise BorelliError(f"{path} is the {named} model by its name, not {given}: give the {given} file")
    return given or named or "unknown"


_MARKS = (("female", "basicmodel_f_"), ("male", "basicmodel_m_"))
"""How the first release of SMPL names its files."""
