"""A learned guess as evidence: angles, directions and gravity are taken the right way."""

from dataclasses import fields, replace

import numpy as np
import pytest

from borelli.body.kinematics import forward, place
from borelli.body.model import average_person, body_model
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.contacts import ContactModel, contact_probability
from borelli.fitting.learned import Learned, guessed_posture, guessed_up, learn, tilt_of
from borelli.lifting.bones import BONES
from borelli.lifting.guess import Guess
from borelli.perception.keypoint_sets import keypoint_set

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
    assert tilt_of(guessed_up(guess, np.ones(FRAMES))) == pytest.approx(tilt, abs=1e-9)


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


def learned_from(guess: Guess, image_shift: float = 0.0) -> tuple[Learned, np.ndarray]:
    """What is taken from a guess when the left wrist is detected `image_shift` off; and the bones."""
    keypoints = keypoint_set("blazepose33")
    used, points = keypoints.on_body(MODEL)
    names = tuple(keypoints.keypoints[i] for i in used)
    pairs = [(a, b) for a, b in BONES if a in names and b in names]
    bones = np.array([(names.index(a), names.index(b)) for a, b in pairs])
    q = np.zeros((FRAMES, 49))
    q[:, :46] = guess.coordinates
    body = place(forward(MODEL, average_person(), q), points, MODEL, average_person())
    body = body @ guess.R_camera_pelvis.swapaxes(1, 2) + guess.pelvis_camera[:, None]
    image = body[..., :2] / body[..., 2:]
    image[:, names.index("left_wrist")] += image_shift
    return learn(MODEL, guess, names, points, bones, image, np.ones(image.shape[:2])), bones


def far_guess() -> Guess:
    q = some_posture()
    q[:, -1] = -5.0
    return true_guess(CameraState(LEVEL, np.zeros(4)), q)


def test_a_guess_that_explains_the_picture_keeps_its_own_deviation_along_the_view_only() -> None:
    learned, _ = learned_from(far_guess())
    roots = np.linalg.eigvalsh(learned.sqrt_information)
    assert roots[..., 2] == pytest.approx(np.full(roots.shape[:2], 10.0), rel=0.05)
    assert np.abs(roots[..., :2]).max() < 1e-9


def test_a_bone_that_the_picture_contradicts_is_doubted_and_the_others_are_not() -> None:
    straight, _ = learned_from(far_guess())
    shifted, _ = learned_from(far_guess(), image_shift=0.03)
    ratio = np.linalg.norm(shifted.sqrt_information, axis=(2, 3)) / np.linalg.norm(
        straight.sqrt_information, axis=(2, 3)
    )
    touched = np.array(["left_wrist" in bone for bone in BONES])
    assert ratio[:, touched].max() < 0.3
    assert ratio[:, ~touched] == pytest.approx(np.ones((FRAMES, int(np.sum(~touched)))), rel=0.02)
