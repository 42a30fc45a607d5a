"""One person's fit: what may move, what they stand on, how large they are, and the gate at the end."""

from dataclasses import replace

import numpy as np
import pytest
from fitting_clip import (
    BORDER,
    LOOKING_FORWARD,
    MODEL,
    TABLE,
    camera,
    evidence_of,
    observed,
    standing_motion,
    world_points,
)
from fitting_clip import one_thread as one_thread

from borelli.body.kinematics import landmark_points
from borelli.body.skeleton import LENGTH_GROUPS
from borelli.body.stature import person_of_stature, stature
from borelli.fitting.camera_state import CameraState
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.fit import Fit
from borelli.fitting.start import placed
from borelli.fitting.state import State
from borelli.fitting.subject import CONTACT_LANDMARKS, Known, Subject
from borelli.geometry.camera import Camera

HIGH = LOOKING_FORWARD.copy()
HIGH[1, 3] = 3.0
FRAMES = 10


def fit_of(
    q: np.ndarray,
    seen_by: Camera,
    height: float | None,
    true_height: float = 1.70,
    known: Known | None = None,
) -> Fit:
    """The fit of somebody who moves like this before a camera 3 m over the floor."""
    subject = Subject(evidence_of(observed(q, true_height, HIGH), seen_by), height)
    return Fit.of(MODEL, subject, seen_by, EstimatorConfig(), known or Known())


def state_of(q: np.ndarray, height: float = 1.70) -> State:
    return State(q, person_of_stature(MODEL, height), CameraState(HIGH, np.zeros(4)))


def soles(state: State) -> np.ndarray:
    feet = landmark_points(MODEL, CONTACT_LANDMARKS)
    return world_points(state.person, state.coordinates, feet)[..., 1]


def moving(fit: Fit) -> set[str]:
    return {name for name, free in zip(BORDER, fit.free(), strict=True) if free}


def test_only_what_nobody_knows_may_move() -> None:
    q = standing_motion(0, 3)
    body = {"scale", *(f"length_{group}" for group in LENGTH_GROUPS)}
    tilt = {"pitch", "roll", "height"}
    unknown = camera()
    assert moving(fit_of(q, camera(HIGH), 1.70)) == body
    assert moving(fit_of(q, unknown, 1.70)) == body | tilt
    assert moving(fit_of(q, replace(unknown, focal_sd=0.1), 1.70)) == body | tilt | {"log_focal"}
    settled = Known(person_of_stature(MODEL, 1.70), CameraState(HIGH, np.zeros(4)))
    assert moving(fit_of(q, replace(unknown, focal_sd=0.1), 1.70, known=settled)) == set()


@pytest.mark.parametrize("height", [1.70, None])
@pytest.mark.parametrize(("rise", "support"), [(0.0, 0.0), (2.0, 2.0), (0.9, 0.9)])
def test_support_is_the_floor_or_what_is_clearly_above_it(
    height: float | None, rise: float, support: float
) -> None:
    q = standing_motion(1, FRAMES)
    q[:, -2] += rise
    fit, state = fit_of(q, camera(HIGH), height).on_support(state_of(q))
    assert fit.support == pytest.approx(support, abs=0.02)
    np.testing.assert_allclose(soles(state), support, atol=0.02)


@pytest.mark.parametrize("true_height", [1.55, 1.85])
def test_unknown_size_follows_from_the_floor_and_keeps_the_picture(true_height: float) -> None:
    q = standing_motion(2, FRAMES, heading=0.4)
    q[:, -2] *= true_height / 1.70
    fit = fit_of(q, camera(HIGH), None, true_height)
    start = placed(MODEL, fit.subject.evidence, state_of(q, 1.70))
    found, state = fit.on_support(start)
    assert found.support == 0
    assert stature(MODEL, state.person) == pytest.approx(true_height, abs=0.03)
    np.testing.assert_allclose(soles(state), 0, atol=0.02)
    np.testing.assert_allclose(state.coordinates[:, -3:], q[:, -3:], atol=0.08)


def test_stated_stature_is_never_rescaled_by_the_floor() -> None:
    q = standing_motion(3, FRAMES)
    q[:, -2] += 0.2
    _, state = fit_of(q, camera(HIGH), 1.70).on_support(state_of(q))
    assert state.person.scale == state_of(q).person.scale


def test_feet_at_rest_on_the_ground_stand_and_a_lifted_foot_does_not() -> None:
    q = standing_motion(4, 30)
    lift = slice(10, 20)
    q[lift, TABLE.coordinate("hip_flexion_r")] = np.sin(np.linspace(0, np.pi, 10)) * 0.9
    q[lift, TABLE.coordinate("knee_angle_r")] = np.sin(np.linspace(0, np.pi, 10)) * 1.2
    contacts = fit_of(q, camera(HIGH), 1.70).contacts(state_of(q))
    left = [i for i, name in enumerate(CONTACT_LANDMARKS) if name.endswith("_l")]
    right = [i for i, name in enumerate(CONTACT_LANDMARKS) if name.endswith("_r")]
    assert contacts[:, left].min() > 0.8
    assert contacts[13:17, right].max() < 0.2
    assert contacts[:7, right].min() > 0.8


def test_feet_that_cost_the_picture_are_refused() -> None:
    q = standing_motion(5, FRAMES)
    fit, good = fit_of(q, camera(HIGH), 1.70), state_of(q)
    off = q.copy()
    off[:, -1] += 0.3
    contacts = fit.contacts(good)
    refused = fit.finish(state_of(off), good, contacts, fit.standing(good, contacts))
    assert not refused.contacts_accepted
    np.testing.assert_array_equal(refused.state.coordinates, good.coordinates)
    kept = fit.finish(good, state_of(off), contacts, fit.standing(good, contacts))
    assert kept.contacts_accepted
    np.testing.assert_array_equal(kept.state.coordinates, good.coordinates)
    assert kept.reprojection < 1e-6


def test_reprojection_error_is_in_metres_on_the_body() -> None:
    q = standing_motion(6, FRAMES)
    fit, good = fit_of(q, camera(HIGH), 1.70), state_of(q)
    off = q.copy()
    off[:, -1] += 0.1
    contacts = fit.contacts(good)
    worse = fit.finish(state_of(off), state_of(off), contacts, ())
    assert worse.reprojection == pytest.approx(0.1, rel=0.02)
