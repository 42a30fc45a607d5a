"""One video at a time, its parts and stretches by all workers: for few and long videos."""

from collections.abc import Callable, Generator, Iterator

from borelli.batch.events import Ended, Event, Stage, Started
from borelli.batch.feed import Feed
from borelli.batch.item import Item
from borelli.batch.mapping import calling
from borelli.batch.part_work import PartsObserver
from borelli.batch.pool import another
from borelli.batch.task import Setting
from borelli.batch.work import Hands, work_on
from borelli.errors import BorelliError


def one_by_one(
    items: Iterator[Item], setting: Setting, jobs: int, tell: Callable[[Event], None]
) -> Generator[Event, None, None]:
    """Work on all items in this process, which lets `jobs` others find the people and solve their motion.

    `tell` is called about progress within an item; everything else is yielded.

    Raises BorelliError when going on is of no use.
    """
    feed = Feed(items)
    with calling(jobs, setting.threads) as over:
        hands = Hands(
            setting,
            PartsObserver(jobs, setting.threads),
            lambda stage, done, expected: tell(Stage(0, stage, done, expected)),
            over=over,
        )
        while (task := feed.take()) is not None:
            yield Started(0, task)
            outcome = work_on(task, hands)
            feed.finished(another(outcome))
            yield Ended(0, outcome)
            if outcome.state == "stop":
                raise BorelliError(f"stopped, as the next videos would meet it too: {outcome.reason}")
