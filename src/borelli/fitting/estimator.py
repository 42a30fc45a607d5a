"""The whole-clip estimator: people as tracks in, anatomical motion of one common world out.

Short clips are solved at once. Long ones are solved in overlapping windows with bounded memory: the window
with the best view settles bodies and camera, the others follow it in one world, each continuing the one
before over the frames they share. Very long ones are solved in stretches of such windows, which several
processes may share; the result does not depend on how many.
"""

from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from borelli.body.model import BodyModel
from borelli.fitting.camera_state import CameraState
from borelli.fitting.chain import chains, solve_chain
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.state import State
from borelli.fitting.subject import CONTACT_LANDMARKS as CONTACT_LANDMARKS
from borelli.fitting.subject import Estimate as Estimate
from borelli.fitting.subject import Filmed, Known
from borelli.fitting.subject import Subject as Subject
from borelli.fitting.windows import FilmedClip, Mapper, Span, Window
from borelli.geometry.camera import Camera


def estimate(
    model: BodyModel,
    subjects: Sequence[Filmed],
    camera: Camera,
    config: EstimatorConfig,
    progress: Callable[[int, int], None] | None = None,
    over: Mapper = map,
) -> list[Estimate]:
    """Estimate all people of a clip together; they share the camera.

    `progress` is told how many windows are done, and of how many. `over` solves the stretches of a very long
    clip: a map over processes, to use several.
    """
    if not subjects:
        return []
    clip = FilmedClip(model, tuple(subjects), camera, config)
    windows = clip.windows()
    # the blocks are small: more BLAS threads only wait for each other
    with threadpool_limits(1, user_api="blas"):
        if len(windows) == 1:
            return clip.solve(windows[0], {i: Known() for i in range(len(subjects))}).people()
        settled, seen_by = _settle(clip, windows)
    bodies = [settled[i].state.person for i in range(len(subjects))]
    pieces: list[Window] = []
    for found in over(solve_chain, chains(clip, windows, bodies, seen_by)):
        for piece in found:
            pieces.append(piece)
            if progress is not None:
                progress(len(pieces), len(windows))
    return [_join(clip, pieces, i, settled[i]) for i in range(len(subjects))]


def _settle(clip: FilmedClip, windows: list[Span]) -> tuple[dict[int, Estimate], CameraState]:
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


def _join(clip: FilmedClip, pieces: list[Window], subject: int, settled: Estimate) -> Estimate:
    """One estimate over all frames; shared frames fade from one window to the next."""
    own = [(p.estimates[subject], p.frames[subject]) for p in pieces if subject in p.estimates]
    frames = len(clip.subjects[subject].times)
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
            (q, _nearest_turns(part.state.coordinates, q[run], shared)),
            (contacts, part.contacts),
            (sigma, part.joint_sigma),
        ):
            whole[run] = fade * piece + (1 - fade) * whole[run]
        covered = run.stop
    error = float(np.sqrt(np.mean([part.reprojection**2 for part, _ in own])))
    state = State(q, first.state.person, first.state.camera)
    accepted = all(part.contacts_accepted for part, _ in own)
    return Estimate(state, contacts, sigma, error, accepted, settled.stature_sd)


def _nearest_turns(piece: np.ndarray, before: np.ndarray, shared: int) -> np.ndarray:
    """A piece (t, 49) whose pelvis is turned by whole turns to where the shared frames had it.

    Stretches do not know how often somebody has turned round before they begin.
    """
    if shared == 0:
        return piece
    gap = np.median(before[:shared, :3] - piece[:shared, :3], axis=0)
    turned = piece.copy()
    turned[:, :3] += 2 * np.pi * np.round(gap / (2 * np.pi))
    return turned
