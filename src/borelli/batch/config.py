"""What the user may choose about a batch, besides what holds for each video."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from borelli.batch.events import Way
from borelli.batch.shard import Shard, array_shard, parse_shard
from borelli.errors import BorelliError


@dataclass(frozen=True)
class BatchConfig:
    """Where to, how many at a time, which share, and by what."""

    out: Path = Path("out")
    jobs: int | None = None
    """Videos at a time; None: one per core."""
    shard: str | None = None
    """i/n; None: as the environment of a SLURM array says, else everything."""
    engine: Way = "pool"
    address: str | None = None
    """Of a Ray cluster; None: this machine."""
    gpus: float = 0.0
    """GPUs per worker that finds people, on Ray."""
    parts: bool = False
    """One video at a time, its parts in all workers: for few and long videos."""
    force: bool = False
    attempts: int = 3

    def checked(self) -> "BatchConfig":
        """The same; raises BorelliError for choices that contradict each other or cannot be meant."""
        if self.jobs is not None and self.jobs < 1:
            raise BorelliError(f"--jobs {self.jobs} is too few; give 1 or more")
        if self.attempts < 1:
            raise BorelliError(f"--attempts {self.attempts} is too few; give 1 or more")
        if self.engine != "ray" and (self.address is not None or self.gpus):
            raise BorelliError("--address and --gpus are for --engine ray; give it or leave them out")
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", self.out.as_posix()):
            raise BorelliError(
                f"--out {self.out} is not a folder; results are made in one of this machine or one that "
                "machines share: give that, and copy them when they are done"
            )
        if self.engine == "ray" and self.parts:
            raise BorelliError("--parts is for the processes of one machine; leave out --engine ray")
        return self

    @property
    def part(self) -> Shard:
        """Which items are worked on here. Raises BorelliError for a shard that cannot be."""
        return array_shard() if self.shard is None else parse_shard(self.shard)

    def workers(self) -> int:
        """How many videos at a time."""
        return self.jobs or cores()

    def threads(self) -> int:
        """Threads of each worker, so that all of them together have one per core."""
        return max(1, cores() // self.workers())


def cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return max(1, len(affinity(0)) if affinity else os.cpu_count() or 1)
