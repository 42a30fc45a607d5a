"""How well simulated people perform motions whose truth is known; no clip is left out of any figure.

A clip that could not even be tried counts as a failure everywhere that a success is counted; errors are
means over the seconds that were performed, and the seconds are stated beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import forward, place
from borelli.body.model import BodyModel
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.policy.clips import RATE
from borelli.dynamics.policy.perform import Performed
from borelli.dynamics.policy.terminations import LOST, STRICT
from borelli.evaluation.policy_clips import Trial
from borelli.evaluation.positions import pa_mpjpe

ENOUGH_S = 5.0
"""Seconds of performance that count as a success; clips that are shorter must be performed to their end."""
FEET_LEFT_OUT = ("talus", "calcn", "toes")
STANDING_HEIGHT, STANDING_SPEED = 0.02, 0.3
"""Metres and m/s: a sole point of the truth that is so low and so slow stands."""


@dataclass(frozen=True)
class Figures:
    """One clip, metres and seconds; errors over the frames performed, NaN where there are none."""

    name: str
    action: str
    seconds: float
    """Of the clip."""
    up: float
    """Seconds performed before a fall."""
    phc: bool
    """Performed to the end with joints within 0.5 m of the truth on average, in every frame."""
    physhmr: bool
    """Performed to the end with every joint but those of the feet within 0.25 m of the truth."""
    mpjpe: float
    """Root-relative, 24 joints."""
    pa_mpjpe: float
    root: float
    """Of the pelvis in the world."""
    acceleration: float
    """m/s^2, mean difference over joints."""
    slide: float
    """m/s, mean level speed of the points of the soles while the truth's stand."""
    penetration: float
    """Mean depth of the lowest sole point below the floor."""
    height_variation: float
    """Standard deviation of the height error of the pelvis."""

    @property
    def performed(self) -> bool:
        """Five seconds, or all of a shorter clip."""
        return self.up >= min(ENOUGH_S, self.seconds) - 1e-6


def trial_figures(model: BodyModel, trial: Trial, performed: Performed | None) -> Figures:
    """Figures of one trial; None for one that could not be tried."""
    return coordinate_figures(model, trial, None if performed is None else performed.coordinates)


def coordinate_figures(model: BodyModel, trial: Trial, coordinates: np.ndarray | None) -> Figures:
    """Figures of coordinates (F, 49) at RATE that somebody performed of a trial, before a fall."""
    if coordinates is None:
        return failure(trial.name, trial.action, (len(trial.joints) - 1) / RATE)
    pose = forward(model, trial.clip.person, coordinates)
    touch = contact_points(model)
    points = touch.points.at(touch.soles)
    soles = place(pose, points, model, trial.clip.person)
    truth = trial.clip.reference
    assert truth is not None
    still = place(forward(model, trial.clip.person, truth.coordinates), points, model, trial.clip.person)
    stands = (still[..., 1] < STANDING_HEIGHT) & (_level_speed(still) < STANDING_SPEED)
    names = enumerate(model.skeleton.segment_names)
    feet = [i for i, name in names if name.startswith(FEET_LEFT_OUT)]
    return figures(trial.name, trial.action, pose.joints, trial.joints, soles, stands, feet)


def failure(name: str, action: str, seconds: float) -> Figures:
    """Figures of a clip that could not be tried."""
    return Figures(name, action, seconds, 0.0, False, False, *[float("nan")] * 7)


def figures(
    name: str,
    action: str,
    joints: np.ndarray,
    truth: np.ndarray,
    soles: np.ndarray,
    stands: np.ndarray,
    feet: Sequence[int],
) -> Figures:
    """Compare what was performed in F frames with the truth in T >= F frames, both at RATE.

    Args:
        name: of the clip.
        action: its motion class.
        joints: (F, J, 3) performed, metres; the pelvis first.
        truth: (T, J, 3).
        soles: (F, P, 3) contact points of the feet.
        stands: (T, P) bool: these points of the truth stand.
        feet: joints that PhysHMR's rule leaves out.
    """
    count, total = min(len(joints), len(truth)), len(truth)
    if count == 0:
        return failure(name, action, (total - 1) / RATE)
    found, wanted = joints[:count], truth[:count]
    away = np.linalg.norm(found - wanted, axis=-1)
    body = np.setdiff1d(np.arange(found.shape[1]), np.asarray(feet))
    whole = count >= total
    gap = (found - found[:, :1]) - (wanted - wanted[:, :1])
    held = stands[:count]
    return Figures(
        name,
        action,
        (total - 1) / RATE,
        (count - 1) / RATE,
        whole and bool(away.mean(axis=1).max() <= LOST),
        whole and bool(away[:, body].max() <= STRICT),
        float(np.linalg.norm(gap, axis=-1).mean()),
        pa_mpjpe(found, wanted),
        float(away[:, 0].mean()),
        _acceleration(found, wanted),
        float(_level_speed(soles[:count])[held].mean()) if held.any() and count > 1 else 0.0,
        float(np.maximum(-soles[:count, :, 1].min(axis=1), 0.0).mean()),
        float(np.std((found - wanted)[:, 0, 1])),
    )


@dataclass(frozen=True)
class Summary:
    """Over clips; errors weigh each performed frame alike."""

    clips: int
    performed: float
    """Share of clips, as the two below."""
    phc: float
    physhmr: float
    up: float
    """Share of all seconds."""
    mpjpe: float
    pa_mpjpe: float
    root: float
    acceleration: float
    slide: float
    penetration: float
    height_variation: float


_ERRORS = ("mpjpe", "pa_mpjpe", "root", "acceleration", "slide", "penetration", "height_variation")


def summary(clips: Sequence[Figures]) -> Summary:
    """Means over all clips; those that could not be tried weigh in every share."""
    up = np.array([one.up for one in clips])

    def mean(name: str) -> float:
        values = np.array([getattr(one, name) for one in clips])
        there = np.isfinite(values) & (up > 0)
        return float(np.average(values[there], weights=up[there])) if there.any() else float("nan")

    share_up = float(up.sum() / max(sum(one.seconds for one in clips), 1e-9))
    return Summary(
        len(clips),
        float(np.mean([one.performed for one in clips])),
        float(np.mean([one.phc for one in clips])),
        float(np.mean([one.physhmr for one in clips])),
        share_up,
        **{name: mean(name) for name in _ERRORS},
    )


def by_action(clips: Sequence[Figures]) -> dict[str, Summary]:
    """Summaries of each motion class, in order of the alphabet."""
    actions = sorted({one.action for one in clips})
    return {action: summary([one for one in clips if one.action == action]) for action in actions}


def _level_speed(points: np.ndarray) -> np.ndarray:
    """(T, P) m/s of points (T, P, 3)."""
    return np.linalg.norm(np.gradient(points, 1 / RATE, axis=0)[..., [0, 2]], axis=-1)


def _acceleration(found: np.ndarray, wanted: np.ndarray) -> float:
    """Mean length of the difference of second differences, m/s^2; NaN for fewer than three frames."""
    if len(found) < 3:
        return float("nan")
    second = np.diff(found - wanted, n=2, axis=0) * RATE**2
    return float(np.linalg.norm(second, axis=-1).mean())
