"""A learned guess as evidence: angles, directions and gravity are taken the right way."""

from dataclasses import fields, replace

import numpy as np
import pytest

from borelli.body.kinematics import forward
from borelli.body.model import average_person, body_model
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.contacts import ContactModel, contact_probability
from borelli.fitting.learned import guessed_posture, guessed_tilt
from borelli.lifting.bones import BONES
from borelli.lifting.guess import Guess

MODEL = body_model()
FRAMES = 4


def true_guess(camera: CameraState, q: np.ndarray) -> Guess:
    """A guess that knows everything."""
    frames = len(q)
    pose = forward(MODEL, average_person(), q)
    T = camera.T_camera_world()
    coordinates = q[:, :46].copy()
    coordinates[:, :3] = 0.0
    return Guess(
        coordinates=coordinates,
        coordinate_sd=np.full((frames, 46), 0.1),
        R_camera_pelvis=T[:3, :3] @ pose.rotations[:, 0],
        bone_sd=np.full((frames, len(BONES), 2), 0.1),
        pelvis_camera=camera.to_camera(pose.joints[:, 0]),
        log_depth_sd=np.full(frames, 0.1),
        velocity_camera=np.zeros((frames, 3)),
        velocity_sd=np.ones(frames),
        contacts=np.full((frames, 4), 0.5),
        up_camera=np.tile(T[:3, 1], (frames, 1)),
        up_sd=np.full(frames, 0.1),
        log_lengths=np.zeros(10),
        log_lengths_sd=np.full(10, 0.04),
        shape=np.zeros(16),
    )


def some_posture() -> np.ndarray:
    q = np.tile(MODEL.skeleton.neutral, (FRAMES, 1))
    q[:, :3] = [0.1, -0.2, 0.7]
    return q


@pytest.mark.parametrize("tilt", [(0.0, 0.0), (0.3, 0.0), (0.0, -0.2), (-0.25, 0.15)])
def test_the_guessed_gravity_gives_back_pitch_and_roll_of_the_camera(tilt: tuple[float, float]) -> None:
    unknowns = np.zeros(len(CAMERA_UNKNOWNS))
    unknowns[1:3] = tilt
    camera = CameraState(LEVEL, unknowns)
    guess = true_guess(camera, some_posture())
    assert guessed_tilt(guess, np.ones(FRAMES)) == pytest.approx(tilt, abs=1e-9)


def test_the_guessed_posture_stands_in_the_world_as_it_did() -> None:
    unknowns = np.zeros(len(CAMERA_UNKNOWNS))
    unknowns[1:3] = 0.2, -0.1
    camera, q = CameraState(LEVEL, unknowns), some_posture()
    posture = guessed_posture(true_guess(camera, q), camera)
    assert posture[:, :46] == pytest.approx(q[:, :46], abs=1e-9)


def test_a_guess_is_cut_in_all_that_has_time() -> None:
    guess = true_guess(CameraState(LEVEL, np.zeros(4)), some_posture())
    part = guess.cut(slice(1, 3))
    for field in fields(Guess):
        value = getattr(part, field.name)
        assert len(value) == (2 if len(getattr(guess, field.name)) == FRAMES else len(value))


def test_what_the_network_says_about_contacts_moves_an_undecided_foot() -> None:
    times = np.arange(10) / 30
    speed, height, seen = np.full((10, 1), 0.7), np.full((10, 1), 0.06), np.ones((10, 1))
    yes, no = (
        contact_probability(speed, height, times, seen, ContactModel(), np.full((10, 1), told))
        for told in (2.0, -2.0)
    )
    assert np.all(yes > no)


def test_a_guess_without_confidence_has_no_weight() -> None:
    guess = true_guess(CameraState(LEVEL, np.zeros(4)), some_posture())
    vague = replace(guess, bone_sd=np.full_like(guess.bone_sd, np.inf))
    assert np.all(1 / vague.bone_sd == 0)
