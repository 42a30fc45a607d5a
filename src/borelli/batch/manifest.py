"""Manifests: a row per video, as .csv or .parquet, read a few rows at a time."""

import csv
import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from borelli.batch.item import CHOICES
from borelli.batch.uris import is_uri, stream
from borelli.errors import BorelliError

SUFFIXES = (".csv", ".parquet")
PATH, NAME = "path", "name"
ROWS_AT_ONCE = 4096

Row = tuple[str, str | None, dict[str, str], dict[str, object]]
"""Location, name if there is one, choices, other columns."""


def read_manifest(location: str) -> Iterator[Row]:
    """Rows of a manifest; paths in it are relative to its own folder.

    Columns: `path`; optionally `name` (of the result) and those of CHOICES; all others are carried through.
    Statures and masses of several people are separated by spaces.

    Raises BorelliError when it cannot be read or has no column `path`.
    """
    folder = location.rpartition("/")[0] if is_uri(location) else str(Path(location).resolve().parent)
    rows = _parquet(location) if location.lower().endswith(".parquet") else _csv(location)
    for number, row in enumerate(rows, start=1):
        path = _text(row.get(PATH))
        if not path:
            raise BorelliError(f"row {number} of {location} has no path; give one per row")
        choices = {column: text for column in CHOICES if column in row and (text := _text(row[column]))}
        if "calibration" in choices:
            choices["calibration"] = _beside(folder, choices["calibration"])
        carried = {k: v for k, v in row.items() if k not in CHOICES and k not in (PATH, NAME)}
        yield _beside(folder, path), _text(row.get(NAME)) or None, choices, carried


def _csv(location: str) -> Iterator[Mapping[str, object]]:
    with stream(location, "r") as lines:
        try:
            table = csv.reader(lines)
            names = _checked([name.strip() for name in next(table, [])], location)
            for row in table:
                if row:
                    yield dict(zip(names, row, strict=False))
        except (UnicodeDecodeError, csv.Error) as error:
            raise BorelliError(f"{location} is not a table of comma-separated values ({error})") from error


def _parquet(location: str) -> Iterator[Mapping[str, object]]:
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise BorelliError(
            "reading .parquet manifests needs pyarrow: pip install 'borelli[parquet]'"
        ) from error
    with stream(location, "rb") as content:
        try:
            table = parquet.ParquetFile(content)
            _checked(table.schema_arrow.names, location)
            for batch in table.iter_batches(ROWS_AT_ONCE):
                yield from batch.to_pylist()
        except arrow.ArrowInvalid as error:
            raise BorelliError(f"{location} is not a Parquet file ({error})") from error


def _checked(names: list[str], location: str) -> list[str]:
    if PATH not in names:
        raise BorelliError(
            f"{location} has no column 'path' (columns: {', '.join(names) or 'none'}); "
            "a manifest has a row per video and its path in this column"
        )
    return names


def _text(value: object) -> str:
    """A cell as text; whole numbers without a point, missing ones empty."""
    if isinstance(value, str):
        return value.strip()
    if value is None or value != value:
        return ""
    if isinstance(value, list | tuple):
        return " ".join(_text(part) for part in value)
    return str(value).strip()


def _beside(folder: str, path: str) -> str:
    if os.path.isabs(path) or is_uri(path):
        return path
    return f"{folder}/{path}"
