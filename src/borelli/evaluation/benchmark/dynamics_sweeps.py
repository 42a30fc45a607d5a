"""Where whole-clip dynamics stops being trustworthy: noise, wrong contacts and a tilted floor, plotted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from borelli.body.model import body_model
from borelli.dynamics.actor import Actor
from borelli.dynamics.plan import Surroundings
from borelli.dynamics.recorded import physical_motion
from borelli.dynamics.schedule import Schedule, schedule
from borelli.evaluation.benchmark.dynamics import Outcome, outcome, perform, residuals, with_errors
from borelli.evaluation.benchmark.flat_clips import FlatClip, flat_clips
from borelli.evaluation.benchmark.plot import Line, Plot, svg
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.perturb import flipped, shifted, tilted

GROUP = "dynamics, where it stops being trustworthy"
NOISE_PLOT, CONTACTS_PLOT = "dynamics_noise.svg", "dynamics_contacts.svg"
NOISE_MM = (0, 10, 20, 30, 40, 60, 80, 100)
FLIPPED_PERCENT = (0, 2, 5, 10, 20, 30)
SHIFTED_FRAMES = (0, 1, 2, 3, 4, 6)
TILTED_DEG = (0, 1, 2, 3, 4, 5)
EACH_KIND = {"walk": 2, "run": 1, "jump": 1, "other": 2}
"""Clips of the val set that are swept: the first so many of each kind."""
TRUSTED = 12.0
"""% of body weight: error of a foot's vertical force above which it is of little use."""
LONGEST_S = 3.0
HIGHEST = 40.0
"""% of body weight: end of the axis."""


@dataclass(frozen=True)
class Sweep:
    """One kind of error from none to large."""

    name: str
    unit: str
    sizes: np.ndarray
    """(N,)."""
    residual: np.ndarray
    """(N,) % of body weight, median of clips; 100 where physics was refused."""
    force: np.ndarray
    """(N,) % of body weight, median of clips: error of a foot's vertical force."""
    before: np.ndarray
    """(N,) local MPJPE of what was given, mm."""
    after: np.ndarray
    """(N,) of the result."""

    @property
    def trusted(self) -> float | None:
        """Size at which the error of the force passes `TRUSTED`; None if it never does."""
        beyond = np.flatnonzero(self.force > TRUSTED)
        if not len(beyond):
            return None
        i = int(beyond[0])
        if i == 0:
            return float(self.sizes[0])
        part = (TRUSTED - self.force[i - 1]) / (self.force[i] - self.force[i - 1])
        return float(self.sizes[i - 1] + part * (self.sizes[i] - self.sizes[i - 1]))


def measure(setting: Setting) -> list[Row]:
    """Sweep, plot into the folder `setting.sweeps`, and state where trust ends."""
    folder = setting.data / "mocap"
    if setting.sweeps is None or not (folder / "manifest.csv").is_file():
        return [skipped(GROUP, "sweeps", "measured with --sweeps FOLDER, from the mocap recordings")]
    clips = _some(flat_clips(folder, 1 if setting.quick else None))
    noise = _swept("errors of joints", "mm", NOISE_MM, clips, lambda c, x: _noise(c, x, setting.seed))
    contacts = [
        _swept(
            "wrong contacts", "% of frames", FLIPPED_PERCENT, clips, lambda c, x: _flips(c, x, setting.seed)
        ),
        _swept("late contacts", "frames of 1/60 s", SHIFTED_FRAMES, clips, _shifts),
        _swept("tilted floor", "degrees", TILTED_DEG, clips, _tilts),
    ]
    setting.sweeps.mkdir(parents=True, exist_ok=True)
    noisy, wrong = [_force_plot(noise), _accuracy_plot(noise)], [_force_plot(s) for s in contacts]
    (setting.sweeps / NOISE_PLOT).write_text(svg(noisy), "utf-8")
    (setting.sweeps / CONTACTS_PLOT).write_text(svg(wrong), "utf-8")
    return [_row(sweep) for sweep in (noise, *contacts)]


def _some(clips: Sequence[FlatClip]) -> list[FlatClip]:
    chosen = [c for kind, count in EACH_KIND.items() for c in [c for c in clips if c.kind == kind][:count]]
    return [_beginning(clip) for clip in chosen]


def _beginning(clip: FlatClip) -> FlatClip:
    some = clip.times <= clip.times[0] + LONGEST_S
    return replace(clip, times=clip.times[some], coordinates=clip.coordinates[some])


def _swept(
    name: str,
    unit: str,
    sizes: Sequence[float],
    clips: Sequence[FlatClip],
    attempt: Callable[[FlatClip, float], Outcome | None],
) -> Sweep:
    found = [[attempt(clip, size) for clip in clips] for size in sizes]
    residual = np.array([np.median(residuals(outcomes)) for outcomes in found])
    force = np.array([_median_force(outcomes) for outcomes in found])
    before, after = (
        np.array([_mean_mm(outcomes, which) for outcomes in found])
        for which in ("local_before", "local_after")
    )
    return Sweep(name, unit, np.array(sizes, dtype=float), residual, force, before, after)


def _median_force(outcomes: Sequence[Outcome | None]) -> float:
    values = [o.force_error for o in outcomes if o is not None]
    return float(np.median(values)) if values else float("nan")


def _mean_mm(outcomes: Sequence[Outcome | None], which: str) -> float:
    values = [1e3 * getattr(o, which) for o in outcomes if o is not None]
    return float(np.mean(values)) if values else float("nan")


def _noise(clip: FlatClip, millimetres: float, seed: int) -> Outcome | None:
    return perform(clip, with_errors(clip, millimetres / 1e3, seed), max(millimetres / 1e3, 0.01))


def _flips(clip: FlatClip, percent: float, seed: int) -> Outcome | None:
    rng = np.random.default_rng([seed, round(percent), *clip.name.encode()])
    return _with_contacts(clip, lambda active: flipped(active, percent / 100, rng))


def _shifts(clip: FlatClip, frames: float) -> Outcome | None:
    return _with_contacts(clip, lambda active: shifted(active, round(frames)))


def _tilts(clip: FlatClip, degrees: float) -> Outcome | None:
    return perform(clip, tilted(clip.coordinates, degrees, 0.5), 0.01)


def _with_contacts(clip: FlatClip, spoil: Callable[[np.ndarray], np.ndarray]) -> Outcome | None:
    """Clean motion, its contacts spoilt once on the way to the solver, which finds none of its own."""
    model = body_model()
    actor = Actor.of(model, clip.person, None)
    true = Surroundings().plan(actor, clip.times, clip.coordinates)
    wrong = spoil(true.active)

    def plan(actor: Actor, times: np.ndarray, coordinates: np.ndarray) -> Schedule:
        return schedule(wrong, actor.places(coordinates)[0], times, true.support)

    started = perf_counter()
    found = physical_motion(model, clip.person, clip.times, clip.coordinates, plan=plan)
    return outcome(model, clip, clip.coordinates, found, perf_counter() - started)


def _force_plot(sweep: Sweep) -> Plot:
    lines = (
        Line("error of a foot's vertical force", sweep.sizes, sweep.force),
        Line("unexplained force", sweep.sizes, sweep.residual, dashed=True),
    )
    return Plot(sweep.name, f"{sweep.name}, {sweep.unit}", "% BW", lines, limit=TRUSTED, top=HIGHEST)


def _accuracy_plot(sweep: Sweep) -> Plot:
    lines = (Line("before physics", sweep.sizes, sweep.before), Line("after", sweep.sizes, sweep.after))
    return Plot("accuracy", f"{sweep.name}, {sweep.unit}", "local MPJPE, mm", lines)


def _row(sweep: Sweep) -> Row:
    largest = f"never up to {sweep.sizes[-1]:g} {sweep.unit}"
    note = largest if sweep.trusted is None else f"swept to {sweep.sizes[-1]:g}"
    name = f"{sweep.name}: vertical force of a foot wrong by {TRUSTED:g} % BW at"
    return Row(GROUP, name, sweep.unit, sweep.trusted, note=note)
