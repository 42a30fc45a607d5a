"""Inputs that are not files of this machine: s3://, gs://, https:// and whatever else fsspec opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal

from borelli.errors import BorelliError

IDENTIFYING = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified")
"""Entries of a file's description that change with its content, in the words of different stores."""


def is_uri(location: str) -> bool:
    """Whether a location has a scheme."""
    return "://" in location


def listed(uri: str) -> Iterator[str]:
    """URIs of all files that a URI names: itself, those that match a pattern, those below a folder.

    A name with a suffix is that of a file, about which the store is not asked yet.

    Raises BorelliError when the store cannot be asked.
    """
    web = uri.startswith("http")  # which has no folders, and whose addresses may contain a question mark
    if web and not any(mark in uri for mark in "*["):
        yield uri
        return
    files, path = _opened(uri)
    try:
        with _asked(uri):
            if any(mark in path for mark in "*[") or ("?" in path and not web):
                found = files.glob(path)
            elif uri.endswith("/") or (not PurePosixPath(path).suffix and files.isdir(path)):
                found = files.find(path)
            else:
                found = None
    except OSError as error:
        raise BorelliError(str(error)) from error
    if found is None:
        yield uri
        return
    for each in sorted(found):
        yield files.unstrip_protocol(each)


def description(uri: str) -> str:
    """Size and what else the store knows that changes with the content.

    Raises OSError when the store cannot be asked.
    """
    files, path = _opened(uri)
    with _asked(uri):
        about = files.info(path)
    return ":".join([str(about.get("size")), *(str(about[key]) for key in IDENTIFYING if key in about)])


def download(uri: str, folder: Path) -> Path:
    """Copy a file into a folder under its own name.

    Raises FileNotFoundError or PermissionError when the store says so, OSError for anything else.
    """
    files, path = _opened(uri)
    target = folder / (Path(path.split("?")[0]).name or "video")
    with _asked(uri):
        files.get_file(path, str(target))
    return target


def stream(location: str, mode: Literal["r", "rb"]) -> IO[Any]:
    """An open file, local or not. Raises BorelliError when a store does not give it."""
    if not is_uri(location):
        if "b" in mode:
            return Path(location).open("rb")
        return Path(location).open(newline="", encoding="utf-8-sig")
    files, path = _opened(location)
    try:
        with _asked(location):
            return files.open(path, mode)
    except OSError as error:
        raise BorelliError(str(error)) from error


@contextmanager
def _asked(uri: str) -> Iterator[None]:
    """Errors of a store, which are those of its library, as errors of the system that name the place."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{uri} does not exist; correct its address") from error
    except Exception as error:
        if isinstance(error, PermissionError) or "Credentials" in type(error).__name__:
            raise PermissionError(
                f"{uri} may not be read ({error}); give this store its credentials"
            ) from error
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of this machine, such as a full disk
        raise OSError(f"{uri}: {str(error) or type(error).__name__}") from error


def _opened(uri: str) -> tuple[Any, str]:
    """The store and the path in it."""
    try:
        core = import_module("fsspec.core")
        return core.url_to_fs(uri)
    except ImportError as error:
        scheme = uri.split("://", maxsplit=1)[0]
        extra = "gcs" if scheme in ("gs", "gcs") else "remote"
        raise BorelliError(f"reading {scheme}:// needs a package: pip install 'borelli[{extra}]'") from error
    except ValueError as error:
        raise BorelliError(f"{uri} is not a place that can be read ({error})") from error
