"""Performed by policy, whole-body control, sampling controller, or nobody: the same clips, none left out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np
from scipy.interpolate import CubicSpline

from borelli.body.model import BodyModel, body_model
from borelli.dynamics.policy.clips import RATE, frame_times
from borelli.dynamics.policy.library import Library, library
from borelli.dynamics.policy.observation import layout_of
from borelli.dynamics.policy.perform import Decide, balancing, perform_clips, seeing
from borelli.dynamics.policy.policy import Policy, shipped_policy
from borelli.dynamics.sampling import SamplingConfig, perform
from borelli.errors import BorelliError
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.performed import (
    Figures,
    Summary,
    by_action,
    coordinate_figures,
    failure,
    summary,
    trial_figures,
)
from borelli.evaluation.policy_clips import Refused, Trial, mocap_trials
from borelli.pipeline.files import performance_of

GROUP = "policy: val clips seen by virtual cameras"
WALK = "walk"
WALK_CAMERAS = 3
WORLDS, TIMED_STEPS, TIMED_CALLS = 64, 60, 500
Fill = Callable[[Trial], Figures]
Controller = Callable[[Library], Decide]


def measure(setting: Setting) -> list[Row]:
    """Rows over all val clips on flat ground; walks are seen by three cameras each."""
    folder = setting.data / "mocap"
    if not (folder / "manifest.csv").is_file():
        return [skipped(GROUP, "every clip", "the mocap pack is absent")]
    model, policy, cache = body_model(), shipped_policy(), setting.work / "policy"
    walks = mocap_trials(model, folder, "val", cache, (WALK,), WALK_CAMERAS, setting.seed)
    trials, refused = mocap_trials(model, folder, "val", cache, seed=setting.seed)
    other = [t for t in trials if t.action != WALK], [r for r in refused if r.action != WALK]
    clips = library(model, [trial.clip for trial in walks[0]], policy.body)

    def by_policy(some: Library) -> Decide:
        return seeing(some, policy.act)

    return [
        *_summary_rows("policy", summary(_performed(model, policy, by_policy, *walks)), targets=True),
        *_summary_rows("whole-body controller", summary(_performed(model, policy, balancing, *walks))),
        *_summary_rows(
            "sampling", summary(_each(*walks, lambda trial: _sampled(model, trial, setting.seed)))
        ),
        *_kinematic_rows(summary(_each(*walks, lambda trial: _dynamics(model, trial)))),
        *_action_rows("policy", by_action(_performed(model, policy, by_policy, *other))),
        *_action_rows("whole-body controller", by_action(_performed(model, policy, balancing, *other))),
        *_speed_rows(clips, policy),
    ]


def _performed(
    model: BodyModel,
    policy: Policy,
    controller: Controller,
    trials: Sequence[Trial],
    refused: Sequence[Refused],
) -> list[Figures]:
    clips = library(model, [trial.clip for trial in trials], policy.body)
    found = perform_clips(clips, controller(clips))
    tried = [trial_figures(model, trial, one) for trial, one in zip(trials, found, strict=True)]
    return [*tried, *_failures(refused)]


def _each(trials: Sequence[Trial], refused: Sequence[Refused], fill: Fill) -> list[Figures]:
    return [*(fill(trial) for trial in trials), *_failures(refused)]


def _failures(refused: Sequence[Refused]) -> list[Figures]:
    return [failure(one.name, one.action, one.seconds) for one in refused]


def _sampled(model: BodyModel, trial: Trial, seed: int) -> Figures:
    """The sampling controller on what whole-clip dynamics made of the pictures."""
    performance = performance_of(trial.motion)
    if performance is None:
        return coordinate_figures(model, trial, None)
    try:
        found = perform(model, performance, SamplingConfig(seed=seed))
    except BorelliError:
        return coordinate_figures(model, trial, None)
    return coordinate_figures(model, trial, _at_rate(trial, found.coordinates[found.simulated]))


def _dynamics(model: BodyModel, trial: Trial) -> Figures:
    """What whole-clip dynamics made of the pictures, which nobody performed."""
    return coordinate_figures(model, trial, _at_rate(trial, trial.motion.coordinates))


def _at_rate(trial: Trial, coordinates: np.ndarray) -> np.ndarray:
    """The first frames (F, 49) of a motion's clock, at RATE."""
    times = trial.motion.time[: len(coordinates)]
    if len(times) < 2:
        return coordinates
    at = frame_times(times)
    return CubicSpline(times, coordinates)(np.minimum(at, times[-1]))


def _summary_rows(who: str, found: Summary, targets: bool = False) -> list[Row]:
    group = f"{GROUP}, walks, {who}"
    rows = [
        Row(group, "performed 5 s or to the end", "% of clips", 100 * found.performed, at_least=80.0),
        Row(group, "success, joints within 0.5 m on average (PHC)", "% of clips", 100 * found.phc),
        Row(group, "success, every joint within 0.25 m (PhysHMR)", "% of clips", 100 * found.physhmr),
        Row(group, "up", "% of seconds", 100 * found.up),
        Row(group, "MPJPE, root-relative, while up", "mm", 1e3 * found.mpjpe, at_most=80.0),
        *_error_rows(group, found),
    ]
    note = f"{found.clips} clips"
    return [replace(r, note=note) if targets else replace(r, at_least=None, at_most=None) for r in rows]


def _kinematic_rows(found: Summary) -> list[Row]:
    group = f"{GROUP}, walks, whole-clip dynamics (not performed)"
    return [Row(group, "MPJPE, root-relative", "mm", 1e3 * found.mpjpe), *_error_rows(group, found)]


def _error_rows(group: str, found: Summary) -> list[Row]:
    return [
        Row(group, "PA-MPJPE", "mm", 1e3 * found.pa_mpjpe),
        Row(group, "pelvis in the world", "mm", 1e3 * found.root),
        Row(group, "acceleration error", "m/s2", found.acceleration),
        Row(group, "slide of soles on the floor", "mm/s", 1e3 * found.slide),
        Row(group, "penetration of the floor", "mm", 1e3 * found.penetration),
        Row(group, "height of the pelvis, sd of the error", "mm", 1e3 * found.height_variation),
    ]


def _action_rows(who: str, classes: dict[str, Summary]) -> list[Row]:
    rows = []
    for action, found in classes.items():
        group = f"{GROUP}, {action}, {who}"
        note = f"{found.clips} clips"
        rows += [
            Row(group, "performed 5 s or to the end", "% of clips", 100 * found.performed, note=note),
            Row(group, "up", "% of seconds", 100 * found.up),
            Row(group, "MPJPE, root-relative, while up", "mm", 1e3 * found.mpjpe),
        ]
    return rows


def _speed_rows(clips: Library, policy: Policy) -> list[Row]:
    """Decisions per second of the policy alone on one core, and of the environment on two."""
    group = f"{GROUP}, speed"
    seen = np.zeros((1, layout_of(clips).size), dtype=np.float32)
    policy.act(seen)
    begun = perf_counter()
    for _ in range(TIMED_CALLS):
        policy.act(seen)
    pace = TIMED_CALLS / (perf_counter() - begun) / RATE
    return [
        Row(group, "policy alone on one core", "x real time", pace, at_least=1.0),
        Row(group, "whole-body control and physics on one core", "x real time", _control_pace(clips)),
        _environment_row(group, clips),
    ]


def _control_pace(clips: Library) -> float:
    """Seconds of motion per second, all clips together."""
    begun = perf_counter()
    found = perform_clips(clips, balancing(clips), 1)
    return sum(len(one.coordinates) - 1 for one in found) / RATE / (perf_counter() - begun)


def _environment_row(group: str, clips: Library) -> Row:
    name = "environment on two threads"
    try:
        from borelli.dynamics.policy.environment import EnvConfig, PolicyEnv
    except ImportError as error:
        return skipped(group, name, f"needs {error.name}: pip install 'borelli[policy]'")
    env = PolicyEnv(clips, EnvConfig(worlds=WORLDS))
    env.reset(seed=0)
    idle = np.zeros((WORLDS, clips.targets.shape[2]))
    begun = perf_counter()
    for _ in range(TIMED_STEPS):
        env.step(idle)
    pace = WORLDS * TIMED_STEPS / (perf_counter() - begun)
    env.close()
    return Row(group, name, "steps/s", pace, at_least=2000.0, note="30 steps are a second of motion")
