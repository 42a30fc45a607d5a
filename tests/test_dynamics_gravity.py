"""The direction of gravity from a squat, where the estimate leans with a camera whose tilt nobody told."""

from dataclasses import replace

import numpy as np
import pytest
from fitting_clip import EVERYTHING, MODEL, camera, evidence_of, observed
from hypothesis import given
from hypothesis import strategies as st
from stepping import squatting

from borelli.batch.mapping import calling
from borelli.body.stature import person_of_stature
from borelli.dynamics.actor import Actor
from borelli.dynamics.cast import Cast
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.from_video import CONTACT_SD, SLIDING
from borelli.dynamics.gravity import LOOKS, common_gravity, looks_at
from borelli.dynamics.plan import Surroundings
from borelli.fitting.camera_state import LEVEL, CameraState
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.fit import Fit
from borelli.fitting.state import State, View, raised, seen_by
from borelli.fitting.subject import Known, Subject

PERSON = person_of_stature(MODEL, 1.75)
STRAIGHT = CameraState(LEVEL, np.array([0.0, 0.0, 0.0, 1.2]))
TILTED = CameraState(LEVEL, np.array([0.0, 0.09, 0.0, 1.2]))
"""Nose down: the person seems to lean sideways. Forwards, feet are so long that leaning tells little."""
AT_ONCE = PhysicsConfig(contact_sd=CONTACT_SD, sliding=SLIDING)
IN_WINDOWS = replace(AT_ONCE, window=90, overlap=30)


def squat() -> State:
    """Five squats 4 m in front of a level camera, seen from the side."""
    _, q = squatting(200)
    q[:, -1] -= 4.0
    return State(q, PERSON, STRAIGHT)


@pytest.fixture(scope="module")
def leaning() -> Cast:
    """The squat as an estimate under a tilted camera: the image is right, the world is not."""
    truth = squat()
    clip = observed(truth.coordinates, 1.75, STRAIGHT.T_camera_world(), 60.0)
    noise = np.random.default_rng(3).normal(0, 3, clip.track.keypoints[..., :2].shape)
    clip.track.keypoints[..., :2] += noise  # a perfect image would bear no change at all
    subject = Subject(evidence_of(clip, camera()), 1.75)
    fit = Fit.of(MODEL, subject, camera(), EstimatorConfig(), Known(person=PERSON))
    actor, start = Actor.of(MODEL, PERSON, None), seen_by(truth, TILTED)
    lowest = float(actor.places(start.coordinates)[0][..., 1].min())
    return Cast(actor, fit, Surroundings(), raised(start, -lowest), "")


def off(state: State) -> float:
    """Degrees between a state's vertical and the true one, in camera axes."""
    up, true = (camera.T_camera_world()[:3, 1] for camera in (state.camera, STRAIGHT))
    return float(np.degrees(np.arccos(np.clip(up @ true, -1, 1))))


def test_a_squat_tells_where_down_is_at_once_and_in_windows(leaning: Cast) -> None:
    (at_once,), (in_windows,) = (common_gravity([leaning], config) for config in (AT_ONCE, IN_WINDOWS))
    assert off(leaning.start) > 5.0
    for found in (at_once, in_windows):
        assert off(found) < 3.5  # standing on two feet allows that much
        assert abs(found.coordinates[0, -2] - squat().coordinates[0, -2]) < 0.005  # the floor is at y = 0
    np.testing.assert_allclose(in_windows.camera.unknowns, at_once.camera.unknowns, atol=0.01)


def test_in_windows_the_image_stays_even_if_the_focal_length_is_unknown(leaning: Cast) -> None:
    guessed = replace(leaning, fit=replace(leaning.fit, camera=replace(camera(), focal_sd=0.15)))
    (found,) = common_gravity([guessed], IN_WINDOWS)
    assert found.camera.unknowns[1] < 0.05 and found.camera.unknowns[0] == 0.0
    assert leaning.fit.reprojection(found) == pytest.approx(leaning.fit.reprojection(leaning.start), rel=1e-6)


def test_windows_are_looked_at_by_several_processes_alike(leaning: Cast) -> None:
    (alone,) = common_gravity([leaning], IN_WINDOWS)
    with calling(2) as over:
        (shared,) = common_gravity([leaning], IN_WINDOWS, over)
    np.testing.assert_array_equal(shared.coordinates, alone.coordinates)
    np.testing.assert_array_equal(shared.camera.unknowns, alone.camera.unknowns)


def test_gravity_is_sought_in_a_few_windows_of_a_long_clip_only() -> None:
    assert looks_at(np.arange(900) / 30, AT_ONCE) == []
    looks = looks_at(np.arange(100_000) / 30, AT_ONCE)
    assert len(looks) == LOOKS
    assert looks[3] == slice(49_700, 50_300)
    assert {look.stop - look.start for look in looks} == {600}
    assert looks_at(np.arange(1000) / 30, AT_ONCE) == [slice(200, 800)]


def test_who_touches_nothing_stays_as_they_were(leaning: Cast) -> None:
    nobody = replace(leaning, reason="nothing in this clip touches the floor")
    (found,) = common_gravity([nobody], AT_ONCE)
    assert found is nobody.start


@given(
    pitch=st.floats(-0.5, 0.5), roll=st.floats(-0.5, 0.5), height=st.floats(-1, 2), turns=st.integers(-3, 3)
)
def test_a_person_turned_with_the_camera_looks_the_same(
    pitch: float, roll: float, height: float, turns: int
) -> None:
    truth = squat()
    truth.coordinates[:, 0] += 0.2 * np.sin(np.arange(200) / 20)
    truth.coordinates[:, 2] += 2 * np.pi * turns + np.linspace(0, 7, 200)
    turned = seen_by(truth, CameraState(LEVEL, np.array([0.0, pitch, roll, height])))
    before, after = (View(MODEL, EVERYTHING, state).camera for state in (truth, turned))
    np.testing.assert_allclose(after, before, atol=1e-9)
    assert np.abs(turned.coordinates[:, 2] - truth.coordinates[:, 2]).max() < np.pi
    assert np.abs(np.diff(turned.coordinates, axis=0)).max() < 0.2
