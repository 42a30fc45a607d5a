"""A stretch of a long clip, solved window after window; stretches may be solved at the same time.

Each window continues the one before over the frames they share. A stretch begins somewhat early: by the
frames that count it has forgotten how it began, and agrees with the stretch before it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from borelli.body.model import Person
from borelli.fitting.camera_state import CameraState
from borelli.fitting.subject import Known
from borelli.fitting.terms.coordinates import Rest
from borelli.fitting.windows import FilmedClip, Span, Window

SEAM_SD = 0.003
"""Radians and metres: how closely a window continues the one before where they overlap."""


@dataclass(frozen=True)
class Chain:
    """A stretch of a clip, and what is known of everybody in it."""

    clip: FilmedClip
    """Over the stretch, with the people in it."""
    people: tuple[int, ...]
    """Which people of the whole clip these are."""
    first: tuple[int, ...]
    """The frame of each of them with which the stretch begins."""
    windows: tuple[Span, ...]
    bodies: tuple[Person, ...]
    camera: CameraState
    leads: bool
    """The first window only leads in."""


def chains(
    clip: FilmedClip, windows: Sequence[Span], bodies: Sequence[Person], camera: CameraState
) -> Iterator[Chain]:
    """Stretches that cover the clip."""
    times, count = clip.times, clip.config.stretch
    for k in range(0, len(windows), count):
        own = list(windows[k : k + count])
        if k:
            begins = int(np.searchsorted(times, own[0][0])) - clip.config.lead
            own.insert(0, (float(times[max(begins, 0)]), windows[k - 1][1]))
        present = clip.present((own[0][0], own[-1][1]))
        yield Chain(
            clip=replace(clip, subjects=tuple(clip.subjects[i].cut(run) for i, run in present.items())),
            people=tuple(present),
            first=tuple(run.start for run in present.values()),
            windows=tuple(own),
            bodies=tuple(bodies[i] for i in present),
            camera=camera,
            leads=k > 0,
        )


def solve_chain(chain: Chain) -> list[Window]:
    """The windows of a stretch, with people and frames counted as in the whole clip."""
    found: list[Window] = []
    # the blocks are small: more BLAS threads only wait for each other
    with threadpool_limits(1, user_api="blas"):
        for span in chain.windows:
            known = {}
            for i, run in chain.clip.present(span).items():
                before = _held(found[-1], i, run) if found and i in found[-1].estimates else None
                known[i] = Known(chain.bodies[i], chain.camera, before)
            found.append(chain.clip.solve(span, known))
    return [_in_clip(chain, window) for window in found[chain.leads :]]


def _held(before: Window, person: int, run: slice) -> Rest | None:
    """Hold the frames that the window before has already solved, the more the further from its end."""
    shared = before.frames[person].stop - run.start
    if shared <= 0:
        return None
    frames = run.stop - run.start
    q = before.estimates[person].state.coordinates
    mean, precision = np.zeros((frames, q.shape[1])), np.zeros((frames, q.shape[1]))
    shared = min(shared, frames)
    start = run.start - before.frames[person].start
    mean[:shared] = q[start : start + shared]
    precision[:shared] = np.linspace(1, 0, shared, endpoint=False)[:, None] / SEAM_SD
    return Rest(mean, precision)


def _in_clip(chain: Chain, window: Window) -> Window:
    moved = {
        chain.people[i]: slice(run.start + chain.first[i], run.stop + chain.first[i])
        for i, run in window.frames.items()
    }
    return Window({chain.people[i]: found for i, found in window.estimates.items()}, moved)
