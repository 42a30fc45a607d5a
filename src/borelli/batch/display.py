"""One progress display for a whole batch: a bar on a terminal, now and then a line elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from borelli.batch.events import Died, Ended, Event, Stage, Started
from borelli.batch.run import Watcher
from borelli.batch.tally import Tally

LINE_S = 30.0
"""Seconds between lines where there is no terminal."""
MOST_WORKERS = 8
"""Workers that get a line of their own on a terminal."""


@contextmanager
def shown(console: Console) -> Iterator[Watcher]:
    """A watcher that shows the batch for the time of the block."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    bar = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[about]}"), TimeElapsedColumn())
    with Progress(TextColumn("{task.description}"), *bar, console=console, transient=True) as progress:
        yield _Bars(console, progress)


def progress_text(tally: Tally, seconds: float) -> str:
    """Failures, rate and time left, for a batch that has run for so long."""
    worked = tally.settled - tally.kept
    failed = f"{tally.failed} failed"
    if not worked:
        return failed
    left = (tally.total - tally.settled) * seconds / worked
    return f"{failed}, {60 * worked / seconds:.1f} per min, {duration_text(left)} left"


def duration_text(seconds: float) -> str:
    """Seconds, minutes, hours or days, whichever is readable."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def counted(number: int, what: str) -> str:
    """1 video, 2 videos."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


class _Lines:
    """Failures at once, and a line about everything every half minute."""

    def __init__(self, console: Console) -> None:
        self._console, self._begun, self._last = console, monotonic(), monotonic()
        self._names: dict[int, str] = {}

    def __call__(self, event: Event, tally: Tally) -> None:
        now = monotonic()
        _print_problem(self._console, event)
        if isinstance(event, Started):
            self._names[event.worker] = event.task.item.name
        if now - self._last >= LINE_S or (isinstance(event, Ended) and tally.settled == tally.total):
            self._last = now
            text = f"{tally.settled} of {tally.total} done, {progress_text(tally, now - self._begun)}"
            if isinstance(event, Stage) and len(self._names) == 1:  # else it would tell about one of many
                name = self._names[event.worker]
                text += f"; {name}: {event.stage}, {event.done} of {event.expected}"
            self._console.print(text, highlight=False, markup=False)


class _Bars:
    """A bar for the batch, and what each worker is at."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console, self._progress, self._begun = console, progress, monotonic()
        self._whole = progress.add_task("videos", total=None, about="")
        self._workers: dict[int, TaskID] = {}

    def __call__(self, event: Event, tally: Tally) -> None:
        _print_problem(self._console, event)
        about = progress_text(tally, monotonic() - self._begun)
        self._progress.update(self._whole, total=tally.total, completed=tally.settled, about=about)
        if event.worker < MOST_WORKERS:
            self._show_worker(event)

    def _show_worker(self, event: Event) -> None:
        if isinstance(event, Started) and event.worker not in self._workers:
            self._workers[event.worker] = self._progress.add_task("", total=None, about="")
        if event.worker not in self._workers:
            return
        bar = self._workers[event.worker]
        if isinstance(event, Started):
            name = event.task.item.name[:24]
            self._progress.update(bar, description=f"  {name}", completed=0, total=None, about="")
        elif isinstance(event, Stage):
            self._progress.update(bar, completed=event.done, total=event.expected, about=event.stage)


def _print_problem(console: Console, event: Event) -> None:
    if isinstance(event, Ended) and event.outcome.state == "failed":
        text = f"failed: {event.outcome.task.item.name}: {event.outcome.reason}"
    elif isinstance(event, Ended) and event.outcome.state == "again":
        text = f"to be tried again: {event.outcome.task.item.name}: {event.outcome.reason}"
    elif isinstance(event, Died):
        text = f"to be tried again: {event.task.item.name}: {event.reason}"
    else:
        return
    console.print(text, highlight=False, markup=False, soft_wrap=True)
