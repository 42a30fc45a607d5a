"""Rows about avatars on real video: the balance recording with its reference, and the walking woman."""

import json
import subprocess
import sys
from dataclasses import replace
from math import ceil

from borelli.avatar.refine_config import RefineConfig
from borelli.evaluation.benchmark.avatar_street import street_rows
from borelli.evaluation.benchmark.clips import VIEWS, Recording, balance, predict
from borelli.evaluation.benchmark.novel_view import LEARNT, novel_view_rows
from borelli.evaluation.benchmark.recorded import balance_scores
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.benchmark.speed import RUN_AND_TELL_PEAK
from borelli.motion.motion import Motion
from borelli.motion.observations import load_observations
from borelli.pipeline.avatar import Made, NotMade, make_avatars
from borelli.pipeline.detect import silent
from borelli.video import frames

BALANCE = "avatar on balance, against the reference"
COST = "avatar, whole stage of `borelli run`"
CONFIG = RefineConfig()
SECONDS, GIGABYTES = 150.0, 3.0


def video_rows(setting: Setting) -> list[Row]:
    """All rows of real video; a recording that is absent is skipped."""
    rows = []
    for view in VIEWS:
        if balance(setting, view).video.is_file():
            rows += _balance(setting, view)
        else:
            rows.append(skipped(BALANCE, view, "the recording is absent"))
    if balance(setting, LEARNT).video.is_file():
        rows += _cost(setting)
    return rows + street_rows(setting, CONFIG)


def _balance(setting: Setting, view: str) -> list[Row]:
    """Before and after, without a stature, which was not published, and with the one assumed elsewhere."""
    stated = balance(setting, view)
    unknown = replace(stated, run=replace(stated.run, stature=()))
    rows = []
    for recording, given in ((unknown, ""), (stated, f", {stated.run.stature[0]} m stated")):
        before = predict(recording, setting.work).motions[0]
        made = _made(setting, recording, before)
        if isinstance(made, NotMade):
            return [*rows, skipped(BALANCE, view, made.reason)]
        rows += balance_rows(setting, view, given, before, made)
        if view == LEARNT and not given:
            rows += novel_view_rows(setting, made.avatar, made.motion)
    return rows


def _made(setting: Setting, recording: Recording, motion: Motion) -> Made | NotMade:
    """The avatar stage as in a run, physics and gate included."""
    seen = load_observations(setting.work / f"{recording.video.stem}.npz")
    (made,) = make_avatars(
        [motion], seen, lambda: frames(recording.video), recording.run, None, silent, CONFIG
    )
    return made


def balance_rows(setting: Setting, view: str, given: str, before: Motion, made: Made) -> list[Row]:
    """Rows of one view; not to be worse than before is their target."""
    old, kept, ungated = (balance_scores(m, setting, view) for m in (before, made.motion, made.refined))
    decision = "accepted" if made.judgement.accepted else "refused: " + "; ".join(made.judgement.reasons)
    figures = (("MPJPE", "mpjpe_mm"), ("absolute MPJPE", "absolute_mpjpe_mm"), ("PA-MPJPE", "pa_mpjpe_mm"))
    return [
        Row(
            BALANCE, f"{view} {name}{given}", "mm", kept[figure], at_most=ceil(100 * old[figure]) / 100,
            note=f"before {old[figure]:.1f}, gate off {ungated[figure]:.1f}; {decision}",
        )
        for name, figure in figures
    ]  # fmt: skip


def _cost(setting: Setting) -> list[Row]:
    """Time of the stage, and peak memory of the whole program, in a process of its own."""
    out = setting.work / "avatar"
    given = ["--models", str(setting.models)] if setting.models else []
    command = ["run", str(balance(setting, LEARNT).video), "--out", str(out)]
    command += ["--avatar", "--people", "largest", "--force", *given]
    done = subprocess.run(
        [sys.executable, "-c", RUN_AND_TELL_PEAK, *command], check=False, capture_output=True, text=True
    )
    if done.returncode:
        return [skipped(COST, "all", done.stderr.strip().splitlines()[-1][:200])]
    report = json.loads(next(out.rglob("run.json")).read_text("utf-8"))
    seconds = report["seconds"]["avatar"]
    note = f"{LEARNT}, {CONFIG.gaussians} Gaussians, crops of {CONFIG.size} px, first run with compiled code"
    peak = float(done.stderr.split("peak")[-1]) / 1e9
    return [
        Row(COST, "time, 100 frames", "s", seconds, at_most=SECONDS, note=note),
        Row(COST, "peak memory of the program", "GB", peak, at_most=GIGABYTES),
    ]
