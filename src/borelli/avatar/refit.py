"""From refined key frames to the whole clip: the correction is spread smoothly, then everything is fitted."""

import numpy as np
from scipy.interpolate import PchipInterpolator

from borelli.avatar.gate import keypoint_error
from borelli.avatar.pose_evidence import Subject, held_feet
from borelli.avatar.refine_config import RefineConfig
from borelli.body.model import Person
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence_terms import image_terms
from borelli.fitting.regular import regular_terms
from borelli.fitting.solver import Problem, SolverConfig, solve
from borelli.fitting.state import border_names
from borelli.fitting.terms import Term
from borelli.fitting.terms.coordinates import Limits, Rest, Smoothness

ITERATIONS, START_ITERATIONS = 10, 20
CONTRADICTED = 0.6
"""Keypoints contradict a motion whose distance to them can be reduced to this share."""


def spread(subject: Subject, frames: np.ndarray, refined: np.ndarray) -> np.ndarray:
    """The whole motion (T, 49) with the correction of key frames (K, 49) faded in between them.

    Coordinates are a vector space; a monotone cubic never corrects more than its two key frames do.
    Before the first and after the last the correction stays what it is there.
    """
    correction = refined - subject.coordinates[frames]
    if len(frames) == 1:
        return subject.coordinates + correction
    times = subject.times
    curve = PchipInterpolator(times[frames], correction, axis=0)
    return subject.coordinates + curve(np.clip(times, times[frames[0]], times[frames[-1]]))


def refit(
    subject: Subject, person: Person, motion: np.ndarray, config: RefineConfig, assumed: EstimatorConfig
) -> np.ndarray:
    """The motion (T, 49) that follows another closely and agrees with keypoints, limits and stances."""
    places = subject.foot_places(motion, person)
    table = subject.model.skeleton
    everywhere = np.arange(len(motion))
    state = subject.state(motion, person)
    smooth = [t for t in regular_terms(table, subject.times) if isinstance(t, Smoothness)]
    terms: tuple[Term, ...] = (
        image_terms(subject.model, subject.evidence, state, assumed)[0],
        Rest(motion, np.full(motion.shape[1], 1 / config.spread_sd)),
        held_feet(subject, everywhere, places, config.still_sd),
        *smooth,
    )
    held = np.zeros(len(border_names(subject.model.shape_size)), dtype=bool)
    problem = Problem(subject.model, subject.points, terms, held)
    found = solve([problem], [state], SolverConfig(iterations=ITERATIONS)).states[0]
    return np.clip(found.coordinates, table.lower, table.upper)


def brought_to_keypoints(subject: Subject, config: RefineConfig, assumed: EstimatorConfig) -> np.ndarray:
    """A motion (T, 49) that explains the keypoints, for pictures of a start that does not.

    Looks learnt in poses that are far off are a blur that holds the poses where they are. An estimate that
    was made from the keypoints passes through unchanged.
    """
    table = subject.model.skeleton
    before = subject.state(subject.coordinates, subject.person)
    spread_sd = np.r_[np.full(len(table.axes), config.pose_sd), np.full(3, config.root_sd)]
    smooth = [t for t in regular_terms(table, subject.times) if isinstance(t, Smoothness)]
    terms: tuple[Term, ...] = (
        image_terms(subject.model, subject.evidence, before, assumed)[0],
        Limits(table.lower, table.upper),
        Rest(subject.coordinates, 1 / spread_sd),
        held_feet(
            subject,
            np.arange(len(subject.coordinates)),
            subject.foot_places(subject.coordinates, subject.person),
            config.stance_sd,
        ),
        *smooth,
    )
    held = np.zeros(len(border_names(subject.model.shape_size)), dtype=bool)
    problem = Problem(subject.model, subject.points, terms, held)
    found = solve([problem], [before], SolverConfig(iterations=START_ITERATIONS)).states[0]
    errors = [keypoint_error(subject, subject.person, q) for q in (subject.coordinates, found.coordinates)]
    if errors[1] > CONTRADICTED * errors[0]:
        return subject.coordinates
    return np.clip(found.coordinates, table.lower, table.upper)
