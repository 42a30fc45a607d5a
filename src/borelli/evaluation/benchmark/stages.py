"""What each stage gains on real video: 3D hints, the estimator, the lifter, fit in the loop."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from borelli.body.model import body_model
from borelli.evaluation.balance import read_balance_reference, score_balance
from borelli.evaluation.benchmark.clips import (
    VIEWS,
    Recording,
    balance,
    camera_of,
    evidence_of,
    predict,
    street,
)
from borelli.evaluation.benchmark.recorded import balance_scores
from borelli.evaluation.benchmark.rows import Row, Setting, skipped

GAIN, LOOP = "gain of each stage, balance", "before and after fit in the loop"
PARTS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")


def measure(setting: Setting) -> list[Row]:
    """PA-MPJPE and MPJPE after every stage; with --loop also fine-tuned on the clips themselves."""
    if setting.quick or not balance(setting, VIEWS[0]).video.is_file():
        return [skipped(GAIN, "every stage", "--quick, or the recording is absent")]
    rows = []
    for view in VIEWS:
        clip = balance(setting, view)
        rows += _rows(f"{view}, 3D hints only", _hints(setting, clip, view))
        rows += _scored(f"{view}, + estimator", setting, _without(clip), view)
        rows += _scored(f"{view}, + lifter", setting, clip, view)
    if not setting.loop:
        return [*rows, skipped(GAIN, "+ fit in the loop", "measured with --loop")]
    tuned = _fine_tuned(setting)
    for view in VIEWS:
        rows += _scored(f"{view}, + fit in the loop", setting, _with(balance(setting, view), tuned), view)
    return rows + _before_and_after(setting, tuned)


def _without(clip: Recording) -> Recording:
    return replace(clip, run=replace(clip.run, lifter="none"))


def _with(clip: Recording, lifter: Path) -> Recording:
    return replace(clip, run=replace(clip.run, checkpoint=lifter))


def _scored(stage: str, setting: Setting, clip: Recording, view: str) -> list[Row]:
    return _rows(stage, balance_scores(predict(clip, setting.work).motions[0], setting, view))


def _rows(stage: str, scores: Mapping[str, float]) -> list[Row]:
    return [
        Row(GAIN, f"{stage}: PA-MPJPE", "mm", scores["pa_mpjpe_mm"]),
        Row(GAIN, f"{stage}: MPJPE", "mm", scores["mpjpe_mm"]),
    ]


def _hints(setting: Setting, clip: Recording, view: str) -> dict[str, float]:
    """The detector's own 3D landmarks, turned to the ray of the person."""
    evidence = evidence_of(clip, setting.work)[0]
    assert evidence.hints is not None
    keypoints = {f"{part}_{side[0]}": f"{side}_{part}" for part in PARTS for side in ("right", "left")}
    columns = [evidence.names.index(keypoint) for keypoint in keypoints.values()]
    path = setting.data / "video" / "balance" / "reference_cam01_cam03.npz"
    joints = evidence.hints[:, columns]
    return score_balance(joints, tuple(keypoints), evidence.times, read_balance_reference(path), view)


def _clips(setting: Setting) -> list[Recording]:
    return [*(balance(setting, view) for view in VIEWS), street(setting)]


def _fine_tuned(setting: Setting) -> Path:
    """The shipped network after three rounds on the recorded clips; their truth is not read."""
    from borelli.lifting.lifter import SHIPPED, Lifter, load_lifter
    from borelli.lifting.network import LifterNetwork
    from borelli.training.corpus import read_corpus
    from borelli.training.export import export_lifter, import_lifter
    from borelli.training.loop import Footage, LoopConfig, fit_in_loop
    from borelli.training.motions import Source
    from borelli.training.poses import pose_pool

    footage = [
        Footage(f"{clip.video.name}/{i}", evidence, camera_of(clip), _stature(clip))
        for clip in _clips(setting)
        for i, evidence in enumerate(evidence_of(_without(clip), setting.work))
    ]
    network, inflation = import_lifter(SHIPPED)
    model, path = body_model(), setting.work / "tuned.onnx"
    cache = setting.work / "recordings"
    recordings = read_corpus(model, setting.data / "mocap", "train", cache, lambda done, total: None)
    source = Source.of(model, recordings, pose_pool(model, 5000, np.random.default_rng(setting.seed)))

    def saved(network: LifterNetwork) -> Lifter:
        export_lifter(network, inflation, path)
        return load_lifter(path)

    fit_in_loop(network, footage, source, saved, LoopConfig(seed=setting.seed), lambda *told: None)
    return path


def _stature(clip: Recording) -> float | None:
    return clip.run.stature[0] if clip.run.stature else None


def _before_and_after(setting: Setting, tuned: Path) -> list[Row]:
    """Reprojection, slip and limits over all people of all clips."""
    rows = []
    before: dict[str, float] = {}
    for when, clips in (
        ("before", _clips(setting)),
        ("after", [_with(clip, tuned) for clip in _clips(setting)]),
    ):
        found = [verdict for clip in clips for verdict in predict(clip, setting.work).verdicts]
        slips = [slip for verdict in found for slip in verdict.stance_slip_mm]
        figures = {
            "reprojection": float(np.mean([verdict.reprojection_mm for verdict in found])),
            "median slip": float(np.median(slips)) if slips else 0.0,
        }
        for name, value in figures.items():
            rows.append(Row(LOOP, f"{name}, {when}", "mm", value, at_most=before.get(name)))
        violated = float(sum(verdict.limit_violations for verdict in found))
        rows.append(Row(LOOP, f"joint limits violated, {when}", "frames", violated, at_most=0.0))
        before = figures
    return rows
