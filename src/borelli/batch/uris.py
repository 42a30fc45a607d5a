"""Inputs that are not files of this machine: s3://, gs://, https:// and whatever else fsspec opens."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Literal

from borelli.errors import BorelliError

IDENTIFYING = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified")
"""Entries of a file's description that change with its content, in the words of different stores."""


def is_uri(location: str) -> bool:
    """Whether a location has a scheme."""
    return "://" in location


def listed(uri: str) -> Iterator[str]:
    """URIs of all files that a URI names: itself, those that match a pattern, those below a folder."""
    web = uri.startswith("http")  # which has no folders, and whose addresses may contain a question mark
    if web and not any(mark in uri for mark in "*["):
        yield uri
        return
    files, path = _opened(uri)
    if any(mark in path for mark in "*[") or ("?" in path and not web):
        found = files.glob(path)
    elif uri.endswith("/") or files.isdir(path):
        found = files.find(path)
    else:
        yield uri
        return
    for each in sorted(found):
        yield files.unstrip_protocol(each)


def description(uri: str) -> str:
    """Size and what else the store knows that changes with the content.

    Raises OSError when the store cannot be asked.
    """
    files, path = _opened(uri)
    try:
        about = files.info(path)
    except OSError:
        raise
    except Exception as error:  # stores raise errors of their own libraries
        raise OSError(f"{uri}: {error}") from error
    return ":".join([str(about.get("size")), *(str(about[key]) for key in IDENTIFYING if key in about)])


def download(uri: str, folder: Path) -> Path:
    """Copy a file into a folder under its own name.

    Raises FileNotFoundError or PermissionError when the store says so, OSError for anything else.
    """
    files, path = _opened(uri)
    target = folder / (Path(path.split("?")[0]).name or "video")
    try:
        files.get_file(path, str(target))
    except OSError:
        raise
    except Exception as error:  # stores raise errors of their own libraries
        raise OSError(f"{uri}: {error}") from error
    return target


def stream(location: str, mode: Literal["r", "rb"]) -> IO[Any]:
    """An open file, local or not."""
    if not is_uri(location):
        if "b" in mode:
            return Path(location).open("rb")
        return Path(location).open(newline="", encoding="utf-8-sig")
    files, path = _opened(location)
    return files.open(path, mode)


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
