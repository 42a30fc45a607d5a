"""Whole-clip dynamics on motion capture: clean, and with errors as large as those of video."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from time import perf_counter

import numpy as np

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, body_model
from borelli.dynamics.figures import Figures, figures
from borelli.dynamics.frame_figures import frame_figures
from borelli.dynamics.performance import Performance
from borelli.dynamics.recorded import physical_motion
from borelli.errors import BorelliError
from borelli.evaluation.benchmark.flat_clips import FlatClip, flat_clips
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.perturb import perturbed
from borelli.evaluation.positions import mpjpe

CLEAN, NOISY = "dynamics, val mocap on flat ground", "dynamics, val mocap with {error:.0f} mm of errors"
NOISE_M = {0.025: 4.0, 0.060: 8.0}
"""Mean error of joints, and the residual in % of body weight that it may leave."""
QUICK_CLIPS = 2
TOLERABLE = 3.0


@dataclass(frozen=True)
class Outcome:
    """One clip after physics."""

    clip: FlatClip
    figures: Figures
    unexplained: float
    """Share of frames."""
    took: float
    """Seconds."""
    force_error: float
    """% of body weight: rms difference of a foot's vertical force from that of the clean motion."""
    moved: float
    """Metres, mean over joints, from what was given."""
    local_before: float
    """Mean distance from the truth of joints, metres, relative to the hips."""
    local_after: float


def measure(setting: Setting) -> list[Row]:
    """Rows of clean and of noisy motion."""
    folder = setting.data / "mocap"
    if not (folder / "manifest.csv").is_file():
        return [skipped(CLEAN, "every clip", f"no recordings in {setting.data.name}/mocap")]
    clips = flat_clips(folder, QUICK_CLIPS if setting.quick else None)
    perform(clips[0], clips[0].coordinates, 0.01)  # compiles
    clean = [perform(clip, clip.coordinates, 0.01) for clip in clips]
    rows = [*_clean(clean), _repeatable(clips[0])]
    for error, target in NOISE_M.items():
        noisy = [perform(clip, with_errors(clip, error, setting.seed), error) for clip in clips]
        rows += _noisy(noisy, NOISY.format(error=1e3 * error), target)
    return rows


def with_errors(clip: FlatClip, error: float, seed: int) -> np.ndarray:
    """Coordinates (T, 49) of a clip with smooth errors of so many metres."""
    rng = np.random.default_rng([seed, round(1e4 * error), *clip.name.encode()])
    return perturbed(body_model(), clip.person, clip.coordinates, clip.times, error, rng)


def perform(clip: FlatClip, coordinates: np.ndarray, accuracy: float) -> Outcome | None:
    """Physics on given coordinates (T, 49), contacts found in them; None where it was refused."""
    model, started = body_model(), perf_counter()
    try:
        found = physical_motion(model, clip.person, clip.times, coordinates, accuracy=accuracy)
    except BorelliError:
        return None
    return outcome(model, clip, coordinates, found, perf_counter() - started)


def outcome(model: BodyModel, clip: FlatClip, given: np.ndarray, found: Performance, took: float) -> Outcome:
    """Judge a performance by the truth of its clip."""
    table = model.skeleton
    root = (table.segment("femur_r"), table.segment("femur_l"))
    true, before, after = (
        forward(model, clip.person, q).joints for q in (clip.coordinates, given, found.coordinates)
    )
    frames = frame_figures(model, found)
    return Outcome(
        clip=clip,
        figures=figures(model, found, frames),
        unexplained=float(np.mean(~found.explained)),
        took=took,
        force_error=100 * float(np.sqrt(np.mean((frames.vertical_by_foot - _clean_feet(clip)) ** 2))),
        moved=mpjpe(after, before, None),
        local_before=mpjpe(before, true, root),
        local_after=mpjpe(after, true, root),
    )


@cache
def _clean_feet(clip: FlatClip) -> np.ndarray:
    """(T, 2) vertical force of the right and left foot in body weights, from the clean motion."""
    model = body_model()
    found = physical_motion(model, clip.person, clip.times, clip.coordinates)
    return frame_figures(model, found).vertical_by_foot


def residuals(outcomes: Sequence[Outcome | None]) -> np.ndarray:
    """(N,) % of body weight; 100 for clips that physics was refused, whose weight nothing explains."""
    sizes = [100.0 if o is None else o.figures.residual_force_percent for o in outcomes]
    return np.array([100.0 if size is None else size for size in sizes])


def _clean(outcomes: Sequence[Outcome | None]) -> list[Row]:
    left, done = residuals(outcomes), [o for o in outcomes if o is not None]
    if not done:
        return [skipped(CLEAN, "every clip", "physics was refused everywhere")]
    share = 100 * float(np.mean(left <= TOLERABLE))
    seconds = sum(o.clip.seconds for o in done)
    worst = max(zip(left, [o.clip.name if o else "refused" for o in outcomes], strict=True))
    every = f"{len(outcomes)} clips"
    rows = [
        Row(CLEAN, "residual force, median", "% BW", float(np.median(left)), at_most=0.8, note=every),
        Row(CLEAN, "clips with at most 3 % BW", "%", share, at_least=90.0),
        Row(CLEAN, "residual force, worst clip", "% BW", worst[0], note=worst[1]),
        Row(CLEAN, "residual moment, median", "% BW x height", _median(done, "residual_moment_percent")),
        Row(CLEAN, "time per second of motion", "s", sum(o.took for o in done) / seconds, at_most=0.25),
    ]
    for kind, limit in (("walk", 1.8), ("run", 3.5), ("jump", 3.5), ("other", None)):
        peaks = [o.figures.peak_vertical_force or 0.0 for o in done if o.clip.kind == kind]
        if peaks:
            name = f"peak vertical force, {kind}"
            rows.append(Row(CLEAN, name, "BW", max(peaks), at_most=limit, note=f"{len(peaks)} clips"))
    return rows + _contact_rows(done)


def _contact_rows(done: Sequence[Outcome]) -> list[Row]:
    slips = [slip for o in done for slip in o.figures.slip_mm]
    loaded = [slip for o in done for slip in o.figures.loaded_slip_mm]
    off = max(abs((o.figures.mean_vertical_force or 0.0) - 1) for o in done)
    falls = [f.acceleration for o in done for f in o.figures.flights]
    implausible = float(sum(o.figures.implausible_peaks for o in done))
    worst = max(done, key=lambda o: o.moved)
    farthest = f"{worst.clip.name} {1e3 * worst.moved:.0f} mm"
    depths = [o.figures.penetration_largest_mm or 0.0 for o in done]
    rows = [
        Row(CLEAN, "implausible peaks of force", "", implausible, at_most=0.0),
        Row(CLEAN, "mean vertical force, largest departure from 1", "BW", off, at_most=0.03),
        Row(CLEAN, "slip per stance, median", "mm", float(np.median(slips)), at_most=5.0),
        Row(CLEAN, "slip while carrying 5 % BW, median", "mm", float(np.median(loaded)), at_most=5.0),
        Row(CLEAN, "penetration, mean", "mm", _mean(done, "penetration_mm"), at_most=3.0),
        Row(CLEAN, "penetration, deepest point, median of clips", "mm", float(np.median(depths))),
        Row(CLEAN, "height of points in contact, mean", "mm", _mean(done, "floating_mm")),
        Row(CLEAN, "frames without explanation", "%", 100 * float(np.mean([o.unexplained for o in done]))),
        Row(CLEAN, "joints moved, mean", "mm", 1e3 * float(np.mean([o.moved for o in done])), note=farthest),
    ]
    if falls:
        wrong = max(falls, key=lambda a: abs(a + 9.81))
        name = "acceleration in flight, farthest from -9.81"
        note = f"{len(falls)} flights"
        rows.append(Row(CLEAN, name, "m/s2", wrong, at_least=-10.8, at_most=-8.8, note=note))
    return rows


def _noisy(outcomes: Sequence[Outcome | None], group: str, target: float) -> list[Row]:
    left, done = residuals(outcomes), [o for o in outcomes if o is not None]
    if not done:
        return [skipped(group, "every clip", "physics was refused everywhere")]
    before, after = (
        1e3 * float(np.mean([getattr(o, n) for o in done])) for n in ("local_before", "local_after")
    )
    changed = [o.force_error for o in done]
    better = 100 * float(np.mean([o.local_after <= o.local_before for o in done]))
    seconds = sum(o.clip.seconds for o in done)
    return [
        Row(group, "residual force, median", "% BW", float(np.median(left)), at_most=target),
        Row(group, "residual force, nine tenths of the clips below", "% BW", float(np.quantile(left, 0.9))),
        Row(
            group, "vertical force of a foot, median change", "% BW", float(np.median(changed)), at_most=12.0
        ),
        Row(group, "local MPJPE before physics", "mm", before),
        Row(group, "local MPJPE after physics", "mm", after, at_most=before),
        Row(group, "clips whose local MPJPE is not worse", "%", better),
        Row(group, "implausible peaks of force", "", float(sum(o.figures.implausible_peaks for o in done))),
        Row(group, "frames without explanation", "%", 100 * float(np.mean([o.unexplained for o in done]))),
        Row(group, "clips refused", "", float(len(outcomes) - len(done))),
        Row(group, "time per second of motion", "s", sum(o.took for o in done) / seconds),
    ]


def _repeatable(clip: FlatClip) -> Row:
    """The same clip once more: nothing may differ."""
    first, second = (
        physical_motion(body_model(), clip.person, clip.times, clip.coordinates) for _ in range(2)
    )
    differences = [
        np.abs(getattr(first, name) - getattr(second, name)).max()
        for name in ("coordinates", "forces", "torques", "residual")
    ]
    return Row(CLEAN, "largest difference of a second run", "", float(max(differences)), at_most=0.0)


def _median(done: Sequence[Outcome], figure: str) -> float:
    return float(np.median([getattr(o.figures, figure) for o in done]))


def _mean(done: Sequence[Outcome], figure: str) -> float:
    return float(np.mean([getattr(o.figures, figure) for o in done]))
