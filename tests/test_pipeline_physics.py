"""Physics in a run: applied where it can be, refused with a reason where it cannot; nothing is invented."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_clip import CAMERA, observe_motion

from borelli.errors import BorelliError
from borelli.motion.observations import Observations
from borelli.pipeline.config import RunConfig, check
from borelli.pipeline.detect import silent
from borelli.pipeline.files import performance_of
from borelli.pipeline.stages import Reconstruction, reconstruct_people

FEET = ("ankle", "heel", "foot_index")


def reconstructed(observations: Observations, **choices) -> Reconstruction:
    return reconstruct_people(observations, CAMERA, "clip.mp4", RunConfig(**choices), silent)


def reason(found: Reconstruction, person: int = 0) -> str:
    return found.physical[person].certified.certificate.reason


@pytest.fixture(scope="module")
def standing() -> Observations:
    return observe_motion(np.arange(24) / 30)


@pytest.fixture(scope="module")
def found(standing: Observations) -> Reconstruction:
    return reconstructed(standing, stature=(1.7,), mass=(70.0,))


def test_the_ground_carries_somebody_who_stands(found: Reconstruction) -> None:
    motion = found.motions[0]
    assert motion.mass == pytest.approx(70.0)
    assert motion.forces is not None
    np.testing.assert_allclose(motion.forces.sum(axis=1)[3:-3, 1], 70 * 9.81, rtol=0.1)
    certificate = found.physical[0].certified.certificate
    assert certificate.applied and certificate.after is not None
    assert certificate.after.residual_force_percent < 3.0


def test_a_motion_carries_its_performance_into_the_result(found: Reconstruction) -> None:
    performance = performance_of(found.motions[0])
    assert performance is not None
    np.testing.assert_array_equal(performance.coordinates, found.motions[0].coordinates)
    assert performance_of(replace(found.motions[0], forces=None)) is None


def test_the_same_run_gives_the_same_forces_to_the_bit(standing: Observations, found: Reconstruction) -> None:
    again = reconstructed(standing, stature=(1.7,), mass=(70.0,))
    np.testing.assert_array_equal(again.motions[0].forces, found.motions[0].forces)


def test_physics_can_be_left_out(standing: Observations) -> None:
    plain = reconstructed(standing, no_physics=True, mass=(62.0,))
    assert plain.motions[0].forces is None
    assert plain.motions[0].mass == 62.0
    assert reason(plain) == "--no-physics was given"


def test_a_clip_of_three_frames_stays_kinematic() -> None:
    short = reconstructed(observe_motion(np.arange(3) / 30))
    assert short.motions[0].forces is None
    assert "3 frames are too few" in reason(short)


def test_a_person_cut_at_the_knees_stays_kinematic(standing: Observations) -> None:
    track = standing.tracks[0]
    keypoints = track.keypoints.copy()
    lower = slice(25, 33)  # ankles, heels and toes of BlazePose
    keypoints[:, lower, 2] = 0.0
    cut = replace(standing, tracks=(replace(track, keypoints=keypoints),))
    found = reconstructed(cut)
    assert found.motions[0].forces is None
    assert "feet are not visible" in reason(found)


def test_two_people_are_each_carried(standing: Observations) -> None:
    two = reconstructed(observe_motion(np.arange(20) / 30, (0.0, 1.2)), mass=(60.0, 80.0))
    for motion, kilograms in zip(two.motions, (60.0, 80.0), strict=True):
        assert motion.forces is not None
        np.testing.assert_allclose(motion.forces.sum(axis=1)[4:-4, 1].mean(), kilograms * 9.81, rtol=0.1)


def test_a_box_that_swallows_the_feet_is_the_reason_to_refuse(standing: Observations) -> None:
    found = reconstructed(standing, box=("0,0,0,2,0.5,2",))
    assert found.motions[0].forces is None
    assert "box" in reason(found)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"mass": (1.0,)}, "not a person's"),
        ({"box": ("1,2,3",)}, "is not x,y,z"),
        ({"no_physics": True, "simulate": True}, "need physics"),
    ],
)
def test_choices_that_cannot_be_meant_are_refused_at_once(choice: dict, words: str) -> None:
    with pytest.raises(BorelliError, match=words):
        check(RunConfig(**choice))
