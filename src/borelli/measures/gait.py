"""Steps and strides of a walk or run: times, lengths and widths."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from borelli.measures.feet import Stance
from borelli.measures.measure import BOTH, LEFT, RIGHT, Measure, mean_of, read_table
from borelli.motion.motion import Motion

SHORTEST_STEP, LONGEST_STEP = 0.2, 1.5
"""Seconds between two strikes that belong to one walk; two feet that land together are no step."""
FEWEST = 3
"""Stances on alternating feet that make a walk."""


@dataclass(frozen=True)
class Timing:
    """How far the time of an event may be off, one standard deviation, seconds."""

    event_sd: float

    @property
    def interval_sd(self) -> float:
        """Of the time between two events."""
        return self.event_sd * 2**0.5


def timing(motion: Motion, events_from: str) -> Timing:
    """What is known of this way to find events (`events.csv`), and that they fall anywhere between frames.

    Recordings state no uncertainty of their joints; motions from video do.
    """
    video = "yes" if np.isfinite(motion.joint_sigma).any() else "no"
    rows = [row for row in read_table("events.csv") if (row["from"], row["video"]) == (events_from, video)]
    step = 1.0 / motion.frame_rate
    return Timing(float(np.hypot(step / 12**0.5, float(rows[0]["sd_s"]))))


def longest_walk(stances: Sequence[Stance]) -> list[Stance]:
    """The longest run of stances on alternating feet with plausible step times; empty below three."""
    best: list[Stance] = []
    current: list[Stance] = []
    for stance in stances:
        follows = bool(current) and (
            stance.side != current[-1].side
            and SHORTEST_STEP <= stance.start - current[-1].start <= LONGEST_STEP
        )
        current = [*current, stance] if follows else [stance]
        if len(current) > len(best):
            best = current
    return best if len(best) >= FEWEST else []


def gait_measures(walk: Sequence[Stance], clock: Timing) -> list[Measure]:
    """Numbers of one walk; empty for an empty one. Only steps whose events were seen count."""
    return [*_times(walk, clock), *_shares(walk, clock), *_lengths(walk)]


def _times(walk: Sequence[Stance], clock: Timing) -> list[Measure]:
    steps = [(b.side, b.start - a.start) for a, b in pairwise(walk) if a.strike_seen and b.strike_seen]
    two_apart = zip(walk, walk[2:], strict=False)
    strides = [(b.side, b.start - a.start) for a, b in two_apart if a.strike_seen and b.strike_seen]
    found: list[Measure] = []
    if steps:
        durations = [seconds for _, seconds in steps]
        # what one strike takes from a step it gives to the next, so that only the first and the last count
        mean = mean_of("step_time", BOTH, durations, [clock.interval_sd / len(steps)])[0]
        cadence, sd = 60.0 / mean.value, mean.uncertainty
        relative = None if sd is None else cadence * sd / mean.value
        found.append(Measure("cadence", BOTH, cadence, None, len(steps), relative))
    for name, items in (("step_time", steps), ("stride_time", strides)):
        for side in (RIGHT, LEFT):
            values = [seconds for s, seconds in items if s == side]
            found += mean_of(name, side, values, [_shrunk(clock.interval_sd, len(values))])
    return found


def _shrunk(sd: float, count: int) -> float:
    """Of a mean of so many: unlike those of places, errors of events have nothing in common."""
    return sd / max(1, count) ** 0.5


def _shares(walk: Sequence[Stance], clock: Timing) -> list[Measure]:
    """Stance and double support in % of the stride."""
    found: list[Measure] = []
    doubles: list[float] = []
    strides: list[float] = []
    for side in (RIGHT, LEFT):
        shares = []
        for a, b, c in zip(walk, walk[1:], walk[2:], strict=False):
            if a.side != side or not (a.strike_seen and a.off_seen and b.strike_seen and c.strike_seen):
                continue
            stride = c.start - a.start
            strides.append(stride)
            shares.append(100 * (a.end - a.start) / stride)
            doubles.append(2 * 100 * max(0.0, a.end - b.start) / stride)
        if shares:
            sd = 100 * clock.interval_sd / float(np.mean(strides))
            found += mean_of("stance_share", side, shares, [_shrunk(sd, len(shares))])
    if doubles:
        sd = 2 * 100 * clock.interval_sd / float(np.mean(strides))
        found += mean_of("double_support", BOTH, doubles, [_shrunk(sd, len(doubles))])
    return found


def _lengths(walk: Sequence[Stance]) -> list[Measure]:
    """Step, stride, width and speed from footprints after Huxham et al. 2006 (Gait & Posture 23:159).

    The line from one footprint to the next of the same foot is the direction of that stride, so that turns
    and the heading of the world do not matter.
    """
    steps: list[tuple[str, float, float]] = []
    strides: list[tuple[str, float, float]] = []
    widths: list[tuple[float, float]] = []
    speeds: list[tuple[float, float]] = []
    measured = -1
    for i, (a, b, c) in enumerate(zip(walk, walk[1:], walk[2:], strict=False)):
        first, middle, last = (stance.place[[0, 2]] for stance in (a, b, c))
        along = last - first
        length = float(np.linalg.norm(along))
        if not np.isfinite([*first, *middle, *last]).all() or length == 0:
            continue
        direction = along / length
        sd = float(np.hypot(a.place_sd, c.place_sd))
        if measured != i:
            steps.append(
                (b.side, float((middle - first) @ direction), float(np.hypot(a.place_sd, b.place_sd)))
            )
        steps.append((c.side, float((last - middle) @ direction), float(np.hypot(b.place_sd, c.place_sd))))
        measured = i + 1
        strides.append((c.side, length, sd))
        to_middle = middle - first
        to_the_right = float(direction[0] * to_middle[1] - direction[1] * to_middle[0])
        across = to_the_right if b.side == RIGHT else -to_the_right
        widths.append((across, float(np.hypot(b.place_sd, sd / 2))))
        speeds.append((length / (c.start - a.start), sd / (c.start - a.start)))
    return [
        *_by_side("step_length", steps),
        *_by_side("stride_length", strides),
        *mean_of("step_width", BOTH, *_columns(widths)),
        *mean_of("walking_speed", BOTH, *_columns(speeds)),
    ]


def _by_side(name: str, items: Sequence[tuple[str, float, float]]) -> list[Measure]:
    return [
        measure
        for side in (RIGHT, LEFT)
        for measure in mean_of(name, side, *_columns([(v, sd) for s, v, sd in items if s == side]))
    ]


def _columns(items: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [value for value, _ in items], [sd for _, sd in items]
