"""Progress of the stages: bars on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from borelli.pipeline.detect import Progress as Report

STAGES = {
    "people": "finding people",
    "motion": "estimating motion",
    "physics": "obeying physics",
    "files": "writing files",
    "overlay": "drawing overlay",
    "synth": "rendering clips",
    "render": "drawing avatar",
}
LINES_PER_STAGE = 10
SHORT = 20
"""Stages of fewer units are not worth ten lines."""


@contextmanager
def shown_progress(console: Console) -> Iterator[Report]:
    """A progress callback for the time of the block."""
    if not console.is_terminal:
        yield _plain_lines(console)
        return
    columns = (
        TextColumn("  {task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, expected: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(STAGES.get(stage, stage), total=expected)
            bars.update(tasks[stage], completed=done, total=expected)

        yield report


class _Rate(ProgressColumn):
    """Units per second so far."""

    def render(self, task: Task) -> Text:
        """The mean rate, once there is one."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:5.1f}/s" if speed and (task.total or 0) > 1 else "")


def _plain_lines(console: Console) -> Report:
    """One line per tenth of a stage; for short stages only what is begun and how long it took."""
    started: dict[str, float] = {}
    printed: dict[str, int] = {}

    def say(stage: str, text: str) -> None:
        console.print(f"{STAGES.get(stage, stage)}: {text}", highlight=False)
        sys.stdout.flush()

    def report(stage: str, done: int, expected: int) -> None:
        begin = started.setdefault(stage, perf_counter())
        seconds, tenth = perf_counter() - begin, LINES_PER_STAGE * done // max(expected, 1)
        if tenth == printed.get(stage, 0):
            return
        printed[stage] = tenth
        if expected >= SHORT:
            rate = done / max(seconds, 1e-9)
            say(stage, f"{done} of {expected}, {rate:.1f}/s, {(expected - done) / rate:.0f} s left")
        elif done == expected:
            say(stage, f"done in {seconds:.1f} s")

    return report
