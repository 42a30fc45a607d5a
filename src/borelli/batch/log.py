"""A batch as a log for programs: a line of JSON per event."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from borelli.batch.events import Died, Ended, Event, Stage
from borelli.batch.run import Watcher
from borelli.batch.tally import Tally
from borelli.errors import BorelliError


@contextmanager
def logged(path: Path) -> Iterator[Watcher]:
    """A watcher that appends to a file, flushed line by line; reports of progress within stages are left out.

    Every line has `time` (UTC, ISO 8601), `event` (started, done, kept, failed, again, busy, stop, died),
    `worker`, `video`, `source`, `attempt`, and how many are `settled` of how many in `total`; those that end
    have `seconds`, `frames` and `reason`, too.

    Raises BorelliError when the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise BorelliError(f"cannot write the log {path}: {error.strerror or error}") from error
    with file:

        def watch(event: Event, tally: Tally) -> None:
            if not isinstance(event, Stage):
                file.write(json.dumps(event_json(event, tally)) + "\n")

        yield watch


def event_json(event: Event, tally: Tally) -> dict[str, object]:
    """One event as plain values."""
    assert not isinstance(event, Stage)
    task = event.outcome.task if isinstance(event, Ended) else event.task
    line: dict[str, object] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "event": "started",
        "worker": event.worker,
        "video": task.item.name,
        "source": task.item.source,
        "attempt": task.attempt,
        "settled": tally.settled,
        "total": tally.total,
    }
    if isinstance(event, Died):
        line |= {"event": "died", "reason": event.reason}
    if isinstance(event, Ended):
        outcome = event.outcome
        line |= {"event": outcome.state, "seconds": round(outcome.seconds, 3), "frames": outcome.frames}
        line |= {"reason": outcome.reason}
    return line
