"""What is known about an item from its files: done, changed, half-finished, failed for good, or new."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from borelli.batch.item import Item
from borelli.batch.places import Places
from borelli.batch.uris import description, is_uri
from borelli.pipeline.cache import stage_key, write_json
from borelli.pipeline.config import RunConfig
from borelli.pipeline.job import stage_keys

MARKER = "item.json"
State = Literal["new", "unfinished", "changed", "done", "failed"]
Kind = Literal["input", "transient", "internal"]
"""At fault: the video or its settings; the machine, several times; or this program."""


@dataclass(frozen=True)
class Marker:
    """Beside run.json of a finished item."""

    source: str
    fingerprint: str
    """Size and time of the input when it was read; see `fingerprint`."""
    settings: str
    """Hash of the resolved configuration and of the versions."""
    input_sha256: str
    threads: int
    """Of the worker."""
    frames: int
    """Of the first to the last sight of anybody."""
    carried: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """Why an item has no result, or none newer than the one that is there."""

    source: str
    fingerprint: str
    settings: str
    kind: Kind
    reason: str
    attempts: int
    details: str = ""
    carried: dict[str, Any] = field(default_factory=dict)


def settings_key(config: RunConfig) -> str:
    """Hash of everything but the video that a result depends on."""
    return stage_key("run", stage_keys("", "", config))


def fingerprint(source: str) -> str:
    """Size and modification time of a file, or what its store says; "absent" when it is not there.

    Compared before anything is read, so that a million finished videos are passed over without reading
    them. Where it differs the content decides, by its SHA-256.

    Raises OSError when a store cannot be asked.
    """
    try:
        if is_uri(source):
            return description(source)
        found = os.stat(source)
        return f"{found.st_size}:{found.st_mtime_ns}"
    except FileNotFoundError:
        return "absent"


def state_of(item: Item, places: Places, settings: Callable[[], str]) -> State:
    """What is to be done about an item; `settings` is asked for only when something is there already."""
    if not places.begun(item.name):
        return "new"
    marker = read_marker(places.result(item.name))
    if marker is not None and _fits(marker, item, settings):
        return "done"
    failure = read_failure(places.failed(item.name))
    if failure is not None and failure.kind != "transient" and _fits(failure, item, settings):
        return "failed"
    if marker is not None:
        return "changed"
    return "unfinished" if (places.work / item.name / "stages").is_dir() else "new"


def _fits(known: Marker | Failure, item: Item, settings: Callable[[], str]) -> bool:
    """Whether this is about the item as it is now."""
    same = known.source == item.source and known.settings == settings()
    return same and known.fingerprint == fingerprint(item.source)


def read_marker(folder: Path) -> Marker | None:
    """The marker in a folder of results; None when there is no whole one."""
    content = _read(folder / MARKER)
    return Marker(**content) if content and content.keys() == set(Marker.__dataclass_fields__) else None


def write_marker(folder: Path, marker: Marker) -> None:
    """Write the marker whole or not at all."""
    write_json(folder / MARKER, asdict(marker))


def read_failure(path: Path) -> Failure | None:
    """The reason in a file; None when there is none."""
    content = _read(path)
    return Failure(**content) if content and content.keys() == set(Failure.__dataclass_fields__) else None


def write_failure(path: Path, failure: Failure) -> None:
    """Write the reason whole or not at all."""
    write_json(path, asdict(failure))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
