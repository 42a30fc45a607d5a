"""What a batch would do and cost, before anything starts; nothing is written and few videos are opened."""

import random
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from borelli.batch.config import BatchConfig
from borelli.batch.cost import Speeds, known_speeds
from borelli.batch.item import Item, configured
from borelli.batch.marker import State, settings_key, state_of
from borelli.batch.places import Places
from borelli.batch.run import listed
from borelli.batch.uris import is_uri
from borelli.errors import BorelliError
from borelli.pipeline.config import RunConfig, check
from borelli.pipeline.detect import frames_between
from borelli.video import probe

SAMPLE = 32
"""Videos that are opened to learn how long they are."""
SHOWN = 5
TO_DO: tuple[State, ...] = ("new", "unfinished", "changed")


@dataclass(frozen=True)
class Plan:
    """What would be done."""

    total: int
    counts: dict[State, int]
    examples: dict[State, tuple[Item, ...]]
    """The first few items of each state."""
    speeds: Speeds
    frames_per_video: float | None
    """Mean of a random sample; None when none of it could be opened."""
    frames_per_video_sd: float
    """Standard error of that mean."""
    sampled: int
    """How many videos of the sample could be opened."""
    unopened: int
    """How many could not: they are elsewhere, missing, or no videos."""

    @property
    def to_do(self) -> int:
        """Videos that would be worked on."""
        return sum(self.counts.get(state, 0) for state in TO_DO)

    def stage_hours(self, frames: float) -> dict[str, float]:
        """Core-hours by stage of all that is to do, were it so many frames altogether."""
        return {name: speed.cost(self.to_do, frames) / 3600 for name, speed in self.speeds.stages.items()}


def make_plan(inputs: Sequence[str], config: RunConfig, batch: BatchConfig) -> Plan:
    """Go through the inputs and their results.

    Memory does not grow with the number of inputs. Whether a finished video changed is known from size and
    time of its file; how long the others are is estimated from a sample.

    Raises BorelliError for bad choices and inputs that cannot be listed.
    """
    check(config)
    total, items = listed(inputs, batch.checked().part)
    places, key = Places(batch.out), lru_cache(maxsize=256)(settings_key)
    counts: Counter[State] = Counter()
    examples: dict[State, tuple[Item, ...]] = {}
    sample: list[Item] = []
    draw = random.Random(0)
    for item in items:
        state = _state(item, places, config, key)
        counts[state] += 1
        if counts[state] <= SHOWN:
            examples[state] = (*examples.get(state, ()), item)
        if state in TO_DO:
            _keep_sample(sample, item, sum(counts[s] for s in TO_DO), draw)
    lengths = [length for item in sample if (length := _frames(item, config)) is not None]
    return Plan(
        total=total,
        counts=dict(counts),
        examples=examples,
        speeds=known_speeds(places.results()),
        frames_per_video=float(np.mean(lengths)) if lengths else None,
        frames_per_video_sd=float(np.std(lengths) / np.sqrt(len(lengths))) if lengths else 0.0,
        sampled=len(lengths),
        unopened=len(sample) - len(lengths),
    )


def _state(item: Item, places: Places, config: RunConfig, key: Callable[[RunConfig], str]) -> State:
    try:
        return state_of(item, places, lambda: key(configured(item, config)))
    except (BorelliError, OSError):
        return "new"  # the run will say what is wrong with it


def _keep_sample(sample: list[Item], item: Item, seen: int, draw: random.Random) -> None:
    """Every item seen so far is in the sample with the same chance (Vitter 1985, algorithm R)."""
    if len(sample) < SAMPLE:
        sample.append(item)
    elif (place := draw.randrange(seen)) < SAMPLE:
        sample[place] = item


def _frames(item: Item, config: RunConfig) -> int | None:
    """Frames that would be worked on; None when the video is elsewhere or cannot be opened."""
    if is_uri(item.source):
        return None
    try:
        chosen = configured(item, config)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return frames_between(probe(Path(item.source)), chosen.start, chosen.end)
    except BorelliError:
        return None
