"""`borelli synth`: write the clips that are missing, then perhaps measure the detector on them."""

from pathlib import Path
from time import perf_counter

from rich.console import Console

from borelli.cli.commands import Synth
from borelli.cli.progress import shown_progress
from borelli.training.synth.generate import write_set


def synth(command: Synth) -> int:
    """Render; returns the exit code."""
    console, started = Console(), perf_counter()
    with shown_progress(console) as progress:
        folders = write_set(
            command.out, command.clips, command.config, lambda done, all_: progress("synth", done, all_)
        )
    seconds = perf_counter() - started
    console.print(f"{len(folders)} clips in {command.out}, {seconds:.0f} s", highlight=False)
    if command.measure:
        _measure(console, folders, command.models)
    return 0


def _measure(console: Console, folders: list[Path], models: Path | None) -> None:
    from borelli.evaluation.benchmark.detector import bias_markdown, observe_set

    found = observe_set(folders, models)
    share = found.found / max(found.frames, 1)
    console.print(f"the detector finds the person in {share:.1%} of {found.frames} frames", highlight=False)
    print("Detected minus anatomical point, mm, at a stature of 1.70 m: forward, up, right")
    print(bias_markdown(found.biases))
