"""What a batch will cost, from how long the stages took before: here, or where they were measured."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from borelli.batch.marker import read_marker

ENOUGH = 5
"""Earlier results in the same folder that are enough to go by."""
MOST = 200
"""Earlier results that are read at most."""


@dataclass(frozen=True)
class Speed:
    """Cost of one stage."""

    per_video: float
    """Core-seconds, however short it is."""
    per_frame: float
    """Core-seconds."""

    def cost(self, videos: float, frames: float) -> float:
        """Core-seconds of so many videos with so many frames in all."""
        return self.per_video * videos + self.per_frame * frames


@dataclass(frozen=True)
class Speeds:
    """Cost of every stage, and where that is known from."""

    stages: Mapping[str, Speed]
    source: str


def known_speeds(results: Iterable[Path]) -> Speeds:
    """From earlier results if there are enough of them, else those that come with the package.

    Earlier videos tell only what a frame costs altogether: they are taken to be like those to come.
    """
    seconds: dict[str, float] = {}
    frames = videos = 0
    for folder in results:
        marker, spent = read_marker(folder), _seconds(folder)
        if marker is None or not marker.frames or not spent:
            continue
        for stage, part in spent.items():
            seconds[stage] = seconds.get(stage, 0.0) + marker.threads * part
        frames, videos = frames + marker.frames, videos + 1
        if videos == MOST:
            break
    if videos < ENOUGH:
        return shipped_speeds()
    stages = {stage: Speed(0.0, spent / frames) for stage, spent in seconds.items()}
    return Speeds(stages, f"{videos} earlier results in the same folder")


def _seconds(folder: Path) -> dict[str, float]:
    """Of each stage of a result; empty for one that cannot be read."""
    try:
        return dict(json.loads((folder / "run.json").read_text("utf-8"))["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def shipped_speeds() -> Speeds:
    """Measured ones that come with the package; other computers differ by a factor of two or so."""
    text = files("borelli.batch").joinpath("speeds.csv").read_text("utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    stages = {
        row["stage"]: Speed(float(row["core_s_per_video"]), float(row["core_s_per_frame"])) for row in rows
    }
    return Speeds(stages, rows[0]["source"])
