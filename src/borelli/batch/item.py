"""One piece of work: a video, what its manifest says about it, and the name of its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from borelli.errors import BorelliError
from borelli.pipeline.config import RunConfig

CHOICES = ("stature", "mass", "calibration", "camera", "start", "end", "people")
"""Columns of a manifest that set a choice of the run; `calibration` is `--calib`."""
WINDOW = ("start", "end")
"""Choices that make another piece of work out of the same video."""


@dataclass(frozen=True)
class Item:
    """A video to reconstruct."""

    source: str
    """Absolute path, or URI."""
    name: str
    """Of the folder of results."""
    alone: str
    """The name it has as long as no other input shares it."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Column of CHOICES to text; empty columns are left out."""
    carried: Mapping[str, object] = field(default_factory=dict)
    """Other columns of the manifest, for the index."""


def configured(item: Item, base: RunConfig) -> RunConfig:
    """The configuration of one item: the common one, with what the manifest says about this video.

    Raises BorelliError for a value that is not of its kind.
    """
    given = dict(item.choices)
    changes: dict[str, object] = {}
    for column in ("stature", "mass"):
        if column in given:
            changes[column] = tuple(_number(item, column, text) for text in given[column].split())
    for column in WINDOW:
        if column in given:
            changes[column] = _number(item, column, given[column])
    if "calibration" in given:
        changes["calib"] = Path(given["calibration"])
    changes |= {column: given[column] for column in ("camera", "people") if column in given}
    return replace(base, **changes)  # type: ignore[arg-type]


def _number(item: Item, column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BorelliError(
            f"{item.source}: {column} {text!r} of the manifest is not a number; correct that row"
        ) from error
