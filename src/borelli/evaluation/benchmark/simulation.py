"""Proof by simulation on motion capture: performed without any force from outside, how far off, how fast."""

import numpy as np

from borelli.body.model import body_model
from borelli.dynamics.recorded import physical_motion
from borelli.dynamics.sampling import SamplingConfig, perform
from borelli.dynamics.simulation import Simulation
from borelli.errors import BorelliError
from borelli.evaluation.benchmark.flat_clips import FlatClip, flat_clips
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.geometry.filters import lowpass

GROUP = "simulation without outside force, val walks, runs and jumps"
KINDS = ("walk", "run", "jump")
CUTOFF_HZ = 6.0


def measure(setting: Setting) -> list[Row]:
    """Rows over all clips; one that physics refuses counts as fallen."""
    folder = setting.data / "mocap"
    if setting.quick or not (folder / "manifest.csv").is_file():
        return [skipped(GROUP, "every clip", "--quick, or the recordings are absent")]
    clips = [clip for clip in flat_clips(folder) if clip.kind in KINDS]
    runs = [(clip, _perform(clip, setting.seed)) for clip in clips]
    return _rows(runs)


def _perform(clip: FlatClip, seed: int) -> Simulation | None:
    model, smooth = body_model(), lowpass(clip.coordinates, clip.times, CUTOFF_HZ)
    try:
        reference = physical_motion(model, clip.person, clip.times, smooth)
    except BorelliError:
        return None
    return perform(model, reference, SamplingConfig(seed=seed))


def _rows(runs: list[tuple[FlatClip, Simulation | None]]) -> list[Row]:
    performed = [(clip, found) for clip, found in runs if found is not None and not found.fell]
    share = 100 * len(performed) / len(runs)
    fallen = ", ".join(clip.name for clip, found in runs if found is None or found.fell)
    rows = [
        Row(
            GROUP,
            "performed without falling",
            "% of clips",
            share,
            at_least=90.0,
            note=f"fell: {fallen or 'none'}",
        )
    ]
    if not performed:
        return rows
    local = [1e3 * float(np.nanmean(found.local_error)) for _, found in performed]
    away = [1e3 * float(np.nanmean(found.global_error)) for _, found in performed]
    pace = [found.wall_time / clip.seconds for clip, found in performed]
    return [
        *rows,
        Row(GROUP, "root-relative error, median over clips", "mm", float(np.median(local)), at_most=35.0),
        Row(GROUP, "root-relative error, worst clip", "mm", max(local), at_most=35.0),
        Row(GROUP, "global error, median over clips", "mm", float(np.median(away))),
        Row(GROUP, "time per second of motion, median", "s", float(np.median(pace)), at_most=2.0),
        Row(GROUP, "time per second of motion, longest", "s", max(pace), at_most=2.0),
    ]
