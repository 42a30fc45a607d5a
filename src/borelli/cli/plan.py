"""`borelli plan`: what a batch would do, and what it would cost."""

from rich.console import Console

from borelli.batch.config import BatchConfig
from borelli.batch.display import duration_text
from borelli.batch.marker import State
from borelli.batch.plan import TO_DO, Plan, make_plan
from borelli.cli.commands import PlanBatch

WORDS: dict[State, str] = {
    "new": "new",
    "unfinished": "begun and not finished",
    "changed": "done, but video or settings changed since",
    "done": "done",
    "failed": "failed before",
}


def plan(command: PlanBatch) -> int:
    """Print the plan; nothing is written."""
    batch = BatchConfig(out=command.out, jobs=command.jobs, shard=command.shard)
    made = make_plan(command.inputs, command.config, batch)
    console = Console()
    for line in plan_lines(made, batch.workers(), batch.threads()):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def plan_lines(plan: Plan, workers: int, threads: int) -> list[str]:
    """The plan as text, and how long it takes with so many workers of so many threads."""
    lines = [f"{plan.total} videos, {plan.to_do} to do"]
    for state, words in WORDS.items():
        count = plan.counts.get(state, 0)
        if count:
            mark = "->" if state in TO_DO else "  "
            names = ", ".join(item.name for item in plan.examples[state])
            lines.append(
                f"{mark} {count} {words}: {names}{', ...' if count > len(plan.examples[state]) else ''}"
            )
    if not plan.to_do:
        return [*lines, "nothing to do"]
    hours = plan.stage_hours()
    if hours is None:
        return [*lines, "cost unknown: none of a sample of the videos could be opened from here"]
    total, spread = sum(hours.values()), plan.frames_per_video_sd / max(plan.frames_per_video or 1, 1e-9)
    lines.append(
        f"length: {plan.frames_per_video:.0f} +- {plan.frames_per_video_sd:.0f} frames per video "
        f"(mean of a random sample of {plan.sampled})"
    )
    stages = ", ".join(f"{name} {100 * part / total:.0f} %" for name, part in hours.items())
    lines.append(f"cost: {total:.3g} core-hours +- {100 * spread:.0f} % from the sample ({stages})")
    lines.append(f"speeds from {plan.speeds.source}")
    wall = duration_text(3600 * total / (workers * threads))
    return [*lines, f"time: {wall} with {workers} workers of {threads} thread(s)"]
