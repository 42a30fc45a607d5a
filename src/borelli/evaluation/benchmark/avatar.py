"""Rows about poses refined by pictures: clips with exact truth, and what each kind of evidence adds."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from borelli.avatar.losses import LossWeights
from borelli.avatar.refine import Candidate, Learnt, decide, refine
from borelli.avatar.refine_config import RefineConfig
from borelli.body.model import Person, body_model
from borelli.body.stature import stature
from borelli.evaluation.avatar_trial import depth_of, pictures_of, prepare
from borelli.evaluation.benchmark.avatar_video import video_rows
from borelli.evaluation.benchmark.rows import Row, Setting
from borelli.evaluation.case_motion import case_motion, case_observations
from borelli.evaluation.rendered_clips import PoseErrors, RefinementCase, pose_errors, refinement_case
from borelli.geometry.camera import Camera
from borelli.motion.motion import Motion
from borelli.pipeline.config import RunConfig
from borelli.pipeline.detect import silent
from borelli.pipeline.stages import reconstruct_people

WRONG = "rendered clips, joints 10-15 deg and root 5 cm off"
ESTIMATED = "rendered clips, from the pipeline's own estimate"
SEEDS, FRAMES = range(3), 16
UNSEEN_SEEDS = range(6, 9)
"""Never looked at while the refinement was tuned."""
ESTIMATED_SEEDS, ESTIMATED_FRAMES, ESTIMATED_RATE = range(10, 16), 24, 15.0
"""The estimator was made for video: four frames per second, as above, are too few for it."""
FULL, DEPTH = "+ colour", "+ depth"
WITHOUT_DEPTH = LossWeights(depth=0.0)
CONFIG = RefineConfig(weights=WITHOUT_DEPTH)
STAGES: tuple[tuple[str, RefineConfig], ...] = (
    ("keypoints only", replace(CONFIG, picture_weight=0.0)),
    ("+ mask", replace(CONFIG, weights=LossWeights(l1=0.0, ssim=0.0, depth=0.0))),
    (FULL, CONFIG),
    (DEPTH, RefineConfig()),
)
"""Each adds one kind of evidence to the one before."""
SHARE_PERCENT, ROOT_DEPTH_MM = 25.0, 30.0
BETTER_PERCENT, WORSE_MM = 80.0, 2.0


@dataclass(frozen=True)
class Outcome:
    """Errors of one clip before and after, and what the gate did."""

    before: PoseErrors
    after: PoseErrors
    kept: PoseErrors
    """After the gate."""
    accepted: bool


def measure(setting: Setting) -> list[Row]:
    """Rendered clips, then real videos."""
    return _ablation() + _unseen() + _from_estimates() + video_rows(setting)


def _ablation() -> list[Row]:
    found: dict[str, list[tuple[PoseErrors, PoseErrors]]] = {name: [] for name, _ in STAGES}
    gated = []
    for seed in SEEDS:
        case = refinement_case(seed, frames=FRAMES)
        with TemporaryDirectory() as folder:
            learnt = _learnt(case, case_motion(case), Path(folder))
        before = pose_errors(case, case.start)
        for name, config in STAGES:
            candidate = refine(learnt, config, lambda: None)
            after = _errors(case, candidate)
            found[name].append((before, after))
            if name == FULL:
                judgement, kept = decide(learnt, candidate, config, lambda: None)
                gated.append(Outcome(before, after, _errors(case, kept), judgement.accepted))
    rows = [row for name, pairs in found.items() for row in stage_rows(name, pairs)]
    shares = [100 * outcome.kept.mpjpe / outcome.before.mpjpe for outcome in gated]
    note = f"accepted {sum(o.accepted for o in gated)} of {len(gated)}"
    return [
        *rows,
        Row(WRONG, f"{FULL}, gate on: MPJPE after / before", "%", float(np.mean(shares)), note=note),
    ]


def stage_rows(name: str, pairs: list[tuple[PoseErrors, PoseErrors]]) -> list[Row]:
    """Rows of one stage from the errors of every clip before and after."""
    shares = [100 * refined.mpjpe / start.mpjpe for start, refined in pairs]
    before, after = (
        1e3 * float(np.mean([errors.mpjpe for errors in side])) for side in zip(*pairs, strict=True)
    )
    aligned = 1e3 * float(np.mean([refined.pa_mpjpe for _, refined in pairs]))
    depth = 1e3 * float(np.mean([refined.root_depth for _, refined in pairs]))
    note = f"{before:.0f} to {after:.0f} mm, PA {aligned:.0f} mm, seeds 0 to {len(pairs) - 1}, gate off"
    share, limit = (SHARE_PERCENT, ROOT_DEPTH_MM) if name == FULL else (None, None)
    return [
        Row(WRONG, f"{name}: MPJPE after / before", "%", float(np.mean(shares)), at_most=share, note=note),
        Row(WRONG, f"{name}: root depth", "mm", depth, at_most=limit),
    ]


def _unseen() -> list[Row]:
    """All evidence but depth maps, as in the ablation, on clips that no choice was made on."""
    pairs = []
    for seed in UNSEEN_SEEDS:
        case = refinement_case(seed, frames=FRAMES)
        with TemporaryDirectory() as folder:
            learnt = _learnt(case, case_motion(case), Path(folder))
        refined = _errors(case, refine(learnt, CONFIG, lambda: None))
        pairs.append((pose_errors(case, case.start), refined))
    return unseen_rows(pairs)


def unseen_rows(pairs: list[tuple[PoseErrors, PoseErrors]]) -> list[Row]:
    """Rows of the clips with UNSEEN_SEEDS, from the errors of each before and after."""
    shares = [100 * refined.mpjpe / start.mpjpe for start, refined in pairs]
    depth = 1e3 * float(np.mean([refined.root_depth for _, refined in pairs]))
    seeds = f"seeds {UNSEEN_SEEDS[0]} to {UNSEEN_SEEDS[-1]}, never looked at"
    note = f"{', '.join(f'{share:.0f}' for share in shares)} % clip by clip, gate off"
    return [
        Row(WRONG, f"{FULL}, {seeds}: MPJPE after / before", "%", float(np.mean(shares)),
            at_most=SHARE_PERCENT, note=note),
        Row(WRONG, f"{FULL}, {seeds}: root depth", "mm", depth, at_most=ROOT_DEPTH_MM),
    ]  # fmt: skip


def _learnt(case: RefinementCase, motion: Motion, folder: Path) -> Learnt:
    depth = depth_of(case, folder)
    trial = prepare(motion, case_observations(case), pictures_of(case), CONFIG, depth)
    return trial.learnt(CONFIG)


def _errors(case: RefinementCase, candidate: Candidate, camera: Camera | None = None) -> PoseErrors:
    return pose_errors(case, candidate.coordinates, candidate.person, camera)


def _from_estimates() -> list[Row]:
    outcomes = [_from_estimate(seed) for seed in ESTIMATED_SEEDS]
    changes = np.array([1e3 * (o.kept.mpjpe - o.before.mpjpe) for o in outcomes])
    open_gate = np.array([1e3 * (o.after.mpjpe - o.before.mpjpe) for o in outcomes])
    before = 1e3 * float(np.mean([o.before.mpjpe for o in outcomes]))
    after = 1e3 * float(np.mean([o.kept.mpjpe for o in outcomes]))
    accepted = sum(o.accepted for o in outcomes)
    seeds = f"seeds {ESTIMATED_SEEDS[0]} to {ESTIMATED_SEEDS[-1]}"
    note = f"{before:.0f} to {after:.0f} mm; accepted {accepted} of {len(outcomes)}, {seeds}"
    return [
        Row(
            ESTIMATED, "clips with a lower MPJPE", "%", 100 * float(np.mean(changes < 0)),
            at_least=BETTER_PERCENT, note=note,
        ),
        Row(ESTIMATED, "largest rise of the MPJPE", "mm", float(changes.max()), at_most=WORSE_MM),
        Row(ESTIMATED, "gate off: clips with a lower MPJPE", "%", 100 * float(np.mean(open_gate < 0))),
        Row(ESTIMATED, "gate off: largest rise of the MPJPE", "mm", float(open_gate.max())),
    ]  # fmt: skip


def _from_estimate(seed: int) -> Outcome:
    case = refinement_case(seed, frames=ESTIMATED_FRAMES, rate=ESTIMATED_RATE)
    stated = round(stature(body_model(), case.person), 3)
    run = RunConfig(people="largest", stature=(stated,), no_physics=True)
    seen = case_observations(case)
    motion = reconstruct_people(seen, case.camera, "rendered.mp4", run, silent).motions[0]
    camera = replace(case.camera, K=motion.K, T_camera_world=motion.T_camera_world[0])
    learnt = prepare(motion, seen, pictures_of(case), CONFIG).learnt(CONFIG)
    candidate = refine(learnt, CONFIG, lambda: None)
    judgement, kept = decide(learnt, candidate, CONFIG, lambda: None)
    person = Person(motion.shape, motion.log_lengths, motion.scale)
    return Outcome(
        before=pose_errors(case, motion.coordinates, person, camera),
        after=_errors(case, candidate, camera),
        kept=_errors(case, kept, camera),
        accepted=judgement.accepted,
    )
