"""A clip as the estimator divides it: time spans, who is seen in them, and the solve of one of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from borelli.body.model import BodyModel
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.fit import Fit
from borelli.fitting.stages import solve_window
from borelli.fitting.subject import Estimate, Filmed, Known
from borelli.geometry.camera import Camera

Span = tuple[float, float]
"""First and last second."""
Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""What `map` does: results in the order of the tasks; by several processes, perhaps."""


@dataclass(frozen=True)
class Window:
    """Estimates of the people present in one span, by their number, and which of their frames they cover."""

    estimates: dict[int, Estimate]
    frames: dict[int, slice]

    def people(self) -> list[Estimate]:
        """Estimates in the order of the subjects."""
        return [self.estimates[i] for i in sorted(self.estimates)]


@dataclass(frozen=True)
class FilmedClip:
    """Everybody in front of one camera."""

    model: BodyModel
    subjects: tuple[Filmed, ...]
    camera: Camera
    config: EstimatorConfig

    @property
    def times(self) -> np.ndarray:
        """(T,) seconds of all frames in which anybody is."""
        return np.unique(np.concatenate([subject.times for subject in self.subjects]))

    def windows(self) -> list[Span]:
        """Spans that cover the clip; one when it is short."""
        times = self.times
        size, step = self.config.window, self.config.window - self.config.overlap
        if len(times) <= 2 * size:
            return [(float(times[0]), float(times[-1]))]
        starts = range(0, len(times) - self.config.overlap - 1, step)
        return [(float(times[a]), float(times[min(a + size, len(times)) - 1])) for a in starts]

    def present(self, span: Span) -> dict[int, slice]:
        """Which people there is evidence of in a span, and in which of their frames."""
        found = {}
        for i, subject in enumerate(self.subjects):
            first, last = (
                np.searchsorted(subject.times, span[0]),
                np.searchsorted(subject.times, span[1], "right"),
            )
            if last > first:
                found[i] = slice(int(first), int(last))
        return found

    def presence(self, span: Span, person: int) -> float:
        """How much evidence there is of somebody in a span."""
        run = self.present(span).get(person)
        return 0.0 if run is None else float(self.subjects[person].confidence(run).sum())

    def solve(self, span: Span, known: Mapping[int, Known]) -> Window:
        """Estimate the people named in `known` over a span."""
        frames = {i: f for i, f in self.present(span).items() if i in known}
        fits = [
            Fit.of(self.model, self.subjects[i].cut(run), self.camera, self.config, known[i])
            for i, run in frames.items()
        ]
        return Window(dict(zip(frames, solve_window(fits), strict=True)), frames)
