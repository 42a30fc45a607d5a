"""`borelli plan`: what a batch would do, and what it would cost."""

from collections.abc import Mapping

from rich.console import Console

from borelli.batch.config import BatchConfig
from borelli.batch.display import counted, duration_text
from borelli.batch.marker import State
from borelli.batch.plan import TO_DO, Plan, make_plan
from borelli.cli.commands import PlanBatch

USUAL_RATE = 30.0
"""Frames per second of a video that nobody could look at."""
LEAST_SHOWN = 0.5
"""Percent of the cost."""
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
    lines = [f"{counted(plan.total, 'video')}, {plan.to_do} to do"]
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
    cores = workers * threads
    cost = _cost(plan, cores) if plan.frames_per_video is not None else _cost_per_hour(plan, cores)
    pool = f"{counted(workers, 'worker')} of {counted(threads, 'thread')}"
    return [*lines, *cost, f"that is with {pool}; speeds from {plan.speeds.source}"]


def _cost(plan: Plan, cores: int) -> list[str]:
    """Cost and time of what is to do, from the length of those that could be opened."""
    mean, deviation = plan.frames_per_video or 0.0, plan.frames_per_video_sd
    hours = plan.stage_hours(mean * plan.to_do)
    total, spread = sum(hours.values()), deviation / max(mean, 1e-9)
    others = f"; {plan.unopened} more could not be opened from here" if plan.unopened else ""
    return [
        f"length: {mean:.0f} +- {deviation:.0f} frames per video "
        f"(mean of a random sample of {plan.sampled}{others})",
        f"cost: {total:.3g} core-hours +- {100 * spread:.0f} % from the sample ({_shares(hours)})",
        f"time: {duration_text(3600 * total / cores)}",
    ]


def _cost_per_hour(plan: Plan, cores: int) -> list[str]:
    """What can be said of videos whose length is not known."""
    frames = round(3600 * USUAL_RATE)
    once = plan.stage_hours(0)
    hourly = {name: hours - once[name] for name, hours in plan.stage_hours(frames).items()}
    fixed, more = sum(once.values()), sum(hourly.values())
    return [
        f"length: unknown, as none of a sample of {plan.unopened} could be opened from here; "
        "they are elsewhere, missing, or no videos",
        f"cost: {more:.3g} core-hours per hour of video "
        f"at {USUAL_RATE:.0f} frames per second with one person ({_shares(hourly)}), "
        f"and {fixed:.2g} core-hours besides for {counted(plan.to_do, 'video')}",
        f"time: {duration_text(3600 * more / cores)} per hour of video, "
        f"and {duration_text(3600 * fixed / cores)} besides",
    ]


def _shares(hours: Mapping[str, float]) -> str:
    """Percentages of the stages that count."""
    parts = {name: 100 * part / max(sum(hours.values()), 1e-9) for name, part in hours.items()}
    return ", ".join(f"{name} {part:.0f} %" for name, part in parts.items() if part >= LEAST_SHOWN)
