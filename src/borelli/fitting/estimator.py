"""The whole-clip estimator: people as tracks in, anatomical motion of one common world out.

Short clips are solved at once. Long ones are solved in overlapping windows with bounded memory: the window
with the best view settles bodies and camera, the others follow it in one world, each continuing the one
before over the frames they share.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from borelli.body.model import BodyModel
from borelli.fitting.camera_state import CameraState
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import cut
from borelli.fitting.fit import Fit
from borelli.fitting.stages import solve_window
from borelli.fitting.state import State
from borelli.fitting.subject import CONTACT_LANDMARKS as CONTACT_LANDMARKS
from borelli.fitting.subject import Estimate as Estimate
from borelli.fitting.subject import Known
from borelli.fitting.subject import Subject as Subject
from borelli.fitting.terms.coordinates import Rest
from borelli.geometry.camera import Camera

SEAM_SD = 0.003
"""Radians and metres: how closely a window continues the one before where they overlap."""


def estimate(
    model: BodyModel,
    subjects: Sequence[Subject],
    camera: Camera,
    config: EstimatorConfig,
    progress: Callable[[int, int], None] | None = None,
) -> list[Estimate]:
    """Estimate all people of a clip together; they share the camera.

    `progress` is told how many windows are done, and of how many.
    """
    if not subjects:
        return []
    clip = _Clip(model, tuple(subjects), camera, config)
    # the blocks are small: more BLAS threads only wait for each other
    with threadpool_limits(1, user_api="blas"):
        windows = clip.windows()
        if len(windows) == 1:
            return clip.solve(windows[0], {i: Known() for i in range(len(subjects))}).people()
        return _by_windows(clip, windows, progress or (lambda done, total: None))


@dataclass(frozen=True)
class _Window:
    """Estimates of the subjects present in one window, and which of their frames they cover."""

    estimates: dict[int, Estimate]
    frames: dict[int, slice]

    def people(self) -> list[Estimate]:
        """Estimates in the order of the subjects."""
        return [self.estimates[i] for i in sorted(self.estimates)]


@dataclass(frozen=True)
class _Clip:
    model: BodyModel
    subjects: tuple[Subject, ...]
    camera: Camera
    config: EstimatorConfig

    def windows(self) -> list[tuple[float, float]]:
        """Time spans [first, last] that cover the clip; one span when it is short."""
        times = np.unique(np.concatenate([s.evidence.times for s in self.subjects]))
        size, step = self.config.window, self.config.window - self.config.overlap
        if len(times) <= 2 * size:
            return [(float(times[0]), float(times[-1]))]
        starts = range(0, len(times) - self.config.overlap - 1, step)
        return [(float(times[a]), float(times[min(a + size, len(times)) - 1])) for a in starts]

    def present(self, span: tuple[float, float]) -> dict[int, slice]:
        """Which subjects have evidence in a span, and in which of their frames."""
        found = {}
        for i, subject in enumerate(self.subjects):
            times = subject.evidence.times
            frames = slice(
                int(np.searchsorted(times, span[0])), int(np.searchsorted(times, span[1], side="right"))
            )
            if frames.stop > frames.start:
                found[i] = frames
        return found

    def solve(self, span: tuple[float, float], known: dict[int, Known]) -> _Window:
        """Estimate the subjects named in `known` over a span."""
        frames = {i: f for i, f in self.present(span).items() if i in known}
        fits = []
        for i, run in frames.items():
            part = replace(self.subjects[i], evidence=cut(self.subjects[i].evidence, run))
            fits.append(Fit.of(self.model, part, self.camera, self.config, known[i]))
        return _Window(dict(zip(frames, solve_window(fits), strict=True)), frames)

    def presence(self, span: tuple[float, float], subject: int) -> float:
        """How much evidence a subject has in a span."""
        run = self.present(span).get(subject)
        return 0.0 if run is None else float(self.subjects[subject].evidence.confidence[run].sum())


def _by_windows(
    clip: _Clip, windows: list[tuple[float, float]], progress: Callable[[int, int], None]
) -> list[Estimate]:
    bodies, camera = _settle(clip, windows)
    pieces: list[_Window] = []
    for done, span in enumerate(windows):
        known = {}
        for i, run in clip.present(span).items():
            before = _continue(pieces[-1], i, run) if pieces and i in pieces[-1].estimates else None
            known[i] = Known(bodies[i].state.person, camera, before)
        pieces.append(clip.solve(span, known))
        progress(done + 1, len(windows))
    return [_join(clip, pieces, i, bodies[i]) for i in range(len(clip.subjects))]


def _settle(clip: _Clip, windows: list[tuple[float, float]]) -> tuple[dict[int, Estimate], CameraState]:
    """Bodies and camera: all people of the best window together, the others in their own best windows."""
    everyone = range(len(clip.subjects))
    seen = np.array([[clip.presence(span, i) for i in everyone] for span in windows])
    best = windows[int(np.argmax(seen.sum(axis=1)))]
    settled = clip.solve(best, {i: Known() for i in clip.present(best)}).estimates
    camera = next(iter(settled.values())).state.camera
    for i in set(everyone) - set(settled):
        own = windows[int(np.argmax(seen[:, i]))]
        settled[i] = clip.solve(own, {i: Known(camera=camera)}).estimates[i]
    return settled, camera


def _continue(piece: _Window, subject: int, run: slice) -> Rest | None:
    """Hold the frames that the window before has already solved, the more the further from its end."""
    shared = piece.frames[subject].stop - run.start
    if shared <= 0:
        return None
    frames = run.stop - run.start
    q = piece.estimates[subject].state.coordinates
    mean, precision = np.zeros((frames, q.shape[1])), np.zeros((frames, q.shape[1]))
    shared = min(shared, frames)
    start = run.start - piece.frames[subject].start
    mean[:shared] = q[start : start + shared]
    precision[:shared] = np.linspace(1, 0, shared, endpoint=False)[:, None] / SEAM_SD
    return Rest(mean, precision)


def _join(clip: _Clip, pieces: list[_Window], subject: int, settled: Estimate) -> Estimate:
    """One estimate over all frames; shared frames fade from one window to the next."""
    own = [(p.estimates[subject], p.frames[subject]) for p in pieces if subject in p.estimates]
    frames = clip.subjects[subject].evidence.frames
    first = own[0][0]
    q, contacts, sigma = (
        np.zeros((frames, a.shape[1])) for a in (first.state.coordinates, first.contacts, first.joint_sigma)
    )
    covered = 0
    for part, run in own:
        shared = max(covered - run.start, 0)
        fade = np.ones((run.stop - run.start, 1))
        fade[:shared, 0] = np.linspace(0, 1, shared + 2)[1:-1]
        for whole, piece in (
            (q, part.state.coordinates),
            (contacts, part.contacts),
            (sigma, part.joint_sigma),
        ):
            whole[run] = fade * piece + (1 - fade) * whole[run]
        covered = run.stop
    error = float(np.sqrt(np.mean([part.reprojection**2 for part, _ in own])))
    state = State(q, first.state.person, first.state.camera)
    accepted = all(part.contacts_accepted for part, _ in own)
    return Estimate(state, contacts, sigma, error, accepted, settled.stature_sd)
