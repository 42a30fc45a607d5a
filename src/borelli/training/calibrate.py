"""How far a lifter may be trusted: factors on its stated deviations, from recordings it never saw."""

from dataclasses import replace

import numpy as np
from scipy.stats import norm

from borelli.body.kinematics import forward, place
from borelli.body.model import BodyModel
from borelli.lifting.bones import BONES, bone_points
from borelli.lifting.guess import Guess
from borelli.lifting.layout import HINGES
from borelli.lifting.lifter import Lifter, lift
from borelli.training.motions import Motion, MotionConfig, Source, draw_motion
from borelli.training.views import NEAREST, View, ViewConfig, see

KINDS = ("hinges", "bones", "root", "velocity", "up", "lengths")
LEVEL = 0.9
"""Share of errors that intervals shall contain."""
FRAMES = 60


def inflation(lifter: Lifter, source: Source, windows: int, seed: int) -> dict[str, float]:
    """Factor per kind of deviation with which 90 % intervals hold on so many motions of `source`."""
    plain = replace(lifter, inflation=dict.fromkeys(KINDS, 1.0))
    ratios: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
    for index in range(windows):
        rng = np.random.default_rng([seed, index])
        motion = draw_motion(source, FRAMES, MotionConfig(step=(1 / 30, 1 / 29)), rng)
        view = see(source.model, motion, ViewConfig(), rng)
        guess = guess_of(plain, motion, view)
        if guess is not None:
            for kind, values in _ratios(source.model, guess, motion, view).items():
                ratios[kind].append(np.abs(values).ravel())
    normal = float(norm.ppf(0.5 + LEVEL / 2))
    return {
        kind: round(float(np.quantile(np.concatenate(values), LEVEL)) / normal, 3)
        for kind, values in ratios.items()
    }


def guess_of(lifter: Lifter, motion: Motion, view: View) -> Guess | None:
    """What a lifter says about a motion in a view."""
    covariance = view.sd[..., None, None] ** 2 * np.eye(2)
    times = motion.step * np.arange(len(view.image))
    return lift(lifter, view.names, times, view.image, view.confidence, covariance, view.up_camera)


def _ratios(model: BodyModel, guess: Guess, motion: Motion, view: View) -> dict[str, np.ndarray]:
    """Errors over stated deviations."""
    turn = guess.coordinates - motion.coordinates[:, :HINGES]
    turn = ((turn + np.pi) % (2 * np.pi) - np.pi)[:, 3:]
    R = view.R_camera_world
    pelvis = (forward(model, motion.person, motion.coordinates).joints[:, 0] - view.camera_centre) @ R.T
    velocity = np.gradient(pelvis, motion.step, axis=0)
    up = np.arccos(np.clip(guess.up_camera @ R[:, 1], -1, 1)) / np.sqrt(2)
    return {
        "hinges": turn / guess.coordinate_sd[:, 3:],
        "bones": _bone_ratios(model, guess, motion, view),
        "root": (_log_depth(guess.pelvis_camera) - _log_depth(pelvis)) / guess.log_depth_sd,
        "velocity": (guess.velocity_camera - velocity) / guess.velocity_sd[:, None],
        "up": up / guess.up_sd,
        "lengths": (guess.log_lengths - motion.person.log_lengths) / guess.log_lengths_sd,
    }


def _log_depth(points: np.ndarray) -> np.ndarray:
    """(T,) of points (T, 3); as in training, nothing is nearer than NEAREST."""
    return np.log(np.maximum(points[:, 2], NEAREST))


def _bone_ratios(model: BodyModel, guess: Guess, motion: Motion, view: View) -> np.ndarray:
    """(T, B, 2) across and along the ray of the body's middle."""
    true = place(forward(model, motion.person, motion.coordinates), bone_points(model), model, motion.person)
    true = (true - view.camera_centre) @ view.R_camera_world.T
    mine = np.zeros((len(true), HINGES + 3))
    mine[:, :HINGES] = guess.coordinates
    person = replace(motion.person, log_lengths=guess.log_lengths)
    placed = place(forward(model, person, mine), bone_points(model), model, person)
    placed = placed @ guess.R_camera_pelvis.swapaxes(1, 2)
    ray = true.mean(axis=1, keepdims=True)
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    miss = _directions(placed) - _directions(true)
    along = np.sum(miss * ray, axis=-1)
    across = np.linalg.norm(miss - along[..., None] * ray, axis=-1) / np.sqrt(2)
    assert miss.shape[1] == len(BONES)
    return np.stack([across, along], axis=-1) / guess.bone_sd


def _directions(ends: np.ndarray) -> np.ndarray:
    """(T, B, 3) unit vectors from points (T, 2 B, 3)."""
    vectors = ends[:, 1::2] - ends[:, 0::2]
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
