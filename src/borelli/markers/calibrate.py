"""The person once per trial: segment lengths and where each marker sits, together with the postures.

Unknowns: 49 coordinates of each of a few frames; shared by them scale, 10 log lengths and three offsets per
marker, each with a Gaussian prior (a ridge). One Gauss-Newton system: the frames are eliminated one by one,
what remains is small and dense. Markers are trusted anew in every round (Geman-McClure by reweighting).
"""

from dataclasses import dataclass, replace

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel, Person
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.normal import Normal
from borelli.fitting.state import State, View, border_names
from borelli.fitting.terms import Term
from borelli.fitting.terms.coordinates import Limits, Rest
from borelli.fitting.terms.positions import Positions
from borelli.fitting.terms.priors import BorderPrior
from borelli.fitting.terms.stature import Stature

LENGTH_SD = 0.08
"""Spread of log segment lengths: double that between people, for recordings of characters."""
STATURE_SD = 0.01
"""Metres: trust in a stated stature."""
ITERATIONS, TOLERANCE = 25, 1e-4


@dataclass(frozen=True)
class Calibration:
    """A person with markers on."""

    person: Person
    points: Points
    """(M) where the markers sit, offsets included."""
    marker_names: tuple[str, ...]


@dataclass(frozen=True)
class Keyframes:
    """The frames from which the person is found."""

    targets: np.ndarray
    """(F, M, 3) metres; anything where the weight is zero."""
    weight: np.ndarray
    """(F, M) 1 / sd, zero where missing."""
    placement_sd: np.ndarray
    """(M,) metres; zero holds a marker where the table has it."""
    limits: Limits
    rest: Rest
    robust: float
    stature: float | None
    """Metres, when stated."""


@dataclass(frozen=True)
class _Guess:
    state: State
    shifts: np.ndarray
    """(M, 3) from where the table has the markers, metres at 1.70 m."""


def calibrate(
    model: BodyModel, person: Person, points: Points, key: Keyframes, coordinates: np.ndarray
) -> tuple[Person, Points, np.ndarray]:
    """Person, points of the markers on it, and coordinates (F, 49) of the keyframes.

    Args:
        model: the body.
        person: of about the right size.
        points: where the table has the markers.
        key: the evidence.
        coordinates: (F, 49) to begin with.
    """
    camera = CameraState(LEVEL, np.zeros(len(CAMERA_UNKNOWNS)))
    guess = _Guess(State(coordinates, person, camera), np.zeros_like(points.offsets))
    cost, damping = _cost(model, points, key, guess), 1e-3
    for _ in range(ITERATIONS):
        moved, found = guess, cost
        for _ in range(6):
            moved = _step(model, points, key, guess, damping)
            found = _cost(model, points, key, moved)
            if found < cost:
                break
            damping *= 8
        if not found < cost:
            break
        gain, guess, cost, damping = (cost - found) / cost, moved, found, max(damping / 6, 1e-7)
        if gain < TOLERANCE:
            break
    sited = replace(points, offsets=points.offsets + guess.shifts)
    return guess.state.person, sited, guess.state.coordinates


def _shifted(points: Points, guess: _Guess) -> Points:
    return replace(points, offsets=points.offsets + guess.shifts)


def _cost(model: BodyModel, points: Points, key: Keyframes, guess: _Guess) -> float:
    frames, n = guess.state.coordinates.shape
    normal = Normal(frames, n, _free(model), True)
    view = View(model, _shifted(points, guess), guess.state, normal.free)
    for term in _terms(model, key, guess, key.robust):
        term.add_to(normal, view)
    return normal.cost + float(np.sum((guess.shifts * _ridge(key)[:, None]) ** 2))


def _step(model: BodyModel, points: Points, key: Keyframes, guess: _Guess, damping: float) -> _Guess:
    """Damped Gauss-Newton step of postures, body and marker offsets together."""
    frames, n = guess.state.coordinates.shape
    normal = Normal(frames, n, _free(model), False)
    view = View(model, _shifted(points, guess), guess.state, normal.free)
    weight = _trusted(view, key)
    for term in _terms(model, replace(key, weight=weight), guess, None):
        term.add_to(normal, view)
    C, D, d = _with_shifts(view, weight, normal, key, guess)
    index = np.arange(n)
    H = normal.H0.copy()
    H[:, index, index] *= 1 + damping
    H[:, index, index] += 1e-9
    solved = np.linalg.solve(H, np.concatenate([normal.b[..., None], C], axis=-1))
    x, X = solved[..., 0], solved[..., 1:]
    flat = C.reshape(frames * n, -1)
    S = D - flat.T @ X.reshape(flat.shape)
    S[np.diag_indices(len(S))] += damping * np.diag(D) + 1e-9
    shared = -np.linalg.solve(S, d - flat.T @ x.ravel())
    step = -x - X @ shared
    step[:, :-3] = np.clip(step[:, :-3], -0.5, 0.5)
    body = np.zeros(normal.border_size)
    g = len(normal.free)
    body[normal.free] = np.clip(shared[:g], -0.2, 0.2)
    return _Guess(guess.state.moved(step, body), guess.shifts + shared[g:].reshape(-1, 3))


def _with_shifts(
    view: View, weight: np.ndarray, normal: Normal, key: Keyframes, guess: _Guess
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Couplings C (F, 49, g + 3 M), normal matrix D and gradient d with three columns more per marker."""
    frames, n, g = normal.C.shape
    count = len(view.points.segments)
    scales = view.state.person.segment_scales(view.model.skeleton.groups)[view.points.segments]
    G = view.pose.rotations[:, view.points.segments] * (scales[:, None, None] * weight[..., None, None])
    J = view.world_jacobian * weight[..., None, None]
    residual = (view.world - key.targets) * weight[..., None]
    by_shift = np.einsum("fmin,fmik->fnmk", J, G, optimize=True)
    ridge = _ridge(key) ** 2
    size = g + 3 * count
    C = np.concatenate([normal.C, by_shift[:, :n].reshape(frames, n, 3 * count)], axis=-1)
    D, d = np.zeros((size, size)), np.zeros(size)
    D[:g, :g], d[:g] = normal.D, normal.d
    D[:g, g:] = by_shift[:, n:].sum(axis=0).reshape(g, 3 * count)
    D[g:, :g] = D[:g, g:].T
    blocks = np.einsum("fmik,fmil->mkl", G, G, optimize=True) + ridge[:, None, None] * np.eye(3)
    for m in range(count):
        D[g + 3 * m : g + 3 * m + 3, g + 3 * m : g + 3 * m + 3] = blocks[m]
    gradient = np.einsum("fmik,fmi->mk", G, residual, optimize=True) + ridge[:, None] * guess.shifts
    d[g:] = gradient.ravel()
    return C, D, d


def _terms(model: BodyModel, key: Keyframes, guess: _Guess, robust: float | None) -> tuple[Term, ...]:
    names = border_names(model.shape_size)
    lengths = np.array([name.startswith("length_") for name in names])
    terms: tuple[Term, ...] = (
        Positions(np.arange(key.weight.shape[1]), key.targets, key.weight, robust),
        BorderPrior(np.zeros(len(names)), lengths / LENGTH_SD),
        key.limits,
        key.rest,
    )
    return terms if key.stature is None else (*terms, Stature(key.stature, STATURE_SD))


def _free(model: BodyModel) -> np.ndarray:
    names = border_names(model.shape_size)
    return np.array([name == "scale" or name.startswith("length_") for name in names])


def _ridge(key: Keyframes) -> np.ndarray:
    """(M,) 1 / sd of the shifts; markers that must not move are held by a very narrow prior."""
    return 1 / np.maximum(key.placement_sd, 1e-5)


def _trusted(view: View, key: Keyframes) -> np.ndarray:
    """Weights (F, M) whose squares are those of the robust loss at this state."""
    squared = np.sum((view.world - key.targets) ** 2, axis=-1) * key.weight**2
    return key.weight * key.robust**2 / (key.robust**2 + squared)
