"""What the rows of an index amount to: how many, how good, the worst, at what cost."""

import heapq
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

WORST = 12
REASONS = 8
LONGEST = 160
"""Characters of a reason."""
GRADED = {
    "reprojection_mm": "distance between keypoints and body, mm",
    "stance_slip_mm": "slip of standing feet, mm",
    "residual_force_percent": "unexplained force, % of body weight",
    "moved_mm": "how far physics moved the joints, mm",
}
"""Figures whose distribution over people is shown; smaller is better."""


@dataclass(frozen=True)
class Summary:
    """A batch in numbers."""

    videos: int
    """With a result."""
    outdated: int
    """Of these, how many are of an older video or older settings, as the newer ones failed."""
    failed: int
    """Without a result."""
    people: int
    frames: int
    """Of all people together."""
    with_physics: int
    """People whose motion obeys physics."""
    core_seconds: float
    quantiles: dict[str, tuple[float, float, float]]
    """Figure of GRADED to its median and the values that 10 % and 1 % exceed."""
    worst: tuple[dict[str, Any], ...]
    """Rows of the people farthest from their keypoints."""
    reasons: tuple[tuple[str, int], ...]
    """Why videos failed, and newer ones of those that are outdated, the most frequent first."""


def summarise(rows: Iterable[dict[str, Any]]) -> Summary:
    """Go through the rows once; keeps eight bytes per figure and person."""
    values = {name: array("d") for name in GRADED}
    worst: list[tuple[float, int, dict[str, Any]]] = []
    reasons: Counter[str] = Counter()
    videos, outdated, failed, people, frames, physics, core_seconds, last = 0, 0, 0, 0, 0, 0, 0.0, None
    for number, row in enumerate(rows):
        first, last = row["video"] != last, row["video"]
        if row["state"] != "done" and first:
            reasons[_short(row)] += 1
        if row["state"] not in ("done", "outdated"):
            failed += 1
            continue
        if first:
            videos, core_seconds = videos + 1, core_seconds + row["core_seconds"]
            outdated += row["state"] == "outdated"
        people, frames, physics = people + 1, frames + row["frames"], physics + bool(row["physics"])
        for name, kept in values.items():
            if row.get(name) is not None:
                kept.append(row[name])
        entry = (row["reprojection_mm"], -number, row)
        (heapq.heappush if len(worst) < WORST else heapq.heappushpop)(worst, entry)
    return Summary(
        videos=videos,
        outdated=outdated,
        failed=failed,
        people=people,
        frames=frames,
        with_physics=physics,
        core_seconds=core_seconds,
        quantiles={name: _quantiles(kept) for name, kept in values.items() if kept},
        worst=tuple(row for _, _, row in sorted(worst, reverse=True)),
        reasons=tuple(reasons.most_common(REASONS)),
    )


def _quantiles(values: "array[float]") -> tuple[float, float, float]:
    middle, most, nearly_all = np.quantile(np.frombuffer(values), (0.5, 0.9, 0.99))
    return float(middle), float(most), float(nearly_all)


def _short(row: dict[str, Any]) -> str:
    """A reason without the name of the file, so that equal ones count together."""
    reason, source = str(row.get("reason") or row["state"]), str(row.get("source") or "")
    for name in (source, source.rsplit("/", 1)[-1]):
        if name:
            reason = reason.replace(name, "the video")
    text = " ".join(reason.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
