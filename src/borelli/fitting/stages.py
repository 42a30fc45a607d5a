"""The stages of one window: fit the image, find who stands where, fit again with feet that stand."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from borelli.fitting.camera_state import CameraState
from borelli.fitting.fit import Fit
from borelli.fitting.learned import tilt_of
from borelli.fitting.solver import Problem, SolverConfig, solve
from borelli.fitting.state import State, raised
from borelli.fitting.subject import Estimate
from borelli.fitting.terms import Term


def solve_window(fits: Sequence[Fit]) -> list[Estimate]:
    """Estimate the people of one window together; they share the camera."""
    coarse = [fit.coarser() for fit in fits]
    alone: list[tuple[Term, ...]] = [()] * len(fits)
    camera = _first_camera(coarse)
    states = _solve(
        coarse, [fit.start(camera) for fit in coarse], alone, SolverConfig(iterations=12, tolerance=3e-3)
    )
    states = [f.refined(c, state) for f, c, state in zip(fits, coarse, states, strict=True)]
    if fits[0].camera.T_camera_world is None and fits[0].known.camera is None:
        states = _floor_at_zero(fits, states)
    grounded = [fit.on_support(state) for fit, state in zip(fits, states, strict=True)]
    fits, states = [fit for fit, _ in grounded], [state for _, state in grounded]
    image_only = states
    contacts: list[np.ndarray] = []
    extra: list[tuple[Term, ...]] = []
    for look_again in (True, True, False):
        if look_again:
            contacts = [fit.contacts(state) for fit, state in zip(fits, states, strict=True)]
        extra = [fit.standing(state, c) for fit, state, c in zip(fits, states, contacts, strict=True)]
        until = SolverConfig(4, 3e-3) if look_again else SolverConfig(6, 1e-3)
        states = _solve(fits, states, extra, until)
    return [
        fit.finish(state, before, c, e)
        for fit, state, before, c, e in zip(fits, states, image_only, contacts, extra, strict=True)
    ]


def _first_camera(fits: Sequence[Fit]) -> CameraState:
    """The camera that all people share, tilted by what their guesses say about gravity."""
    camera, up = fits[0].first_camera(), np.sum([fit.up() for fit in fits], axis=0)
    if not np.any(up):
        return camera
    return replace(camera, unknowns=np.r_[camera.unknowns[:1], tilt_of(up), camera.unknowns[3:]])


def _solve(
    fits: Sequence[Fit], states: Sequence[State], extra: Sequence[tuple[Term, ...]], config: SolverConfig
) -> list[State]:
    problems = [
        Problem(fit.model, fit.points, fit.terms(state) + more, fit.free())
        for fit, state, more in zip(fits, states, extra, strict=True)
    ]
    return list(solve(problems, states, config).states)


def _floor_at_zero(fits: Sequence[Fit], states: Sequence[State]) -> list[State]:
    """Raise the world so that the lowest of the well-seen people stands on y = 0; the camera rises too."""
    presence = np.array([np.sum(fit.subject.evidence.confidence) for fit in fits])
    levels = np.array([fit.lowest(state) for fit, state in zip(fits, states, strict=True)])
    rise = -float(levels[presence >= 0.4 * presence.max()].min())
    return [raised(state, rise) for state in states]
