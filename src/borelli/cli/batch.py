"""`borelli batch`, and `borelli run` with more than single files: everything that is not done yet."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from borelli.batch.config import BatchConfig
from borelli.batch.display import counted, duration_text, shown
from borelli.batch.events import Event
from borelli.batch.index import build_index
from borelli.batch.log import logged
from borelli.batch.run import run_batch
from borelli.batch.tally import Tally
from borelli.cli.commands import Batch
from borelli.cli.main import FAILED, fail
from borelli.pipeline.config import RunConfig


def batch(command: Batch) -> int:
    """Carry out a batch; returns 1 if any video failed."""
    chosen = BatchConfig(
        out=command.out,
        jobs=command.jobs,
        parts=command.parts,
        shard=command.shard,
        engine=command.engine,
        address=command.address,
        gpus=command.gpus,
        force=command.force,
        attempts=command.attempts,
    )
    return run_shown(command.inputs, command.config, chosen, command.log_json)


def run_shown(inputs: Sequence[str], config: RunConfig, chosen: BatchConfig, log: Path | None = None) -> int:
    """A batch with its progress on the console, and its index."""
    console = Console()
    with ExitStack() as stack:
        watchers = [stack.enter_context(shown(console))]
        if log is not None:
            watchers.append(stack.enter_context(logged(log)))

        def watch(event: Event, tally: Tally) -> None:
            for each in watchers:
                each(event, tally)

        tally = run_batch(inputs, config, chosen, watch)
    _print_tally(console, tally)
    if chosen.part.count > 1:
        hint = f"when all shards are done: borelli index {chosen.out}"
        console.print(hint, highlight=False, markup=False)
    elif tally.settled:
        index = build_index(chosen.out)
        console.print(f"{index.table}\n{index.page}", highlight=False, markup=False, soft_wrap=True)
    if tally.failed:
        return fail(
            f"{tally.failed} of {counted(tally.total, 'video')} failed; why is in {chosen.out}/*.failed.json"
        )
    return 0 if tally.settled == tally.total else FAILED


def _print_tally(console: Console, tally: Tally) -> None:
    before = f"{tally.kept} {'was' if tally.kept == 1 else 'were'} done already"
    text = f"{counted(tally.done, 'video')} reconstructed, {before}, {tally.failed} failed"
    if tally.done:
        text += f"; {duration_text(tally.work_seconds)} of work, {tally.frames} frames"
    if tally.again:
        attempts, replaced = counted(tally.again, "further attempt"), counted(tally.died, "worker")
        text += f"; {attempts}, {replaced} replaced"
    console.print(text, highlight=False, markup=False, soft_wrap=True)
