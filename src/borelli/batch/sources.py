"""What the user named as input, file by file: files, folders, patterns, manifests and URIs, lazily."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from glob import iglob
from pathlib import Path

from borelli.batch.manifest import SUFFIXES as MANIFESTS
from borelli.batch.manifest import read_manifest
from borelli.batch.uris import is_uri, listed
from borelli.errors import BorelliError

VIDEOS = frozenset(
    ".mp4 .mov .avi .mkv .webm .m4v .mpg .mpeg .wmv .mts .m2ts .3gp .jpg .jpeg .png .heic .tif .tiff".split()
)
"""Suffixes that are looked for in folders; files that are named may have any."""
PATTERN = frozenset("*?[")


@dataclass(frozen=True)
class Source:
    """An input before it has a name."""

    location: str
    name: str | None = None
    """Given by a manifest."""
    choices: Mapping[str, str] = field(default_factory=dict)
    carried: Mapping[str, object] = field(default_factory=dict)


def sources(inputs: Sequence[str]) -> Iterator[Source]:
    """All inputs in order; those of a folder sorted, its subfolders included.

    Raises BorelliError for a folder or pattern without videos and for a manifest that cannot be read. A
    file that is missing is passed on: it fails by itself and not the others.
    """
    for given in inputs:
        if given.lower().endswith(MANIFESTS):
            yield from (Source(*row) for row in _rows(given))
        elif is_uri(given):
            yield from _some(given, (Source(uri) for uri in listed(given) if uri == given or _is_video(uri)))
        elif os.path.isdir(given):
            yield from _some(given, _inside(os.path.abspath(given)))
        elif not os.path.exists(given) and PATTERN & set(given):
            yield from _some(given, _matching(given))
        else:
            yield Source(os.path.abspath(given))


def is_many(given: str) -> bool:
    """Whether an input names something else than one local file."""
    return (
        given.lower().endswith(MANIFESTS)
        or is_uri(given)
        or os.path.isdir(given)
        or (not os.path.exists(given) and bool(PATTERN & set(given)))
    )


def _rows(given: str) -> Iterator[tuple[str, str | None, dict[str, str], dict[str, object]]]:
    if not is_uri(given) and not os.path.isfile(given):
        raise BorelliError(f"{given} does not exist; give a manifest with a column 'path'")
    return read_manifest(given)


def _some(given: str, found: Iterator[Source]) -> Iterator[Source]:
    """The same; nothing at all is an error."""
    first = next(found, None)
    if first is None:
        kind = "is a folder without videos" if os.path.isdir(given) else "matches no video"
        raise BorelliError(f"{given} {kind}; give files, folders, patterns, a .csv or a .parquet")
    yield first
    yield from found


def _inside(folder: str) -> Iterator[Source]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if _is_video(name) and not name.startswith("."):
                yield Source(os.path.join(place, name))


def _matching(pattern: str) -> Iterator[Source]:
    for path in sorted(iglob(pattern, recursive=True)):
        if os.path.isfile(path):
            yield Source(os.path.abspath(path))
        elif os.path.isdir(path):
            yield from _inside(os.path.abspath(path))


def _is_video(location: str) -> bool:
    return Path(location.split("?", maxsplit=1)[0]).suffix.lower() in VIDEOS
