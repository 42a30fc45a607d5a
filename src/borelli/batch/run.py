"""A batch: the items in order, by a pool or by Ray, with everything told to a watcher."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing

from borelli.batch.config import BatchConfig
from borelli.batch.events import Event
from borelli.batch.item import Item
from borelli.batch.naming import named, shared_names
from borelli.batch.one_by_one import one_by_one
from borelli.batch.pool import pooled
from borelli.batch.shard import WHOLE, Shard
from borelli.batch.sources import sources
from borelli.batch.tally import Tally
from borelli.batch.task import Setting
from borelli.pipeline.config import RunConfig, check
from borelli.pipeline.detect import Observer

Watcher = Callable[[Event, Tally], None]


def unwatched(event: Event, tally: Tally) -> None:
    """For batches that nobody watches."""


def listed(inputs: Sequence[str], part: Shard = WHOLE) -> tuple[int, Iterator[Item]]:
    """How many items a shard of the inputs has, and these, lazily: memory does not grow with the list.

    Raises BorelliError for inputs that cannot be listed.
    """
    count, shared, repeated = shared_names(sources(inputs))
    total = count if not repeated else sum(1 for _ in named(sources(inputs), shared, repeated))
    return part.size(total), part.of(named(sources(inputs), shared, repeated))


def run_batch(
    inputs: Sequence[str],
    config: RunConfig,
    batch: BatchConfig,
    watch: Watcher = unwatched,
    load: Callable[[Setting], Observer] | None = None,
) -> Tally:
    """Reconstruct everything that is not done yet; interrupted, it goes on where it was when called again.

    Args:
        inputs: files, folders, patterns, manifests, URIs.
        config: choices about every video, which a manifest may replace for single ones.
        batch: where to, how many at a time, which share.
        watch: told about everything that happens, and how far the batch is after it.
        load: makes what finds people in a worker, for detectors of one's own; importable there.

    Raises:
        BorelliError: bad choices or inputs, workers that cannot start, a full disk. A bad video does not.
    """
    check(config)
    total, items = listed(inputs, batch.checked().part)
    setting = Setting(batch.out.absolute(), config, batch.force, batch.attempts, batch.threads(), load)
    tally = Tally(total)

    def tell(event: Event) -> None:
        watch(event, tally)

    with closing(_events(items, setting, batch, tell)) as events:
        for event in events:
            tally = tally.after(event)
            watch(event, tally)
    return tally


def _events(
    items: Iterator[Item], setting: Setting, batch: BatchConfig, tell: Callable[[Event], None]
) -> Generator[Event, None, None]:
    if batch.parts:
        return one_by_one(items, setting, batch.workers(), tell)
    if batch.engine == "pool":
        return pooled(items, setting, batch.workers())
    from borelli.batch.on_ray import on_ray

    return on_ray(items, setting, batch)
