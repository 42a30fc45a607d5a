"""A start without 3D cues: the heading and its path over time."""

from dataclasses import replace

import numpy as np
import pytest
from fitting_clip import LOOKING_FORWARD, MODEL, TABLE, Clip, camera, evidence_of, observed, standing_motion
from fitting_clip import one_thread as one_thread

from borelli.fitting.camera_state import CameraState
from borelli.fitting.headings import HEADINGS, start_from_keypoints

ROTATION = TABLE.coordinate("pelvis_rotation")
STEP = 2 * np.pi / HEADINGS


def started(q: np.ndarray) -> np.ndarray:
    """Coordinates (T, 49) of the start from the 2D keypoints of this motion."""
    clip: Clip = observed(q)
    flat = replace(clip, track=replace(clip.track, hints=None))
    state_camera = CameraState(LOOKING_FORWARD, np.zeros(4))
    evidence = evidence_of(flat, camera())
    return start_from_keypoints(MODEL, evidence, clip.person, state_camera).coordinates


@pytest.mark.parametrize("heading", [0.0, 0.8, 1.6, 2.4, 3.1, -0.8, -1.6, -2.4])
def test_heading_is_found_within_two_steps(heading: float) -> None:
    found = started(standing_motion(0, 5, heading=heading))[:, ROTATION]
    apart = (found - heading + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(apart).max() < 2 * STEP


def test_place_is_found_within_decimetres() -> None:
    q = standing_motion(1, 5, x=1.0, z=-0.6, heading=1.0)
    np.testing.assert_allclose(started(q)[:, -3:], q[:, -3:], atol=0.4)


def test_turning_person_keeps_one_unbroken_heading() -> None:
    q = standing_motion(2, 30)
    q[:, ROTATION] = np.linspace(2.0, 2.0 + 2 * np.pi, 30)
    found = started(q)[:, ROTATION]
    assert np.abs(np.diff(found)).max() < 3 * STEP
    assert found[-1] - found[0] == pytest.approx(2 * np.pi, abs=3 * STEP)
