"""The same work on Ray Data: actors that keep their networks, bounded in flight, GPUs only where they help.

Without GPUs an actor does a whole item. With them, actors with a share of a GPU find the people, and actors
with CPUs only do the rest, from the files of the finished first stage: results and intermediate files go
through the folder of results, which all machines share, so that the object store holds only names.
"""

import logging
import os
import pickle
import time
from collections.abc import Generator, Iterator
from importlib import import_module
from itertools import islice
from typing import Any

from borelli.batch.config import BatchConfig
from borelli.batch.events import Ended, Event
from borelli.batch.failures import note_failure
from borelli.batch.feed import PAUSE_S
from borelli.batch.item import Item
from borelli.batch.pool import another
from borelli.batch.process import worker_environment
from borelli.batch.task import Outcome, Setting, Task
from borelli.batch.work import Hands, work_on
from borelli.errors import BorelliError

AT_ONCE = 2000
"""Items that are given to Ray Data at a time; a longer list does not need more memory."""
WAITING_PER_ACTOR = 2
OBJECT_STORE_BYTES = 200 * 2**20
"""On this machine; a cluster has its own."""
LOST = "the worker died in the middle of this video"


def on_ray(items: Iterator[Item], setting: Setting, batch: BatchConfig) -> Generator[Event, None, None]:
    """Work on all items with actors of a Ray cluster, or of this machine.

    Raises BorelliError without Ray, without the cluster, or when going on is of no use.
    """
    ray = _connected(setting, batch)
    try:
        waiting: list[Task] = []
        while tasks := [*waiting, *(Task(item) for item in islice(items, AT_ONCE))]:
            waiting = []
            for outcome in _performed(ray, tasks, setting, batch):
                if outcome.state == "stop":
                    raise BorelliError(f"stopped, as the next videos would meet it too: {outcome.reason}")
                yield Ended(0, outcome)
                again = another(outcome)
                if again is not None:
                    waiting.append(again)
            if waiting:
                time.sleep(PAUSE_S)
    finally:
        ray.shutdown()


def _connected(setting: Setting, batch: BatchConfig) -> Any:
    """Ray, connected to the cluster or started here."""
    try:
        ray = import_module("ray")
        import_module("ray.data")
    except ImportError as error:
        raise BorelliError("--engine ray needs a package: pip install 'borelli[ray]'") from error
    capped = worker_environment(setting.threads)
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if batch.address is not None:
            capped.pop("PYTHONPATH")
            own = {name: value for name, value in capped.items() if os.environ.get(name) != value}
            ray.init(batch.address, runtime_env={"env_vars": own}, **quiet)
        else:
            own = {name: value for name, value in capped.items() if os.environ.get(name) != value}
            ray.init(
                num_cpus=batch.workers() * setting.threads,
                include_dashboard=False,
                object_store_memory=OBJECT_STORE_BYTES,
                runtime_env={"env_vars": own},
                **quiet,
            )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise BorelliError(f"cannot use Ray at {batch.address or 'this machine'}: {error}") from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1  # an actor that keeps dying costs its item only
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    return ray


def _performed(ray: Any, tasks: list[Task], setting: Setting, batch: BatchConfig) -> Iterator[Outcome]:
    """Outcomes as they come; of tasks that Ray gave up, too."""
    rows = [{"task": pickle.dumps(task)} for task in tasks]
    data = ray.data.from_items(rows, override_num_blocks=len(rows))
    pool = {
        "compute": ray.data.ActorPoolStrategy(
            size=batch.workers(), max_tasks_in_flight_per_actor=WAITING_PER_ACTOR
        ),
        "max_restarts": -1,
        "max_task_retries": setting.attempts - 1,
    }
    if batch.gpus:
        data = data.map(Worker, fn_constructor_args=(setting, True), num_cpus=0, num_gpus=batch.gpus, **pool)
    data = data.map(Worker, fn_constructor_args=(setting, False), num_cpus=setting.threads, **pool)
    missing = {task.item.name: task for task in tasks}
    for row in data.iter_rows():
        outcome: Outcome = pickle.loads(row["outcome"])
        missing.pop(outcome.task.item.name, None)
        yield outcome
    for task in missing.values():
        note_failure(task, setting, "transient", LOST)
        yield Outcome(task, "failed", LOST)


class Worker:
    """An actor: loads the networks once, then works on rows."""

    def __init__(self, setting: Setting, only_people: bool) -> None:
        """`only_people` leaves the rest of an item to the next operator."""
        self._hands = Hands(setting, setting.observer(), only_people=only_people)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row with the outcome; what an earlier operator has settled is passed on."""
        if "outcome" in row:
            before: Outcome = pickle.loads(row["outcome"])
            if before.state != "done":
                return row
        outcome = work_on(pickle.loads(row["task"]), self._hands)
        return {"task": row["task"], "outcome": pickle.dumps(outcome)}
