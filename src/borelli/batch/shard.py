"""A share of the work for one of several machines, given by hand or by the array of a batch system."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from borelli.errors import BorelliError

T = TypeVar("T")


@dataclass(frozen=True)
class Shard:
    """Every `count`-th item, beginning with the one of this `index`."""

    index: int
    """From 0."""
    count: int

    def of(self, items: Iterable[T]) -> Iterator[T]:
        """The items of this shard."""
        return islice(items, self.index, None, self.count)

    def size(self, total: int) -> int:
        """How many of `total` items are in this shard."""
        return len(range(self.index, total, self.count))


WHOLE = Shard(0, 1)


def parse_shard(text: str) -> Shard:
    """A shard from "i/n", i from 1 to n. Raises BorelliError for anything else."""
    first, slash, last = text.partition("/")
    if slash and first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last):
        return Shard(int(first) - 1, int(last))
    raise BorelliError(f"--shard {text} is not one of several; give i/n with i from 1 to n, such as 1/10")


def array_shard(environment: Mapping[str, str] = os.environ) -> Shard:
    """The shard of this task of a SLURM job array; everything outside one.

    Arrays may begin anywhere and take steps (`--array=0-99`, `--array=10-20:2`). A list with gaps
    (`--array=1,3,7`) cannot be counted and needs `--shard`.
    """
    task = environment.get("SLURM_ARRAY_TASK_ID")
    if task is None:
        return WHOLE
    first = int(environment.get("SLURM_ARRAY_TASK_MIN", "0"))
    step = int(environment.get("SLURM_ARRAY_TASK_STEP") or "1")
    count = int(environment.get("SLURM_ARRAY_TASK_COUNT", "1"))
    index, rest = divmod(int(task) - first, step)
    if rest or not 0 <= index < count:
        raise BorelliError(
            f"task {task} of this SLURM array is not in an even row of {count} from {first}; "
            "number the array evenly, such as --array=0-99, or give --shard i/n"
        )
    return Shard(index, count)
