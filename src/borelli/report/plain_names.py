"""Coordinates and joints in words for people who do not know the names in the files.

The words, in plain_names.csv, are those of clinical goniometry; positive is the direction that they name.
"""

import csv
import re
from functools import cache
from importlib.resources import files

SIDES = {"r": "right", "l": "left"}


def plain_name(name: str) -> str:
    """Words for a coordinate or a joint: "hip_adduction_l" is "left hip adduction"; KeyError for others."""
    stem, side = _parted(name)
    return f"{SIDES[side]} {_words()[stem]}" if side else _words()[stem]


def in_plain_words(text: str) -> str:
    """The text with words for every coordinate that it names."""
    return re.sub(r"\b[a-z]+(?:_[a-z]+)+\b", _replaced, text)


def _replaced(match: re.Match[str]) -> str:
    stem, _ = _parted(match[0])
    return plain_name(match[0]) if stem in _words() else match[0]


def _parted(name: str) -> tuple[str, str]:
    """Name without its side, and the side."""
    return (name[:-2], name[-1]) if name.endswith(("_r", "_l")) else (name, "")


@cache
def _words() -> dict[str, str]:
    with files("borelli.report").joinpath("plain_names.csv").open(encoding="utf-8") as lines:
        return {row["name"]: row["plain"] for row in csv.DictReader(lines)}
