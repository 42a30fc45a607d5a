"""Rows about avatars on real video: the balance recording with its reference, and the walking woman."""

from dataclasses import dataclass
from time import perf_counter

from borelli.avatar.gate import Judgement
from borelli.avatar.refine import Candidate, Learnt, decide, refine
from borelli.avatar.refine_config import RefineConfig
from borelli.errors import BorelliError
from borelli.evaluation.avatar_trial import held_out_likeness, prepare
from borelli.evaluation.benchmark.clips import VIEWS, Recording, balance, predict, street
from borelli.evaluation.benchmark.novel_view import LEARNT, novel_view_rows
from borelli.evaluation.benchmark.recorded import WALKING_WOMAN, balance_scores
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.motion.motion import Motion
from borelli.motion.observations import load_observations
from borelli.pipeline.posed import with_pose
from borelli.video import frames

BALANCE = "avatar on balance, against the reference"
STREET = "avatar of the walking woman, held-out frames"
CONFIG = RefineConfig()
FRAMES_TIMED, SECONDS = 100, 150.0
LEAST_PSNR, LEAST_SSIM = 26.0, 0.85


@dataclass(frozen=True, eq=False)
class Refined:
    """One person of one video."""

    before: Motion
    learnt: Learnt
    candidate: Candidate
    judgement: Judgement
    kept: Candidate
    seconds: float

    def motion(self, candidate: Candidate) -> Motion:
        """A candidate as a motion."""
        return with_pose(self.before, candidate.person, candidate.coordinates)


def video_rows(setting: Setting) -> list[Row]:
    """All rows of real video; a recording that is absent is skipped."""
    rows = []
    for view in VIEWS:
        if balance(setting, view).video.is_file():
            rows += _balance(setting, view)
        else:
            rows.append(skipped(BALANCE, view, "the recording is absent"))
    if not street(setting).video.is_file():
        return [*rows, skipped(STREET, "all", "the recording is absent")]
    return rows + _street(setting)


def _refined(setting: Setting, recording: Recording, motion: Motion) -> Refined:
    started = perf_counter()
    seen = load_observations(setting.work / f"{recording.video.stem}.npz")
    learnt = prepare(motion, seen, frames(recording.video), CONFIG).learnt(CONFIG)
    candidate = refine(learnt, CONFIG, lambda: None)
    judgement, kept = decide(learnt, candidate, CONFIG, lambda: None)
    return Refined(motion, learnt, candidate, judgement, kept, perf_counter() - started)


def _balance(setting: Setting, view: str) -> list[Row]:
    recording = balance(setting, view)
    found = _refined(setting, recording, predict(recording, setting.work).motions[0])
    before, after, ungated = (
        balance_scores(motion, setting, view)
        for motion in (found.before, found.motion(found.kept), found.motion(found.candidate))
    )
    decision = "accepted" if found.judgement.accepted else "; ".join(found.judgement.reasons)
    rows = [
        Row(
            BALANCE, f"{view} {name}", "mm", after[figure], at_most=round(before[figure], 2),
            note=f"before {before[figure]:.1f}, gate off {ungated[figure]:.1f}; {decision}",
        )
        for name, figure in (("MPJPE", "mpjpe_mm"), ("absolute MPJPE", "absolute_mpjpe_mm"))
    ]  # fmt: skip
    rows.append(
        Row(
            BALANCE, f"{view} whole stage, {len(found.before.time)} frames", "s", found.seconds,
            at_most=SECONDS if len(found.before.time) <= FRAMES_TIMED else None,
        )
    )  # fmt: skip
    if view == LEARNT:
        rows += novel_view_rows(setting, found.kept.avatar, found.motion(found.kept))
    return rows


def _street(setting: Setting) -> list[Row]:
    people = predict(street(setting), setting.work).motions
    her = next((motion for motion in people if motion.person == WALKING_WOMAN), None)
    if her is None:
        return [skipped(STREET, "all", "she was not found")]
    try:
        found = _refined(setting, street(setting), her)
    except BorelliError as error:
        return [skipped(STREET, "all", str(error))]
    peak, structure = held_out_likeness(found.learnt, found.kept)
    note = f"{len(found.learnt.held_out)} frames, crops of {CONFIG.size} px"
    return [
        Row(STREET, "PSNR inside the mask", "dB", peak, at_least=LEAST_PSNR, note=note),
        Row(STREET, "SSIM inside the mask", "", structure, at_least=LEAST_SSIM, note=note),
    ]
