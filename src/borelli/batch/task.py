"""What travels between driver and workers: the setting of a batch, its tasks and their outcomes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from borelli.batch.item import Item
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import Observer


@dataclass(frozen=True)
class Setting:
    """What all items of a batch share."""

    out: Path
    config: RunConfig
    force: bool = False
    """Replace results that were not made by a batch, and try again what failed before."""
    attempts: int = 3
    """How often an item is tried when the machine, not the video, is at fault."""
    threads: int = 1
    """Of every worker."""
    load: Callable[["Setting"], Observer] | None = None
    """Makes what finds people, once per worker; None: the networks of this package. A function that the
    worker can import."""

    def observer(self) -> Observer:
        """What finds people, with its networks loaded. Raises BorelliError when they cannot be had."""
        if self.load is not None:
            return self.load(self)
        from borelli.batch.networks import load_observer

        return load_observer(self.config, self.threads)


@dataclass(frozen=True)
class Task:
    """An item, and the how-manyth attempt this is."""

    item: Item
    attempt: int = 1


@dataclass(frozen=True)
class Outcome:
    """What became of a task."""

    task: Task
    state: Literal["done", "kept", "failed", "again", "busy", "stop"]
    """done now; done before; failed for good; worth another attempt; in the hands of another worker; no
    use to go on with anything."""
    reason: str = ""
    seconds: float = 0.0
    frames: int = 0
