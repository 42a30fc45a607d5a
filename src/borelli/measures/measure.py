"""One readable number: its value, how it varied, how far it may be off; and what its name means."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

RIGHT, LEFT, BOTH = "right", "left", ""
FEWEST = 3
"""Repetitions from which their spread says how well the mean is known."""


@dataclass(frozen=True)
class Measure:
    """One number in the unit of its definition."""

    name: str
    """Key of `definitions`."""
    side: str
    """right, left, or "" for what has no side."""
    value: float
    spread: float | None = None
    """Standard deviation over repetitions; None with fewer than two."""
    count: int = 1
    """Repetitions that `value` is the mean of."""
    uncertainty: float | None = None
    """One standard deviation of `value`; None when nothing is known of it."""
    lowest: float | None = None
    """Where `value` is a range: its ends."""
    highest: float | None = None


@dataclass(frozen=True)
class Definition:
    """What a number means: a row of `measures.csv`."""

    name: str
    group: str
    label: str
    unit: str
    decimals: int
    definition: str
    source: str


@cache
def definitions() -> dict[str, Definition]:
    """Every number by name, in the order in which they are shown."""
    rows = read_table("measures.csv")
    return {row["name"]: Definition(**{**row, "decimals": int(row["decimals"])}) for row in rows}


def read_table(name: str) -> list[dict[str, str]]:
    """Rows of a data file of this package."""
    text = files("borelli.measures").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def mean_of(name: str, side: str, values: Sequence[float], sigmas: Sequence[float]) -> list[Measure]:
    """The mean over repetitions; nothing without a value.

    Args:
        name: of the measure.
        side: right, left or "".
        values: (N,) in its unit.
        sigmas: (N,) standard deviation of each, NaN where unknown.

    The uncertainty is the standard error of the mean, from three repetitions on, joined with the mean of
    `sigmas`, which do not shrink with N: errors of one estimate go the same way in every step.
    """
    if not len(values):
        return []
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
    known = np.asarray(sigmas)[np.isfinite(sigmas)]
    parts = [] if spread is None or len(values) < FEWEST else [spread / np.sqrt(len(values))]
    parts += [float(np.sqrt(np.mean(known**2)))] if len(known) else []
    uncertainty = float(np.linalg.norm(parts)) if parts else None
    return [Measure(name, side, float(np.mean(values)), spread, len(values), uncertainty)]


def asymmetry_percent(right: float, left: float) -> float | None:
    """Difference of the sides in % of their mean, positive when the right is larger.

    Symmetry index of Robinson, Herzog & Nigg 1987 (J Manipulative Physiol Ther 10:172). None when the mean
    is zero or the sides differ in sign: the index then means nothing.
    """
    if right * left <= 0:
        return None
    return 200.0 * (right - left) / (right + left)
