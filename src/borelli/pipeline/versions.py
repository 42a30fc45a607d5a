"""What computed a result: versions of this package, of Python and of the libraries that move numbers."""

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("numpy", "scipy", "numba", "av", "ai-edge-litert", "onnxruntime")


@cache
def versions() -> dict[str, str]:
    """Name to version; `source` is a hash of this package's own files, so that edits count as versions."""
    known = {"borelli": _version("borelli"), "source": _source_hash(), "python": platform.python_version()}
    return known | {name: _version(name) for name in LIBRARIES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _source_hash() -> str:
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in {".py", ".csv", ".npz"}:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
