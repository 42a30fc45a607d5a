"""What a motion that obeys physics says about itself: figures before and after, and what they mean.

certified = certify(model, performance, before)
certified.certificate.remarks          # sentences for users
certificate_json(certified.certificate)
write_certificate_csv(path, certified)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from borelli.body.kinematics import forward
from borelli.body.model import BodyModel
from borelli.body.trajectories import frame_runs
from borelli.dynamics.centre_of_mass import runs
from borelli.dynamics.figures import Figures, figures
from borelli.dynamics.frame_figures import FrameFigures, frame_figures
from borelli.dynamics.performance import Performance
from borelli.dynamics.remarks import Remark, refusal, remarks
from borelli.geometry.alignment import align_runs

TOGETHER = 0.2
"""Seconds: unexplained stretches nearer than this are one to a reader."""


@dataclass(frozen=True)
class Moved:
    """How far physics moved the joints, once the whole clip is turned and shifted back as one.

    From video, physics may also turn the world by what it learns about gravity, which is no error of motion.
    """

    mean_mm: float
    largest_mm: float
    world_mm: float
    """Mean without turning and shifting back."""
    local_mm: float
    """Mean with the pelvis joint removed in every frame."""
    turned_deg: float
    """Mean over frames and joint angles."""


@dataclass(frozen=True)
class Certificate:
    """Of one person and clip."""

    applied: bool
    """False: the motion is the kinematic one; there are no forces and torques."""
    reason: str
    """Why physics was not applied, "" when it was."""
    before: Figures | None
    """Of the kinematic motion, judged with the same contacts."""
    after: Figures | None
    moved: Moved | None
    reprojection_mm: tuple[float, float] | None
    """Root mean square distance to the keypoints on the body, before and after; None without pictures."""
    unexplained: tuple[tuple[float, float], ...]
    """Seconds: stretches whose forces are not to be used."""
    remarks: tuple[Remark, ...]
    """Sentences for people, the worst first."""


@dataclass(frozen=True)
class Certified:
    """A certificate and the curves behind it; frames are None when there is nothing to judge."""

    certificate: Certificate
    before: FrameFigures | None
    after: FrameFigures | None
    moved: np.ndarray
    """(T,) metres: mean distance of the joints between the two motions; empty without both."""


def certify(
    model: BodyModel,
    performance: Performance,
    before: Performance,
    reprojection: tuple[float, float] | None = None,
) -> Certified:
    """Judge what physics returned.

    Args:
        model: the body.
        performance: the motion with its forces.
        before: the kinematic motion of the same frames with the forces that explain it best, NaN for none.
        reprojection: metres on the body between keypoints and motion, before and after physics.
    """
    old, new = (frame_figures(model, which) for which in (before, performance))
    after = figures(model, performance, new)
    moved, by_frame = _moved(model, before, performance)
    bad = _stretches(performance.explained, new.times)
    certificate = Certificate(
        applied=True,
        reason="",
        before=figures(model, before, old),
        after=after,
        moved=moved,
        reprojection_mm=_millimetres(reprojection),
        unexplained=tuple(bad),
        remarks=tuple(
            remarks(after, moved.mean_mm if moved else 0.0, bad, float(new.times[-1] - new.times[0]))
        ),
    )
    return Certified(certificate, old, new, by_frame)


def not_applied(
    model: BodyModel,
    reason: str,
    before: Performance | None = None,
    reprojection: tuple[float, float] | None = None,
) -> Certified:
    """The kinematic motion was kept.

    Args:
        model: the body.
        reason: a clause that goes on from "physics was not applied: ".
        before: the kinematic motion, when its contacts are known well enough to be judged.
        reprojection: as for `certify`, when it was the picture that refused.
    """
    old, shown = None, None
    if before is not None:
        old = frame_figures(model, before)
        shown = figures(model, before, old)
    seen = _millimetres(reprojection)
    certificate = Certificate(False, reason, shown, None, None, seen, (), (refusal(reason),))
    return Certified(certificate, old, None, np.zeros(0))


def _stretches(explained: np.ndarray, times: np.ndarray) -> list[tuple[float, float]]:
    """First and last second of every run of frames without an explanation, near ones joined."""
    joined: list[tuple[float, float]] = []
    for first, last in runs(~explained):
        start, end = round(float(times[first]), 3), round(float(times[last - 1]), 3)
        if joined and start - joined[-1][1] < TOGETHER:
            start, _ = joined.pop()
        joined.append((start, end))
    return joined


def _millimetres(metres: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if metres is None else (round(1e3 * metres[0], 2), round(1e3 * metres[1], 2))


def _moved(model: BodyModel, before: Performance, after: Performance) -> tuple[Moved | None, np.ndarray]:
    def joints() -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        for run in frame_runs(len(after.times)):
            now, was = (forward(model, p.person, p.coordinates[run]).joints for p in (after, before))
            yield run, now, was

    back = align_runs((now, was) for _, now, was in joints())
    shape = len(after.times), len(model.skeleton.joint_names)
    moved, local, world = np.empty(shape), np.empty(shape), np.empty(shape)
    for run, now, was in joints():
        moved[run] = np.linalg.norm(back.apply(now) - was, axis=-1)
        local[run] = np.linalg.norm((now - now[:, :1]) - (was - was[:, :1]), axis=-1)
        world[run] = np.linalg.norm(now - was, axis=-1)
    hinges = len(model.skeleton.axes)
    turned = np.abs(after.coordinates - before.coordinates)[:, :hinges]
    known = np.isfinite(moved).all(axis=1)
    if not known.any():
        return None, moved.mean(axis=1)
    return Moved(
        mean_mm=round(1e3 * float(moved[known].mean()), 2),
        largest_mm=round(1e3 * float(moved[known].max()), 2),
        world_mm=round(1e3 * float(world[known].mean()), 2),
        local_mm=round(1e3 * float(local[known].mean()), 2),
        turned_deg=round(float(np.degrees(turned[known].mean())), 3),
    ), moved.mean(axis=1)
