"""What happens in a batch, as told to displays and logs."""

from dataclasses import dataclass
from typing import Literal

from borelli.batch.task import Outcome, Task


@dataclass(frozen=True)
class Started:
    """A worker took a task."""

    worker: int
    task: Task


@dataclass(frozen=True)
class Stage:
    """How far a worker is within a stage."""

    worker: int
    stage: str
    done: int
    expected: int


@dataclass(frozen=True)
class Ended:
    """A worker is done with a task."""

    worker: int
    outcome: Outcome


@dataclass(frozen=True)
class Died:
    """A worker process ended in the middle of a task; another one takes its place and the task."""

    worker: int
    task: Task
    reason: str


Event = Started | Stage | Ended | Died
Way = Literal["pool", "ray"]
